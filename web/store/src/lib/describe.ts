// What its owner says of an app beyond what the chain keeps.

import type { App } from '@talka/sdk';

/** A parameter of an app, for which the form has a field. */
export interface ParameterField {
  /** The words that stand before its value, as in `--paths=`; nothing where the value stands alone. */
  flag: string;
  /** What the field is called. */
  label: string;
  /** What it means. */
  help?: string;
  /** What may be written. */
  kind: 'text' | 'number' | 'choice';
  /** What may be chosen. */
  choices?: string[];
  /** What it is where nothing is written. */
  fallback?: string;
}

/** A description of an app. Strangers wrote it. */
export interface Description {
  /** Its name for people. */
  title: string;
  /** What it is for, in some sentences. */
  summary: string;
  /** Words under which it is found. */
  topics: string[];
  /** A picture, as `data:` address. */
  icon?: string;
  /** Its parameters. */
  parameters: ParameterField[];
  /** What it leaves. */
  outputs: { path: string; what: string }[];
  /** Its licence, as SPDX writes it. */
  licence?: string;
  /** Where its source is. */
  source?: string;
  /** Its version. */
  version?: string;
  /** What a task costs a worker, in plain words. */
  taskCost?: string;
}

/** The description of an app. The chain names none yet: what is shown is what the chain keeps. */
export function describe(_app: App): Description | undefined {
  return undefined;
}
