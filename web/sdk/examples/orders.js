// Sells and buys by order: signed by all three parties, matched by somebody else: node examples/orders.js APP DATASET POOL

import { accountOf, cancelOrder, connect, matchOrders, orderState, orders, parseTlk, publishOrder, signOrder } from '@talka/sdk';
import { signer } from './keys.js';

const [app, dataset, pool] = process.argv.slice(2).map(Number);
const talka = await connect(process.env.TALKA_URL ?? 'ws://127.0.0.1:9944');
const [provider, operator, requester, broker] = ['Provider', 'Operator', 'Requester1', 'Ferdie'].map(signer);

const expiry = (await talka.best()).number + 1_000;
const terms = (who, price, volume) => ({ signer: accountOf(who), price: parseTlk(price), volume, expiry });

// With a wallet, `signer` and the kind of the key come from `openWallet`.
const ofApp = await signOrder(talka, { kind: 'App', app, terms: terms(provider, '1.5', 100) }, provider);
const ofDataset = await signOrder(talka, { kind: 'Dataset', dataset, terms: terms(provider, '0.5', 100) }, provider);
const request = await signOrder(
  talka,
  { kind: 'Request', app, dataset, category: 0, trust: 1, deadline: expiry, terms: terms(requester, '20', 1) },
  requester
);
console.log(`signed ${ofApp.id}`);

// The pool publishes its order instead of handing it around.
const ofPool = await publishOrder(
  talka,
  { kind: 'Pool', pool, category: 0, trust: 4, terms: terms(operator, '18', 5) },
  operator
);
for (const { id, left } of (await orders(talka, { pools: 0 })).items) {
  console.log(`on the book: ${id}, ${left} tasks left`);
}

const made = await matchOrders(talka, { app: ofApp, dataset: ofDataset, pool: ofPool, request }, broker);
console.log(`deal ${made.deal} at ${made.price} units a task`);

await cancelOrder(talka, ofPool, operator);
await cancelOrder(talka, ofApp, provider);
const { used, cancelled } = await orderState(talka, ofApp.order);
console.log(`the app's order: ${used} used, ${cancelled ? 'cancelled' : 'open'}`);
talka.close();
