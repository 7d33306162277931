// Why a result is right: what the chain knows of how it came about.

import type { Contribution, Findings, Outcome, Step, Task } from '@talka/sdk';
import { bound } from './format';
import { ASSURANCES, NO_BOUND } from './words';

/** A reason, and whether it speaks for the result, against somebody, or is only a fact. */
export interface Reason {
  /** What it says. */
  text: string;
  /** What it is. */
  kind: 'for' | 'against' | 'fact';
}

/** Who stands where, of the workers of a task. */
export interface Sides {
  /** Workers that committed to the result. */
  agreed: Contribution[];
  /** Auditors that committed to it. */
  confirmed: Contribution[];
  /** Those that committed to another result. */
  differed: Contribution[];
  /** Those that did not commit. */
  silent: Contribution[];
}

/** Who stands where. Without a result that is believed, nobody differs. */
export function sides({ contributions, result }: Task): Sides {
  const has = ({ stage, result: own }: Contribution) =>
    stage === 'Revealed' || stage === 'Unrevealed' || (stage === 'Committed' && (result === undefined || own === result));
  const answered = contributions.filter(({ stage }) => ['Committed', 'Revealed', 'Unrevealed'].includes(stage));
  return {
    agreed: answered.filter((each) => has(each) && each.role !== 'Auditor'),
    confirmed: answered.filter((each) => has(each) && each.role === 'Auditor'),
    differed: answered.filter((each) => !has(each)),
    silent: contributions.filter((each) => !answered.includes(each)),
  };
}

/** The reasons, the strongest first. `task` is the task as it was before its end, where the node still knows it. */
export function reasons(
  outcome: Extract<Outcome, { kind: 'completed' }>,
  task: Task | undefined,
  steps: Step[],
  findings: Findings | undefined
): Reason[] {
  const all: Reason[] = [];
  if (task) {
    const { agreed, confirmed, differed } = sides(task);
    if (agreed.length > 0) {
      const alone = agreed.length === 1;
      all.push({
        kind: 'for',
        text: alone
          ? agreed[0]?.role === 'Alone'
            ? 'One worker with a record of right results worked alone: a lie would cost it far more than the task is worth.'
            : 'One worker computed it.'
          : `${agreed.length} workers, drawn at random, computed it independently and committed to the same result before they saw each other’s.`,
      });
    }
    if (confirmed.length > 0) {
      all.push({
        kind: 'for',
        text: `${confirmed.length === 1 ? 'An auditor' : `${confirmed.length} auditors`}, drawn at random from workers with free slots, repeated the task and got the same result.`,
      });
    } else if (outcome.assurance !== 'Unverified' && outcome.assurance !== 'Unaudited') {
      all.push({
        kind: 'fact',
        text: 'The lots of two block authors spared it from an audit. Nobody could know that beforehand.',
      });
    }
    if (differed.length > 0) {
      all.push({
        kind: 'against',
        text: `${differed.length === 1 ? 'One worker' : `${differed.length} workers`} committed to another result, which was not accepted.`,
      });
    }
    const votes = task.jury?.ballots.filter(({ digest }) => digest !== undefined) ?? [];
    if (task.jury) {
      const forIt = votes.filter(({ digest }) => digest === outcome.digest).length;
      all.push({
        kind: 'for',
        text: `Results differed, so a jury of ${task.jury.size} validators executed the task: ${forIt} had voted for this result before the last block.`,
      });
    }
  }
  const convicted = steps.filter(({ stage }) => stage === 'convicted').length;
  if (convicted > 0) {
    all.push({
      kind: 'against',
      text: `A jury convicted ${convicted === 1 ? 'a worker' : `${convicted} workers`}, which lost what it had locked.`,
    });
  }
  all.push({ kind: 'fact', text: `Assurance ${outcome.assurance.toLowerCase()}: ${ASSURANCES[outcome.assurance]}` });
  if (findings) {
    all.push({
      kind: 'fact',
      text:
        findings.errorBound === undefined
          ? `Published bound on the error for such results: ${NO_BOUND[findings.assurance]}.`
          : `Published bound: with 95 % confidence, at most ${bound(findings.errorBound)} of such results is wrong.`,
    });
  }
  return all;
}
