// The life of a deal, as the chain tells it.

import { blocks, eventsAt, eventsOf } from './blocks.js';
import type { Account } from './chain.js';
import type { BlockId, Talka } from './client.js';
import { deal, isOver, type Outcome, outcomes, type Progress, type TaskId } from './deal.js';
import type { ChainEvent } from './transaction.js';

/** What has happened with a task, or with its deal. */
export type Stage =
  /** The deal is there: of a progress that was made before nothing else is told. */
  | 'queued'
  /** A worker was drawn. */
  | 'drawn'
  /** A worker has committed to a result. */
  | 'committed'
  /** Workers agree on a result. */
  | 'agreed'
  /** One more worker repeats the task. */
  | 'audited'
  /** Two results differ: a jury decides. */
  | 'disputed'
  /** A jury was drawn. */
  | 'jury'
  /** A juror has voted. */
  | 'voted'
  /** A jury has found a worker wrong. */
  | 'convicted'
  /** A result is accepted: the workers that committed to it reveal it. */
  | 'accepted'
  /** A worker has revealed the digest. */
  | 'revealed'
  /** The task has ended, with a result or without. */
  | 'settled'
  /** A worker, or a juror, cannot execute the task. */
  | 'declined'
  /** A worker did not commit in time. */
  | 'absent'
  /** A worker, or a juror, was paid. */
  | 'paid'
  /** A worker, or a juror, has lost a part of its stake. */
  | 'fined'
  /** The deadline has passed for tasks that were not begun. */
  | 'expired'
  /** Tasks that were not begun were cancelled. */
  | 'cancelled'
  /** All tasks are over. */
  | 'ended'
  /** A fork has replaced a block: what was told of it has not happened. What happened instead follows. */
  | 'replaced';

/** One step in the life of a deal. */
export interface Step {
  /** The block that tells it. */
  block: BlockId;
  /** What has happened. */
  stage: Stage;
  /** To which task, where it is one. */
  task?: TaskId;
  /** The worker or the juror, where it is one. */
  who?: Account;
  /** What was paid, or lost, in units of TLK. */
  amount?: bigint;
  /** What has become of the task, where it was settled. */
  outcome?: Outcome;
  /** Who has the result, where there is one. */
  winners?: Account[];
  /** How far the deal is after this block. */
  progress: Progress;
}

/** How to follow a deal. */
export interface FollowOptions {
  /** Best blocks, which forks may replace, or final ones, which come some blocks later. The best by default. */
  wait?: 'best' | 'final';
  /** Ends it. */
  signal?: AbortSignal;
}

const STAGES: Record<string, Stage> = {
  TaskAssigned: 'drawn',
  Committed: 'committed',
  Agreed: 'agreed',
  AuditBegun: 'audited',
  Disputed: 'disputed',
  JurySeated: 'jury',
  Voted: 'voted',
  Convicted: 'convicted',
  ConsensusReached: 'accepted',
  Revealed: 'revealed',
  TaskCompleted: 'settled',
  TaskFailed: 'settled',
  Declined: 'declined',
  WorkerAbsent: 'absent',
  WorkerPaid: 'paid',
  JurorPaid: 'paid',
  StakeLost: 'fined',
  JurorFined: 'fined',
  DealExpired: 'expired',
  DealCancelled: 'cancelled',
};

/**
 * Follows a deal until all of its tasks are over, from the present block on. The first step is `queued`, with what was reached
 * before; then come the outcomes of tasks that had ended, and what happens from then on. The last step is `ended`.
 */
export async function* follow(talka: Talka, id: number, options: FollowOptions = {}): AsyncGenerator<Step, void> {
  const { wait = 'best', signal } = options;
  let progress: Progress | undefined;
  for await (const { block, replaced } of blocks(talka, wait, signal)) {
    if (replaced) {
      if (progress) {
        yield { block, stage: 'replaced', progress };
      }
      continue;
    }
    const events = (await eventsOf(talka, block)).filter((event) => isOf(event, id));
    if (progress && events.length === 0) {
      continue;
    }
    const before = progress;
    progress = (await talka.api.apis.PocoApi.deal(id, { at: block.hash }))?.progress;
    if (!progress) {
      // It may be in a block that is not final yet. If it is nowhere, this says so.
      await deal(talka, id);
      continue;
    }
    const settled = new Map((await ended(talka, id, block, events, !before)).map(({ task, outcome }) => [task.index, outcome]));
    if (!before) {
      yield { block, stage: 'queued', progress };
      for (const [index, outcome] of settled) {
        yield { block, stage: 'settled', task: { deal: id, index }, outcome, progress };
      }
    } else {
      for (const event of events) {
        yield* step(event, block, progress, settled);
      }
    }
    if (isOver(progress)) {
      yield { block, stage: 'ended', progress };
      return;
    }
  }
}

/**
 * What has happened with a deal in these blocks, the first and the last included. Nodes that prune their state know recent blocks only;
 * an archive node knows all. Throws at the first block that the node does not know.
 */
export async function* history(talka: Talka, id: number, from: number, to: number): AsyncGenerator<Step, void> {
  for await (const { block, events: all } of eventsOfBlocks(talka, from, to)) {
    const events = all.filter((event) => isOf(event, id));
    const progress = events.length > 0 && (await talka.api.apis.PocoApi.deal(id, { at: block.hash }))?.progress;
    if (progress) {
      const settled = await ended(talka, id, block, events, false);
      const outcomes = new Map(settled.map(({ task, outcome }) => [task.index, outcome]));
      for (const event of events) {
        yield* step(event, block, progress, outcomes);
      }
    }
  }
}

/** How many blocks are asked for at once. */
const AT_ONCE = 8;

async function* eventsOfBlocks(talka: Talka, from: number, to: number) {
  for (let first = from; first <= to; first += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, to - first + 1) }, (_, place) => first + place);
    yield* await Promise.all(numbers.map((number) => eventsAt(talka, number)));
  }
}

/** The outcomes that a block tells of: all, where nothing was told before. */
async function ended(talka: Talka, id: number, block: BlockId, events: ChainEvent[], all: boolean) {
  return all || events.some(({ name }) => STAGES[name] === 'settled') ? outcomes(talka, id, block) : [];
}

/** An event names the deal itself, or one of its tasks. */
const isOf = ({ pallet, data }: ChainEvent, id: number): boolean =>
  pallet === 'Poco' && (data?.deal === id || data?.task?.deal === id);

function* step(event: ChainEvent, block: BlockId, progress: Progress, settled: Map<number, Outcome>): Generator<Step> {
  const stage = STAGES[event.name];
  if (!stage) {
    return;
  }
  const { task, worker, juror, amount, winners } = event.data;
  const outcome = stage === 'settled' ? settled.get(task.index) : undefined;
  yield {
    block,
    stage,
    ...(task && { task }),
    ...((worker ?? juror) && { who: worker ?? juror }),
    ...(amount !== undefined && { amount }),
    ...(outcome && { outcome }),
    ...(winners && { winners }),
    progress,
  };
}
