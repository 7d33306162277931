// Everything that a program needs to take part in a Talka chain from TypeScript: see README.md.

export { DECIMALS, formatTlk, parseTlk } from './amount.js';
export { type Arrival, blockAt, blocks, eventsAt, eventsOf } from './blocks.js';
export * from './catalogue.js';
export type { Account, Api } from './chain.js';
export { type BlockId, type ConnectOptions, connect, Talka } from './client.js';
export {
  type Assurance,
  type Deal,
  deal,
  dealsOf,
  isOver,
  type Outcome,
  outcome,
  outcomes,
  type Progress,
  type TaskId,
} from './deal.js';
export { type Earning, earnings } from './earnings.js';
export { OutcomeUnknown, Refused, TalkaError, Unverified } from './errors.js';
export { type Counts, type Findings, findings, type Sum } from './findings.js';
export { type FollowOptions, follow, history, type Stage, type Step } from './follow.js';
export { readOrderFile, writeOrderFile } from './order-file.js';
export {
  type AppOrder,
  cancelOrder,
  type DatasetOrder,
  type Listed,
  type Match,
  matchOrders,
  type Order,
  type OrderSource,
  orderId,
  orderState,
  orders,
  type Party,
  type PoolOrder,
  publishOrder,
  type RequestOrder,
  type Restrictions,
  type Shelf,
  type SignedOrder,
  salted,
  signOrder,
  type Terms,
  type Wish,
} from './orders.js';
export { buy, type DealMade, type Parameters, type Quote, quote, type Request } from './purchase.js';
export { type FetchOptions, Result, result, resultOf } from './results.js';
export {
  type Agreement,
  type Blob,
  type ExitStatus,
  type Listing,
  loadRules,
  type Manifest,
  Mismatch,
  Rules,
  type RulesSource,
} from './rules.js';
export * from './sell.js';
export { type Ballot, type Contribution, type Role, type Task, type TaskPhase, task } from './task.js';
export { accountOf, type ChainEvent, type Funds, funds, type Receipt, type SendOptions, send } from './transaction.js';
export * from './wallet.js';
export * from './work.js';
