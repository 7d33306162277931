// What is for sale: apps, datasets, pools, sizes of task.

import { type Account, type ChainApp, type ChainCategory, type ChainDataset, type ChainPool, type Names, text } from './chain.js';
import type { Talka } from './client.js';

/** The shelves of the store. */
export type Topic = Names<ChainApp['topic']>;

/** All shelves of the store. */
export const TOPICS: readonly Topic[] = ['ArtificialIntelligence', 'BigData', 'Finance', 'GreenIt', 'Science', 'Media', 'Other'];

/** The sandbox that an app is made for: WebAssembly of this ABI, or a container image. */
export type Runtime = { kind: 'Wasm'; abi: number } | { kind: 'Oci' };

/** A published dataset. Its texts are those of strangers. */
export interface Dataset {
  /** Its number. */
  id: number;
  /** Who is paid for its use. */
  owner: Account;
  /** Its name. */
  name: string;
  /** What it is. */
  description: string;
  /** Its shelf. */
  topic: Topic;
  /** Price of one accepted task, in units of TLK; nothing where it is sold by order only, or not at all. */
  price: bigint | undefined;
  /** BLAKE3-256 of the blob. */
  content: string;
  /** Where the blob can be got. */
  uris: string[];
  /** What a pool must offer, one bit each. */
  tags: bigint;
}

/** A published app. Its texts are those of strangers. */
export interface App extends Dataset {
  /** The sandbox it is made for. */
  runtime: Runtime;
}

/** The terms on which workers work in a pool. */
export interface Policy {
  /** Percents of the pool’s price that a worker locks for each task. */
  workerStakeRatio: number;
  /** Percents of the pot that the operator keeps. */
  operatorShare: number;
  /** Least bond of a worker, in units of TLK. */
  minBond: bigint;
  /** Least score of a worker. */
  minScore: number;
  /** Least price of a task, in units of TLK. */
  minPrice: bigint;
  /** Who may join: every worker that meets the policy, or whom the operator has admitted. */
  admission: 'Open' | 'Approval';
}

/** What can be expected of a pool, by what it has done. */
export interface Standing {
  /** Workers that can be drawn, busy or not. */
  online: number;
  /** Tasks that they could begin now. */
  freeSlots: number;
  /** Deals with tasks that were not begun, and tasks that need more workers. */
  waiting: bigint;
  /** Tasks that ended with a result. */
  completed: bigint;
  /** Tasks that ended without one. */
  failed: bigint;
  /** Median blocks from a task’s first draw to its settlement; nothing where none was completed. */
  medianBlocks: number | undefined;
  /** What is held of its operator as guarantees, in units of TLK. */
  guaranteed: bigint;
}

/** A worker pool. */
export interface Pool {
  /** Its number. */
  id: number;
  /** The operator. */
  owner: Account;
  /** What distinguishes it. */
  description: string;
  /** Its terms for workers. */
  policy: Policy;
  /** Those that follow, and the first block in which they are in force. */
  announced: { policy: Policy; from: number } | undefined;
  /** What it offers, one bit each. */
  tags: bigint;
  /** Price of one accepted task for each size that it serves, in units of TLK. */
  prices: Map<number, bigint>;
  /** It sells nothing with which more than this would be held of its operator as guarantees, in units of TLK. */
  guaranteeLimit: bigint;
  /** What it has done. */
  standing: Standing;
}

/** A size of task. */
export interface Category {
  /** Its number. */
  id: number;
  /** Its name: XS, S, … */
  name: string;
  /** The longest time from the draw to the commitment, in blocks. */
  runTime: number;
  /** Fuel that an execution may use. */
  fuel: bigint;
  /** Memory of an execution, in bytes. */
  memory: bigint;
  /** The least value of a task, in units of TLK. */
  minValue: bigint;
}

/** Which apps or datasets. What is not named does not matter. */
export interface AssetFilter {
  /** On this shelf. */
  topic?: Topic;
  /** A pool that offers these tags can use it. */
  offered?: bigint;
  /** Its published price is not above this, in units of TLK. */
  maxPrice?: bigint;
}

/** Which pools. What is not named does not matter. */
export interface PoolFilter {
  /** It offers all of these tags. */
  needed?: bigint;
  /** It has a published price for this size of task. */
  category?: number;
  /** That price is not above this, in units of TLK. */
  maxPrice?: bigint;
}

/** Which part of a list. */
export interface Paging {
  /** The first number that is looked at: the `next` of the page before. */
  from?: number;
  /** Most items: 100, which is also the most that the chain gives. */
  limit?: number;
}

/** A part of a list. */
export interface Page<Item> {
  /** What was found. May be few, or nothing, where there is a next page. */
  items: Item[];
  /** Where to go on; nothing where the list has ended. */
  next: number | undefined;
}

const BEST = { at: 'best' } as const;
const FULL_PAGE = 100;

/** Apps that a filter admits: one page. */
export async function apps(
  talka: Talka,
  filter: AssetFilter = {},
  { from = 0, limit = FULL_PAGE }: Paging = {}
): Promise<Page<App>> {
  const chosen = { ...asset(filter), runtime: undefined };
  const { items, next } = await talka.api.apis.MarketApi.apps(chosen, from, limit, BEST);
  return { items: items.map(({ id, item }) => readApp(id, item)), next };
}

/** Datasets that a filter admits: one page. */
export async function datasets(
  talka: Talka,
  filter: AssetFilter = {},
  { from = 0, limit = FULL_PAGE }: Paging = {}
): Promise<Page<Dataset>> {
  const { items, next } = await talka.api.apis.MarketApi.datasets(asset(filter), from, limit, BEST);
  return { items: items.map(({ id, item }) => readDataset(id, item)), next };
}

/** Pools that a filter admits, with what they have done: one page. */
export async function pools(
  talka: Talka,
  { needed, category, maxPrice }: PoolFilter = {},
  { from = 0, limit = FULL_PAGE }: Paging = {}
): Promise<Page<Pool>> {
  const filter = { needed, category, max_price: maxPrice };
  // The list and the standings are of one block.
  return talka.atBest(async ({ hash: at }) => {
    const { items, next } = await talka.api.apis.MarketApi.pools(filter, from, limit, { at });
    return { items: await Promise.all(items.map(({ id, item }) => readPool(talka, id, item, at))), next };
  });
}

/** All sizes of task. */
export async function categories(talka: Talka): Promise<Category[]> {
  const listed = await talka.api.apis.MarketApi.categories(BEST);
  return listed.map(({ id, item }) => readCategory(id, item));
}

/** One app; nothing where there is none with this number. */
export async function app(talka: Talka, id: number): Promise<App | undefined> {
  const found = await talka.api.apis.MarketApi.app(id, BEST);
  return found && readApp(id, found);
}

/** One dataset; nothing where there is none with this number. */
export async function dataset(talka: Talka, id: number): Promise<Dataset | undefined> {
  const found = await talka.api.apis.MarketApi.dataset(id, BEST);
  return found && readDataset(id, found);
}

/** One pool, with what it has done; nothing where there is none with this number. */
export function pool(talka: Talka, id: number): Promise<Pool | undefined> {
  return talka.atBest(async ({ hash: at }) => {
    const found = await talka.api.apis.MarketApi.pool(id, { at });
    return found && readPool(talka, id, found, at);
  });
}

/** All items of a list, page after page, as in `every((paging) => apps(talka, {}, paging))`. */
export async function* every<Item>(page: (paging: Paging) => Promise<Page<Item>>): AsyncGenerator<Item, void> {
  let from: number | undefined = 0;
  while (from !== undefined) {
    const { items, next }: Page<Item> = await page({ from });
    yield* items;
    from = next;
  }
}

/** Apps whose name or description has all of these words, in whatever case. The chain has no index of words: this reads its list. */
export async function* search(talka: Talka, words: string, filter: AssetFilter = {}): AsyncGenerator<App, void> {
  const wanted = words.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  for await (const each of every((paging) => apps(talka, filter, paging))) {
    const texts = `${each.name}\n${each.description}`.toLocaleLowerCase();
    if (wanted.every((word) => texts.includes(word))) {
      yield each;
    }
  }
}

const asset = ({ topic, offered, maxPrice }: AssetFilter) => ({
  topic: topic && ({ type: topic, value: undefined } as ChainApp['topic']),
  offered,
  max_price: maxPrice,
});

function readDataset(id: number, chain: ChainDataset): Dataset {
  const { owner, price, content, tags } = chain;
  const [name, description] = [text(chain.name), text(chain.description)];
  return { id, owner, name, description, topic: chain.topic.type, price, content, uris: chain.uris.map(text), tags };
}

function readApp(id: number, chain: ChainApp): App {
  const runtime: Runtime = chain.runtime.type === 'Wasm' ? { kind: 'Wasm', abi: chain.runtime.value.abi } : { kind: 'Oci' };
  return { ...readDataset(id, chain), runtime };
}

function readPolicy(chain: ChainPool['policy']): Policy {
  return {
    workerStakeRatio: chain.worker_stake_ratio,
    operatorShare: chain.operator_share,
    minBond: chain.min_bond,
    minScore: chain.min_score,
    minPrice: chain.min_price,
    admission: chain.admission.type,
  };
}

/** The terms of a pool, as the chain reads them. */
export const writePolicy = (policy: Policy): ChainPool['policy'] => ({
  worker_stake_ratio: policy.workerStakeRatio,
  operator_share: policy.operatorShare,
  min_bond: policy.minBond,
  min_score: policy.minScore,
  min_price: policy.minPrice,
  admission: { type: policy.admission, value: undefined },
});

async function readPool(talka: Talka, id: number, chain: ChainPool, at: string): Promise<Pool> {
  const standing = await talka.api.apis.PocoApi.standing(id, { at });
  const { announced } = chain;
  return {
    id,
    owner: chain.owner,
    description: text(chain.description),
    policy: readPolicy(chain.policy),
    announced: announced && { policy: readPolicy(announced.policy), from: announced.from },
    tags: chain.tags,
    prices: new Map(chain.prices),
    guaranteeLimit: chain.guarantee_limit,
    standing: {
      online: standing.online,
      freeSlots: standing.free_slots,
      waiting: standing.waiting,
      completed: standing.completed,
      failed: standing.failed,
      medianBlocks: standing.median_blocks,
      guaranteed: standing.guaranteed,
    },
  };
}

const readCategory = (id: number, chain: ChainCategory): Category => ({
  id,
  name: text(chain.name),
  runTime: chain.run_time,
  fuel: chain.fuel,
  memory: chain.memory,
  minValue: chain.min_value,
});
