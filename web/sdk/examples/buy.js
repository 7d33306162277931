// Asks what some tasks cost, and buys them: node examples/buy.js APP DATASET POOL [TASKS]

import { accountOf, buy, connect, formatTlk, quote } from '@talka/sdk';
import { signer } from './keys.js';

const [app, dataset, pool, tasks = 1] = process.argv.slice(2).map(Number);
const talka = await connect(process.env.TALKA_URL ?? 'ws://127.0.0.1:9944');
const key = signer('Requester1');

const offer = await quote(
  talka,
  { app, dataset, pool, category: 0, trust: 1, tasks, arguments: ['--min-terms=2'] },
  accountOf(key)
);
console.log(`${formatTlk(offer.price)} TLK a task; ${formatTlk(offer.payment)} TLK are held for all`);
console.log(`and ${formatTlk(offer.deposit)} TLK until the chain forgets the deal; the fee is about ${formatTlk(offer.fee)} TLK`);

// At this price, or not at all.
const made = await buy(talka, offer, key);
console.log(`deal ${made.deal}: ${made.tasks} tasks, in block ${made.block.number}`);
talka.close();
