// Questions about the chain that more than one page asks.

import {
  type App,
  apps,
  blockAt,
  type Dataset,
  type Deal,
  datasets,
  deal,
  every,
  isOver,
  type Outcome,
  type Page,
  type Paging,
  type Pool,
  pools,
  type Talka,
  type Task,
  type TaskId,
  task,
} from '@talka/sdk';

/** Most items of a list that the page reads. */
const MOST = 500;

async function all<Item>(page: (paging: Paging) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of every(page)) {
    items.push(item);
    if (items.length >= MOST) {
      break;
    }
  }
  return items;
}

/** All apps, up to a limit. */
export const allApps = (talka: Talka): Promise<App[]> => all((paging) => apps(talka, {}, paging));

/** All datasets, up to a limit. */
export const allDatasets = (talka: Talka): Promise<Dataset[]> => all((paging) => datasets(talka, {}, paging));

/** All pools, up to a limit. */
export const allPools = (talka: Talka): Promise<Pool[]> => all((paging) => pools(talka, {}, paging));

/** Deals of which nothing changes any more, by chain and number. */
const over = new Map<string, Deal>();

/** The last deals of the chain, the newest first, of those that it remembers. The chain has no list of deals by app or by pool. */
export async function recentDeals(talka: Talka, most: number): Promise<Deal[]> {
  const next = await talka.api.query.Marketplace.NextDealId.getValue({ at: 'best' });
  const ids = Array.from({ length: Math.min(most, next) }, (_, place) => next - 1 - place);
  const found = await Promise.all(ids.map((id) => remembered(talka, id)));
  return found.filter((each) => each !== undefined);
}

async function remembered(talka: Talka, id: number): Promise<Deal | undefined> {
  const key = `${talka.genesis} ${id}`;
  const known = over.get(key);
  if (known) {
    return known;
  }
  // Forgotten, or replaced by a fork meanwhile.
  const found = await deal(talka, id).catch(() => undefined);
  if (found && isOver(found.progress)) {
    over.set(key, found);
  }
  return found;
}

/** A task as it was before its end, where it has ended and the node still knows that; else as it is. */
export async function lastState(talka: Talka, id: TaskId, ended: Outcome | undefined): Promise<Task | undefined> {
  return ended ? task(talka, id, await blockAt(talka, ended.at - 1)) : task(talka, id);
}

/** How many deals pages look back at. */
export const LOOKED_AT = 100;

/** What a deal has brought to one of those who are paid for it, in units of TLK. */
export const broughtIn = (progress: Deal['progress'], price: bigint): bigint => BigInt(progress.completed) * price;
