// Work: the bond, the pool, being online. Tasks are executed by `talka-worker`, not here.

import type { PolkadotSigner } from 'polkadot-api';
import { type Policy, writePolicy } from './catalogue.js';
import { type Account, bytes, text } from './chain.js';
import type { Talka } from './client.js';
import type { TaskId } from './deal.js';
import { type Receipt, type SendOptions, send } from './transaction.js';

/** A worker’s standing. Amounts are in units of TLK. */
export interface Worker {
  /** Who. */
  account: Account;
  /** Its bond. */
  bond: bigint;
  /** The part of the bond that open tasks have locked. */
  locked: bigint;
  /** Reputation. */
  merit: bigint;
  /** The score that draws see. */
  score: number;
  /** The block from which on it can be drawn. */
  ripeAt: number;
  /** What counts in draws now. */
  effectiveStake: bigint;
  /** The pool it has joined. */
  pool: number | undefined;
  /** Whether it can be drawn. */
  online: boolean;
  /** Tasks it executes at once. */
  slots: number;
  /** Tasks it executes now. */
  assigned: TaskId[];
  /** Where its results can be fetched: one or more addresses, with spaces between them. */
  peer: string;
  /** The last block in which it gave a sign of life. */
  lastSeen: number;
  /** The first block in which it can go online, where it has declined too many tasks. */
  pausedUntil: number;
  /** The account that it has named to act for it. */
  dutyKey: Account | undefined;
}

/** A worker’s standing; nothing for an account that has never had to do with work. */
export async function worker(talka: Talka, account: Account): Promise<Worker | undefined> {
  const view = await talka.api.apis.PocoApi.worker(account, { at: 'best' });
  return view && readWorker(view);
}

/** Workers of a pool: at most 100. */
export async function workers(talka: Talka, pool: number, limit = 100): Promise<Worker[]> {
  return (await talka.api.apis.PocoApi.workers(pool, limit, { at: 'best' })).map(readWorker);
}

/** Adds to the bond, in units of TLK. */
export const bond = (talka: Talka, amount: bigint, signer: PolkadotSigner, options?: SendOptions): Promise<Receipt> =>
  send(talka, talka.api.tx.Stake.bond({ amount }), signer, options);

/** Takes from the bond, in units of TLK: it can be withdrawn when the unbonding period is over. */
export const unbond = (talka: Talka, amount: bigint, signer: PolkadotSigner, options?: SendOptions): Promise<Receipt> =>
  send(talka, talka.api.tx.Stake.unbond({ amount }), signer, options);

/** Gets back what has been unbonded for long enough. */
export const withdraw = (talka: Talka, signer: PolkadotSigner, options?: SendOptions): Promise<Receipt> =>
  send(talka, talka.api.tx.Stake.withdraw(), signer, options);

/** Joins a pool, on these terms and no others where some are stated. */
export const joinPool = (
  talka: Talka,
  pool: number,
  terms: Policy | undefined,
  signer: PolkadotSigner,
  options?: SendOptions
): Promise<Receipt> =>
  send(talka, talka.api.tx.Marketplace.join_pool({ pool, terms: terms && writePolicy(terms) }), signer, options);

/** Leaves the pool. */
export const leavePool = (talka: Talka, signer: PolkadotSigner, options?: SendOptions): Promise<Receipt> =>
  send(talka, talka.api.tx.Marketplace.leave_pool(), signer, options);

/** Is drawn from now on, for up to `slots` tasks at once. Results are fetched at `peer`. `talka-worker` does this itself. */
export const goOnline = (
  talka: Talka,
  slots: number,
  peer: string,
  signer: PolkadotSigner,
  options?: SendOptions
): Promise<Receipt> => send(talka, talka.api.tx.Poco.go_online({ slots, peer: bytes(peer) }), signer, options);

/** Is drawn no more. */
export const goOffline = (talka: Talka, signer: PolkadotSigner, options?: SendOptions): Promise<Receipt> =>
  send(talka, talka.api.tx.Poco.go_offline(), signer, options);

const readWorker = (view: NonNullable<Awaited<ReturnType<Talka['api']['apis']['PocoApi']['worker']>>>): Worker => ({
  account: view.account,
  bond: view.bond,
  locked: view.locked,
  merit: view.merit,
  score: view.score,
  ripeAt: view.ripe_at,
  effectiveStake: view.effective_stake,
  pool: view.pool,
  online: view.online,
  slots: view.slots,
  assigned: view.assigned,
  peer: text(view.peer),
  lastSeen: view.last_seen,
  pausedUntil: view.paused_until,
  dutyKey: view.duty_key,
});
