// Blocks as they come, each with what happened in it.

import { map } from 'rxjs';
import type { BlockId, Talka } from './client.js';
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
  const heads = new Queue<BlockId>();
  const { bestBlocks$, finalizedBlock$ } = talka.client;
  const source = wait === 'final' ? finalizedBlock$ : bestBlocks$.pipe(map(([best]) => best));
  const subscription = source.subscribe({
    next: (head) => heads.push(head),
    error: (error) => heads.fail(error),
    complete: () => heads.fail(new Error('the connection was closed')),
  });
  const stop = () => heads.end();
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) {
    stop();
  }
  const seen: BlockId[] = [];
  try {
    for await (const head of heads) {
      if (seen.at(-1)?.hash === head.hash) {
        continue;
      }
      // From the head back to a block that was told before.
      const fresh: BlockId[] = [{ number: head.number, hash: head.hash }];
      while (seen.length > 0 && (fresh[0] as BlockId).number > (seen[0] as BlockId).number) {
        const before = await parent(talka, fresh[0] as BlockId);
        if (seen.some(({ hash }) => hash === before.hash)) {
          break;
        }
        fresh.unshift(before);
      }
      const first = (fresh[0] as BlockId).number;
      while ((seen.at(-1)?.number ?? -1) >= first) {
        yield { block: seen.pop() as BlockId, replaced: true };
      }
      for (const block of fresh) {
        seen.push(block);
        yield { block, replaced: false };
      }
      seen.splice(0, seen.length - KEPT);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    subscription.unsubscribe();
  }
}

/** Forks are shorter than this. */
const KEPT = 256;

async function parent(talka: Talka, { hash, number }: BlockId): Promise<BlockId> {
  const { parentHash } = await talka.client.getBlockHeader(hash);
  return { number: number - 1, hash: parentHash };
}

/** What happened in a block. Nodes that prune their state can tell of recent blocks only. */
export async function eventsOf(talka: Talka, block: BlockId): Promise<ChainEvent[]> {
  const records = await talka.api.query.System.Events.getValue({ at: block.hash });
  return records.map(({ event }) => ({ pallet: event.type, name: event.value.type, data: event.value.value }));
}

/** What is pushed into it comes out in its order; it ends, or fails, after all that was pushed before. */
class Queue<Item> implements AsyncIterable<Item> {
  readonly #items: Item[] = [];
  #over: { error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  push(item: Item | undefined): void {
    if (item !== undefined) {
      this.#items.push(item);
      this.#wake?.();
    }
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
