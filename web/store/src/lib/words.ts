// What the chain's words mean to people who buy.

import type { Assurance, Stage, Step, TaskPhase, Topic } from '@talka/sdk';

/** The shelves, as people call them. */
export const TOPIC_NAMES: Record<Topic, string> = {
  ArtificialIntelligence: 'AI',
  BigData: 'Big data',
  Finance: 'Finance',
  GreenIt: 'Green IT',
  Science: 'Science',
  Media: 'Media',
  Other: 'Other',
};

/** What stands behind a result, in one line. */
export const ASSURANCES: Record<Assurance, string> = {
  Unverified: 'One worker computes it, and nobody checks.',
  Unaudited: 'Workers of one pool agree on it. The pool has nobody to spare for audits.',
  Internal: 'Workers of one pool agree on it, and others of the same pool audit.',
  Replicated: 'Workers agree on it, and an auditor repeats the task.',
  Adjudicated: 'Workers agree on it, auditors from any pool repeat tasks, and a jury of validators decides disputes.',
};

/** What is known instead of a bound on the error, where no result that one worker gave alone was audited. */
export const NO_BOUND: Record<Assurance, string> = {
  Unverified: 'not known: nobody checks',
  Unaudited: 'not counted: workers of one pool agreed on each result',
  Internal: 'not counted: workers of one pool audit one another',
  Replicated: 'not counted: each result was confirmed by several workers and an audit',
  Adjudicated: 'not known yet: each result was confirmed by a second worker or an audit',
};

/** The levels of trust that the form offers. */
export const TRUSTS = [1, 2, 4, 10, 100] as const;

/** What a trust buys, in plain words. `workers` is how many without merit have to agree: a rule of the chain. */
export function trustWords(trust: number, workers: number | undefined): { name: string; means: string } {
  if (trust === 1) {
    return { name: 'No check', means: 'The first answer counts. Cheapest, and for results that you check yourself.' };
  }
  const agree =
    workers === undefined
      ? 'Workers have to agree'
      : workers === 1
        ? 'One new worker may answer'
        : `${workers} new workers have to agree, fewer if they have proved themselves`;
  return {
    name: `1 in ${trust}`,
    means: `A wrong result is accepted with a probability below 1 in ${trust}, by what the workers have proved so far. ${agree}; results are audited.`,
  };
}

/** What has happened, told of a deal. */
export const STAGE_NAMES: Record<Stage, string> = {
  queued: 'Queued',
  drawn: 'Worker drawn',
  committed: 'Committed to a result',
  agreed: 'Agreed on a result',
  audited: 'Audit begun',
  disputed: 'Results differ',
  jury: 'Jury drawn',
  voted: 'Juror voted',
  convicted: 'Worker convicted',
  accepted: 'Result accepted',
  revealed: 'Result revealed',
  settled: 'Settled',
  declined: 'Declined',
  absent: 'Absent',
  paid: 'Paid',
  fined: 'Stake lost',
  expired: 'Deadline passed',
  cancelled: 'Cancelled',
  ended: 'All tasks are over',
  replaced: 'A fork replaced a block',
};

/** The kind of a step, which decides its colour. */
export function tone({ stage, outcome }: Pick<Step, 'stage' | 'outcome'>): 'good' | 'bad' | 'busy' | 'plain' {
  if (stage === 'settled') {
    return outcome?.kind === 'failed' ? 'bad' : 'good';
  }
  if (['disputed', 'convicted', 'fined', 'absent', 'declined', 'expired', 'cancelled'].includes(stage)) {
    return 'bad';
  }
  return ['accepted', 'revealed', 'paid', 'agreed', 'ended'].includes(stage) ? 'good' : stage === 'audited' ? 'busy' : 'plain';
}

/** Where a task is on its way. */
export const PHASES: Record<TaskPhase, string> = {
  Active: 'Workers execute',
  Agreed: 'Agreed, waiting for its lot',
  Audit: 'Being audited',
  Disputed: 'A jury decides',
  Revealing: 'Being revealed',
};

/** The stations of a task's way, for the rail at the head of its page. */
export const STATIONS = ['Queued', 'Drawn', 'Committed', 'Audited', 'Revealed', 'Settled'] as const;

/** How many stations a task has reached, by what has happened with it. */
export function stationsReached(stages: Iterable<Stage>): { reached: number; wasAudited: boolean; wasDisputed: boolean } {
  const seen = new Set(stages);
  const marks: [number, Stage[]][] = [
    [2, ['drawn', 'declined', 'absent']],
    [3, ['committed', 'agreed']],
    [4, ['audited', 'disputed', 'jury']],
    [5, ['accepted', 'revealed']],
    [6, ['settled', 'ended', 'expired', 'cancelled']],
  ];
  const reached = marks.reduce((most, [station, stages]) => (stages.some((stage) => seen.has(stage)) ? station : most), 1);
  return { reached, wasAudited: seen.has('audited'), wasDisputed: seen.has('disputed') };
}

/** Why a task failed, in plain words. */
export function failureWords(reason: string): string {
  const words: Record<string, string> = {
    DeadlinePassed: 'The deadline passed before workers agreed.',
    NoConsensus: 'As many workers as can be drawn could not agree, or did not answer.',
    NotAudited: 'A result was agreed on, and no auditor repeated it in time.',
    NoVerdict: 'Results differed, and no jury could decide.',
    Cancelled: 'The task was cancelled before it began.',
    AppUnavailable: 'Workers could not fetch the app: its provider has to serve it.',
    DataUnavailable: 'Workers could not fetch the data: its owner has to serve it.',
    Unsupported: 'No worker that was drawn has a sandbox for this kind of app.',
    OutOfTime: 'The task takes workers longer than its size allows: buy a larger size.',
    OutOfResources: 'Workers were short of memory or disk.',
  };
  const inner = /\((\w+)\)/.exec(reason)?.[1] ?? reason;
  return `${words[inner] ?? reason} The money is back.`;
}

/** How an app ended, in plain words. */
export function statusWords(status: { Exited: number } | { Trapped: string } | 'OutOfFuel'): { text: string; good: boolean } {
  if (status === 'OutOfFuel') {
    return { text: 'The app used up its fuel', good: false };
  }
  if ('Trapped' in status) {
    return { text: `The app failed: ${status.Trapped}`, good: false };
  }
  return status.Exited === 0
    ? { text: 'The app ended well', good: true }
    : { text: `The app ended with status ${status.Exited}`, good: false };
}
