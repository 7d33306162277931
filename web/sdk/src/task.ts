// A task while workers are at it: who was drawn, who has committed, audits, juries.

import type { Account } from './chain.js';
import type { BlockId, Talka } from './client.js';
import type { Assurance, TaskId } from './deal.js';

/** Which step of its life an open task is in. */
export type TaskPhase = 'Active' | 'Agreed' | 'Audit' | 'Disputed' | 'Revealing';

/** What a worker was drawn for: to agree with others, to work alone, or to repeat the task after others have agreed. */
export type Role = 'Member' | 'Alone' | 'Auditor';

/** The part of one worker in a task. */
export interface Contribution {
  /** Who. */
  worker: Account;
  /** What for. */
  role: Role;
  /** What it has locked of its bond, in units of TLK. */
  locked: bigint;
  /** How far it is. */
  stage: 'Assigned' | 'Committed' | 'Revealed' | 'Unrevealed' | 'Declined' | 'Absent';
  /** The result that it has committed to, as far as it can be compared; nothing before, or after the reveal. */
  result: string | undefined;
}

/** The part of one juror in a dispute. */
export interface Ballot {
  /** Who. */
  juror: Account;
  /** How far it is. */
  stage: 'Awaited' | 'Committed' | 'Revealed' | 'Declined';
  /** The digest that it has voted for. */
  digest: string | undefined;
}

/** An open task. */
export interface Task {
  /** How sure the buyer wants to be. */
  trust: number;
  /** What stands behind its result. */
  assurance: Assurance;
  /** The block of the first draw. */
  begun: number;
  /** The last block in which workers can agree. */
  deadline: number;
  /** Which step it is in. */
  phase: TaskPhase;
  /** The result that is believed, as far as it can be compared. */
  result: string | undefined;
  /** Everybody who was drawn, in the order of the draws. */
  contributions: Contribution[];
  /** The jury that decides, or was the last that could not. */
  jury: { size: number; ballots: Ballot[] } | undefined;
}

/** A task that workers are at, as a block knows it: the best, if none is named. Nothing where it waits, has ended, or is none. */
export async function task(talka: Talka, id: TaskId, block?: BlockId): Promise<Task | undefined> {
  const view = await talka.api.apis.PocoApi.task(id, { at: block?.hash ?? 'best' });
  return view?.type === 'Open' ? readTask(view.value) : undefined;
}

type View = NonNullable<Awaited<ReturnType<Talka['api']['apis']['PocoApi']['task']>>>;
type Open = Extract<View, { type: 'Open' }>['value'];

const readTask = ({ trust, assurance, begun, deadline, phase, contributions, jury }: Open): Task => ({
  trust,
  assurance: assurance.type,
  begun,
  deadline,
  phase: phase.type,
  result: phase.value?.result,
  contributions: contributions.map(({ worker, role, locked, stage }) => ({
    worker,
    role: role.type,
    locked,
    stage: stage.type,
    result: stage.type === 'Committed' ? stage.value.result : undefined,
  })),
  jury: jury && {
    size: jury.size,
    ballots: jury.seats.map(({ who, ballot }) => ({
      juror: who,
      stage: ballot.type,
      digest: ballot.type === 'Revealed' ? ballot.value.digest : undefined,
    })),
  },
});
