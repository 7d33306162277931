// The bag of a deal: what distinguishes its tasks, as the form has it.

import type { Parameters } from '@talka/sdk';

/** What the form has. */
export interface BagForm {
  /** Numbers, the lines of a field, or those of a file. */
  kind: 'range' | 'list' | 'file';
  /** The first number. */
  first: string;
  /** How many numbers. */
  count: string;
  /** Items, one a line. */
  list: string;
  /** The file, when it was read. */
  file: { name: string; lines: string[]; content: string } | undefined;
  /** Where workers can fetch the file; nothing where its lines are to be in the request. */
  address: string;
}

/** A bag, or what is wrong with the form. */
export type Bag = { tasks: number; parameters: Parameters } | { problem: string };

/** A form for one task. */
export const emptyBag = (): BagForm => ({ kind: 'range', first: '0', count: '1', list: '', file: undefined, address: '' });

/** Most tasks of a deal. */
export const MOST_TASKS = 100_000;

/** The bag that a form describes. */
export function readBag(form: BagForm): Bag {
  switch (form.kind) {
    case 'range':
      return range(form.first.trim(), form.count.trim());
    case 'list':
      return list(linesOf(form.list), 'Write at least one item, each on a line of its own.');
    case 'file':
      return file(form);
  }
}

/** The lines of a text, without those that are empty. */
export const linesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);

function range(first: string, count: string): Bag {
  if (!/^\d{1,19}$/.test(first)) {
    return { problem: 'The first number is a whole number from 0 on.' };
  }
  const tasks = /^\d{1,7}$/.test(count) ? Number(count) : 0;
  if (tasks < 1 || tasks > MOST_TASKS) {
    return { problem: `The number of tasks is between 1 and ${MOST_TASKS}.` };
  }
  return { tasks, parameters: { first: BigInt(first) } };
}

function list(items: string[], none: string): Bag {
  return items.length > 0 ? { tasks: items.length, parameters: { items } } : { problem: none };
}

function file({ file, address }: BagForm): Bag {
  if (!file) {
    return { problem: 'Choose a file: each of its lines becomes a task.' };
  }
  const where = address.trim();
  if (where === '') {
    return list(file.lines, 'The file has no lines.');
  }
  return file.lines.length > 0
    ? { tasks: file.lines.length, parameters: { content: file.content, uris: [where], first: 0 } }
    : { problem: 'The file has no lines.' };
}

/** The bag of a deal in plain words. */
export function tellBag(parameters: Parameters, tasks: number): string {
  if ('items' in parameters) {
    return `items of a list: ${parameters.items.slice(0, 3).join(', ')}${parameters.items.length > 3 ? ', …' : ''}`;
  }
  if ('content' in parameters) {
    return `lines ${parameters.first + 1} to ${parameters.first + tasks} of a file`;
  }
  const first = BigInt(parameters.first);
  return tasks === 1 ? `the number ${first}` : `the numbers ${first} to ${first + BigInt(tasks) - 1n}`;
}

/** What one task of a deal gets as its last argument, where the chain knows it. */
export function parameterOf(parameters: Parameters, index: number): string {
  if ('items' in parameters) {
    return parameters.items[index] ?? '';
  }
  return 'content' in parameters
    ? `line ${parameters.first + index + 1} of the file`
    : String(BigInt(parameters.first) + BigInt(index));
}
