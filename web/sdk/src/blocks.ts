// Blocks as they come, each with what happened in it.

import { map } from 'rxjs';
import type { BlockId, Talka } from './client.js';
import { TalkaError } from './errors.js';
import type { ChainEvent } from './transaction.js';

/** A block that came, or one that came before and that a fork has replaced. */
export interface Arrival {
  /** The block. */
  block: BlockId;
  /** Whether it is replaced: what it told has not happened. */
  replaced: boolean;
}

/** Blocks from the present one on, without gaps: best blocks, which forks may replace, or final ones. Ends with the signal. */
export async function* blocks(talka: Talka, wait: 'best' | 'final', signal?: AbortSignal): AsyncGenerator<Arrival, void> {
  const heads = new Queue<Path>();
  const { bestBlocks$, finalizedBlock$ } = talka.client;
  const source = wait === 'final' ? finalizedBlock$.pipe(map((block) => [block])) : bestBlocks$;
  const subscription = source.subscribe({
    next: (path) => heads.push(new Path(talka, path)),
    error: (error) => heads.fail(error),
    complete: () => heads.fail(new Error('the connection was closed')),
  });
  const stop = () => heads.end();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) {
    stop();
  }
  const seen: Head[] = [];
  let path: Path | undefined;
  try {
    for await (path of heads) {
      const fresh = await since(talka, path.blocks, seen);
      const first = fresh[0]?.number ?? Number.POSITIVE_INFINITY;
      while ((seen.at(-1)?.number ?? -1) >= first) {
        yield { block: idOf(seen.pop() as Head), replaced: true };
      }
      for (const block of fresh) {
        seen.push(block);
        yield { block: idOf(block), replaced: false };
      }
      seen.splice(0, seen.length - KEPT);
      path.release();
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    subscription.unsubscribe();
    for (const waiting of [path, ...heads.rest()]) {
      waiting?.release();
    }
  }
}

/** Forks are shorter than this. */
const KEPT = 256;

/** A block and the one before it. */
interface Head extends BlockId {
  parent: string;
}

const idOf = ({ number, hash }: Head): BlockId => ({ number, hash });

/** Blocks from a head back. The node keeps their state until they are released. */
class Path {
  readonly blocks: Head[];
  readonly #holds: (() => void)[];

  constructor(talka: Talka, path: Head[]) {
    this.blocks = path.map(({ number, hash, parent }) => ({ number, hash, parent }));
    this.#holds = path.map(({ hash }) => talka.client.hodlBlock(hash));
  }

  release(): void {
    for (const letGo of this.#holds.splice(0)) {
      letGo();
    }
  }
}

/** The blocks of a path, from its head back, that were not seen, in their order; of the first path the head alone. */
async function since(talka: Talka, path: Head[], seen: Head[]): Promise<Head[]> {
  const isSeen = (wanted: string) => seen.some(({ hash }) => hash === wanted);
  const fresh: Head[] = [];
  for (const block of path) {
    if (isSeen(block.hash)) {
      return fresh;
    }
    fresh.unshift(block);
    if (seen.length === 0) {
      return fresh;
    }
  }
  // Blocks that were final at once are not among the best ones.
  for (let oldest = fresh[0]; oldest && !isSeen(oldest.parent) && oldest.number > (seen[0] as Head).number; oldest = fresh[0]) {
    const { parentHash } = await talka.client.getBlockHeader(oldest.parent);
    fresh.unshift({ number: oldest.number - 1, hash: oldest.parent, parent: parentHash });
  }
  return fresh;
}

/** The block of this height on the chain that the node follows. Its state may be pruned. */
export async function blockAt(talka: Talka, number: number): Promise<BlockId> {
  const hash = await talka.client._request<string | null>('chain_getBlockHash', [number]);
  if (hash === null) {
    throw new TalkaError(`there is no block ${number} yet`, 'wait for it, or ask a node that has caught up');
  }
  return { number, hash };
}

/** What happened in a block. Nodes that prune their state can tell of recent blocks only. */
export async function eventsOf(talka: Talka, block: BlockId): Promise<ChainEvent[]> {
  const records = await talka.api.query.System.Events.getValue({ at: block.hash });
  return records.map(({ event }) => ({ pallet: event.type, name: event.value.type, data: event.value.value }));
}

/** The block of this height and what happened in it. Throws where the node does not know it any more. */
export async function eventsAt(talka: Talka, number: number): Promise<{ block: BlockId; events: ChainEvent[] }> {
  try {
    const block = await blockAt(talka, number);
    return { block, events: await eventsOf(talka, block) };
  } catch (cause) {
    throw new TalkaError(`the node does not know what happened in block ${number}`, 'begin later, or ask an archive node', {
      cause,
    });
  }
}

/** What is pushed into it comes out in its order; it ends, or fails, after all that was pushed before. */
class Queue<Item> implements AsyncIterable<Item> {
  readonly #items: Item[] = [];
  #over: { error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  push(item: Item): void {
    this.#items.push(item);
    this.#wake?.();
  }

  /** What did not come out. */
  rest(): Item[] {
    return this.#items.splice(0);
  }

  end(): void {
    this.#over ??= {};
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#over ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) {
        yield item;
      } else if (this.#over) {
        if ('error' in this.#over) {
          throw this.#over.error;
        }
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
