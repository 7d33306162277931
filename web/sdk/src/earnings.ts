// What an account has earned and lost with work, as the events of blocks tell it.
//
// The chain keeps no list of it. What the owner of an app or the operator of a pool has earned is no event of its own, and is not told here.

import { eventsAt } from './blocks.js';
import type { Account } from './chain.js';
import type { Talka } from './client.js';
import type { TaskId } from './deal.js';

/** What one task has brought, or cost. */
export interface Earning {
  /** The block that tells it. */
  block: number;
  /** The task. */
  task: TaskId;
  /** For what: work, a seat on a jury; or a loss of stake. */
  why: 'work' | 'jury' | 'lost' | 'convicted' | 'fined';
  /** The amount in units of TLK; below zero where it was lost. */
  amount: bigint;
}

const PAYMENTS: Record<string, { why: Earning['why']; who: 'worker' | 'juror'; sign: bigint }> = {
  WorkerPaid: { why: 'work', who: 'worker', sign: 1n },
  JurorPaid: { why: 'jury', who: 'juror', sign: 1n },
  StakeLost: { why: 'lost', who: 'worker', sign: -1n },
  Convicted: { why: 'convicted', who: 'worker', sign: -1n },
  JurorFined: { why: 'fined', who: 'juror', sign: -1n },
};

/**
 * What an account has earned and lost as a worker and as a juror, block by block. Nodes that prune their state know recent blocks
 * only, 256 by default; an archive node knows all. Throws at the first block that the node does not know.
 */
export async function* earnings(talka: Talka, account: Account, from: number, to?: number): AsyncGenerator<Earning, void> {
  const last = to ?? (await talka.final()).number;
  for (let number = from; number <= last; number++) {
    for (const { pallet, name, data } of (await eventsAt(talka, number)).events) {
      const payment = pallet === 'Poco' ? PAYMENTS[name] : undefined;
      if (payment && data[payment.who] === account) {
        yield { block: number, task: data.task, why: payment.why, amount: payment.sign * data.amount };
      }
    }
  }
}
