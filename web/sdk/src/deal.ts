// Deals, their tasks, and what has become of them.

import type { Account, ChainDealView, ChainOutcome, Names } from './chain.js';
import type { BlockId, Talka } from './client.js';
import { TalkaError } from './errors.js';
import { type Parameters, readParameters } from './purchase.js';

/** A task: its deal, and its place in the bag from 0 on. */
export interface TaskId {
  /** The deal. */
  deal: number;
  /** The place. */
  index: number;
}

/** How many of a deal’s tasks are in which state. */
export interface Progress {
  /** Not drawn yet. */
  queued: number;
  /** Drawn, and not ended. */
  open: number;
  /** Settled with a result. */
  completed: number;
  /** Ended without one. */
  failed: number;
}

/** What stands behind a result. */
export type Assurance = Names<Extract<ChainOutcome, { type: 'Completed' }>['value']['assurance']>;

/** What is left of a task that has ended. */
export type Outcome =
  /** It has an accepted result: the digest names its manifest. */
  | { kind: 'completed'; digest: string; assurance: Assurance; at: number }
  /** It has none; who paid has the money back. */
  | { kind: 'failed'; reason: string; at: number };

/** A deal’s terms and how far it is. Amounts are in units of TLK. */
export interface Deal {
  /** Its number. */
  id: number;
  /** Who buys. */
  requester: Account;
  /** Who pays. */
  payer: Account;
  /** Whom the results are for. */
  beneficiary: Account;
  /** The app, and its price for one accepted task. */
  app: { id: number; price: bigint };
  /** The dataset, where there is one, and its price for one accepted task. */
  dataset: { id: number; price: bigint } | undefined;
  /** The pool, its operator, and its price for one accepted task. */
  pool: { id: number; operator: Account; price: bigint };
  /** The size of a task. */
  category: number;
  /** How sure the buyer wants to be. */
  trust: number;
  /** What stands behind the results. */
  assurance: Assurance;
  /** How many tasks. */
  tasks: number;
  /** What distinguishes them. */
  parameters: Parameters;
  /** The last block in which a task may be completed. */
  deadline: number;
  /** What is held of who made it, until the chain forgets it. */
  deposit: bigint;
  /** How far it is. */
  progress: Progress;
}

/** Whether every task has ended. */
export const isOver = ({ queued, open }: Progress): boolean => queued === 0 && open === 0;

/** One deal. Throws where it was never made, or the chain has forgotten it. */
export async function deal(talka: Talka, id: number, block?: BlockId): Promise<Deal> {
  const at = { at: block?.hash ?? 'best' };
  const view = await talka.api.apis.PocoApi.deal(id, at);
  if (view) {
    return readDeal(view);
  }
  const forgotten = await talka.api.apis.PocoApi.is_forgotten(id, at);
  throw forgotten
    ? new TalkaError(
        `the chain has forgotten deal ${id}`,
        'its history is in the events of its blocks, which an archive node keeps'
      )
    : new TalkaError(`there is no deal ${id}`, 'look at the deals of the account that has bought it: `dealsOf`');
}

/** Deals that an account has requested and the chain remembers, from a number on: at most 100. */
export async function dealsOf(talka: Talka, requester: Account, from = 0, limit = 100): Promise<Deal[]> {
  return (await talka.api.apis.PocoApi.deals_of(requester, from, limit, { at: 'best' })).map(readDeal);
}

/** What has become of the tasks of a deal that have ended, as a block knows it: the best, if none is named. */
export async function outcomes(talka: Talka, id: number, block?: BlockId): Promise<{ task: TaskId; outcome: Outcome }[]> {
  return block ? outcomesAt(talka, id, block) : talka.atBest((best) => outcomesAt(talka, id, best));
}

type OutcomePage = Awaited<ReturnType<Talka['api']['apis']['PocoApi']['outcomes']>>;

async function outcomesAt(talka: Talka, id: number, { hash: at }: BlockId) {
  const all = [];
  for (let from: number | undefined = 0; from !== undefined; ) {
    const page: OutcomePage = await talka.api.apis.PocoApi.outcomes(id, from, MAX_TASKS, { at });
    all.push(...page.items.map(({ id: task, item }) => ({ task, outcome: readOutcome(item) })));
    from = page.next?.index;
  }
  return all;
}

/** What has become of a task; nothing where it has not ended. */
export async function outcome(talka: Talka, task: TaskId): Promise<Outcome | undefined> {
  const view = await talka.api.apis.PocoApi.task(task, { at: 'best' });
  return view?.type === 'Ended' ? readOutcome(view.value) : undefined;
}

/** Most tasks in one answer. */
const MAX_TASKS = 1_000;

function readOutcome({ type, value }: ChainOutcome): Outcome {
  if (type === 'Completed') {
    return { kind: 'completed', digest: value.digest, assurance: value.assurance.type, at: value.at };
  }
  const inner = value.reason.type === 'Declined' ? ` (${value.reason.value.type})` : '';
  return { kind: 'failed', reason: `${value.reason.type}${inner}`, at: value.at };
}

function readDeal({ id, deal, progress }: ChainDealView): Deal {
  const { requester, payer, beneficiary, trust, tasks, deadline } = deal;
  return {
    id,
    requester,
    payer,
    beneficiary,
    app: { id: deal.app, price: deal.app_price },
    dataset: deal.dataset && { id: deal.dataset.id, price: deal.dataset.price },
    pool: { id: deal.pool, operator: deal.operator, price: deal.pool_price },
    category: deal.category_id,
    trust,
    assurance: deal.assurance.type,
    tasks,
    parameters: readParameters(deal.parameters),
    deadline,
    deposit: deal.deposit.amount,
    progress,
  };
}
