// Orders, as sellers and buyers with a wallet see them: signed in JavaScript by their keyrings, matched by somebody else,
// executed and paid for.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { Keyring } from '@polkadot/api';
import { hexToU8a, u8aToHex, u8aWrapBytes } from '@polkadot/util';
import { signatureVerify } from '@polkadot/util-crypto';

import { complaints, connect, fee, find, follow, refuses as expectRefusal, send, wealth } from './chain.js';
import { resultHash, seal } from './commitment.js';
import { startNode } from './node.js';
import { encode, orderId, signOrder } from './order.js';

const TLK = 10n ** 9n;
const APP_PRICE = 3n * TLK;
const POOL_PRICE = 20n * TLK;
const CATEGORY = 0;
const POLICY = { workerStakeRatio: 35, operatorShare: 5, minBond: 0, minScore: 0, minPrice: 0, admission: 'Open' };
const DIGEST = new Uint8Array(32).fill(7);
const ROLES = ['provider', 'operator', 'worker', 'requester', 'broker', 'sponsor'];

let node, api, actors, events, app, pool, now;

before(async () => {
  node = await startNode();
  ({ actors, api } = await connect(node.url, ROLES, 1_000n * TLK));
  events = await follow(api);
  const { operator, provider, worker } = actors;
  const publication = await send(
    api,
    // No price: the app is sold by order only.
    api.tx.marketplace.publishApp('by order', { Wasm: { abi: 3 } }, DIGEST, ['https://example.org/a'], 'Other', 0, '', null),
    provider
  );
  app = find(publication, 'marketplace.AppPublished').data.app.toNumber();
  const opening = await send(api, api.tx.marketplace.publishPool('by order', POLICY, 0, 1_000_000_000_000n), operator);
  pool = find(opening, 'marketplace.PoolPublished').data.pool.toNumber();
  await send(api, api.tx.stake.bond(500n * TLK), worker);
  await send(api, api.tx.marketplace.joinPool(pool, null), worker);
  await send(api, api.tx.poco.goOnline(4, 'https://example.org/results'), worker);
  now = (await api.rpc.chain.getHeader()).number.toNumber();
});

after(async () => {
  events?.stop();
  await api?.disconnect();
  await node?.stop();
});

const refuses = (...refusal) => expectRefusal(api, ...refusal);

let salts = 0;
const terms = (signer, price, volume, changes = {}) => ({
  signer: signer.address,
  price,
  volume,
  tags: 0,
  only: {},
  expiry: now + 1_000,
  salt: new Uint8Array(32).fill(++salts),
  ...changes,
});

const appOrder = (changes) => ({ App: { app, terms: terms(actors.provider, APP_PRICE, 100, changes) } });
const poolOrder = (changes) => ({
  Pool: { pool, category: CATEGORY, trust: 10, terms: terms(actors.operator, POOL_PRICE, 2, changes) },
});
const requestOrder = (tasks, changes, signer = actors.requester) => ({
  Request: {
    app,
    dataset: null,
    category: CATEGORY,
    trust: 1,
    arguments: [],
    parameters: { List: { items: ['red', 'green', 'blue'] } },
    beneficiary: null,
    deadline: now + 1_000,
    terms: terms(signer, APP_PRICE + POOL_PRICE, tasks, changes),
  },
});

/** Orders that fit together, signed; the request is for `tasks` tasks. */
const signed = (tasks, { request = requestOrder(tasks), ...others } = {}) => ({
  app: signOrder(api, appOrder(), actors.provider),
  dataset: null,
  pool: { Ordered: signOrder(api, poolOrder(), actors.operator, 'raw') },
  request: signOrder(api, request, actors.requester),
  ...others,
});

const match = (orders) => api.tx.orders.matchOrders(orders);

/** The vectors have hashes without `0x`, as the project writes them. */
const withPrefixes = (value) =>
  JSON.parse(JSON.stringify(value), (_, part) => (/^[0-9a-f]{64}$/.test(part) ? `0x${part}` : part));

test('names and signs orders as the test vectors say', () => {
  const vectors = JSON.parse(readFileSync(new URL('../../docs/protocol/order-vectors.json', import.meta.url)));
  assert.ok(vectors.length >= 6);
  for (const { genesis, id, kind, name, order, scale, signatures, signer } of vectors) {
    const plain = withPrefixes(order);
    assert.equal(u8aToHex(encode(api, plain)), `0x${scale}`, name);
    const named = orderId(api, plain, hexToU8a(`0x${genesis}`));
    assert.equal(u8aToHex(named), `0x${id}`, name);
    const pair = new Keyring({ type: kind }).addFromUri(signer);
    assert.equal(pair.address, Object.values(order)[0].terms.signer, name);
    for (const [form, message] of [['raw', named], ['wrapped', u8aWrapBytes(named)]]) {
      assert.ok(signatureVerify(message, `0x${signatures[form]}`, pair.address).isValid, `${name}, ${form}`);
    }
  }
});

test('names orders as the chain does', async () => {
  for (const order of [appOrder(), poolOrder(), requestOrder(3)]) {
    assert.equal((await api.call.ordersApi.id(order)).toHex(), u8aToHex(orderId(api, order)));
  }
  assert.deepEqual(complaints, []);
});

/** The worker executes a task of a deal by hand. */
async function execute(deal, index) {
  const task = { deal, index };
  await events.until('poco.TaskAssigned', ({ task }) => task.deal.toNumber() === deal && task.index.toNumber() === index);
  const { worker } = actors;
  const commitment = { task, result: resultHash(task, DIGEST), seal: seal(worker.publicKey, task, DIGEST) };
  await send(api, api.tx.poco.commit([commitment]), worker);
  await send(api, api.tx.poco.reveal([{ task, digest: DIGEST }]), worker);
}

test('matches orders of others, and the tasks are executed and paid for', async () => {
  const { broker, operator, provider, requester, worker } = actors;
  const people = { operator, provider, requester, worker };
  const before = {};
  for (const [role, actor] of Object.entries(people)) {
    before[role] = await wealth(api, actor);
  }
  const request = requestOrder(3);
  const orders = signed(3, { request });
  const matched = await send(api, match(orders), broker);
  const { data } = find(matched, 'orders.OrdersMatched');
  assert.equal(data.tasks.toNumber(), 2, "as many as the pool's order is for");
  assert.equal(data.request.toHex(), u8aToHex(orderId(api, request)));
  assert.ok(fee(matched) > 0n);
  await refuses('orders.OrderConsumed', match(orders), broker);

  // Another order of the pool takes what is left of the request.
  const second = await send(api, match({ ...orders, pool: signed(1).pool }), broker);
  const deals = [data.deal, find(second, 'orders.OrdersMatched').data.deal].map((deal) => deal.toNumber());
  const [first, last] = await Promise.all(deals.map(async (deal) => (await api.call.pocoApi.deal(deal)).unwrap().deal));
  assert.deepEqual(first.parameters.asList.items.map((item) => item.toUtf8()), ['red', 'green']);
  assert.deepEqual(last.parameters.asList.items.map((item) => item.toUtf8()), ['blue']);
  assert.equal((await api.call.ordersApi.state(request)).used.toNumber(), 3);

  await execute(deals[0], 0);
  await execute(deals[0], 1);
  await execute(deals[1], 0);
  await events.until('poco.DealEnded', ({ deal }) => deal.toNumber() === deals[1]);
  const gain = async (role) => (await wealth(api, people[role])) - before[role];
  assert.equal(await gain('requester'), -3n * (APP_PRICE + POOL_PRICE));
  assert.equal(await gain('provider'), 3n * APP_PRICE);
  assert.equal(await gain('worker'), (3n * POOL_PRICE * 95n) / 100n);
  assert.equal(await gain('operator'), (3n * POOL_PRICE * 5n) / 100n);
});

test('takes signatures of wallets of every kind', async () => {
  const { broker, sponsor } = actors;
  for (const type of ['ed25519', 'ecdsa']) {
    const buyer = new Keyring({ type }).addFromUri(`//js//${type}//${Date.now()}`);
    const request = requestOrder(1, {}, buyer);
    const orders = { ...signed(1), request: signOrder(api, request, buyer) };
    await refuses('marketplace.RequesterCannotPay', match(orders), broker);
    const matched = await send(api, api.tx.orders.sponsorOrders(orders), sponsor);
    const made = find(matched, 'marketplace.DealMade').data;
    assert.deepEqual([made.requester.toString(), made.payer.toString()], [buyer.address, sponsor.address]);
  }
});

test('publishes an order, sees it in the book, and takes it back', async () => {
  const { broker, operator } = actors;
  const order = poolOrder({ price: POOL_PRICE - TLK });
  const free = async () => (await api.query.system.account(operator.address)).data.free.toBigInt();
  const published = await send(api, api.tx.orders.publishOrder(order), operator);
  const id = find(published, 'orders.OrderPublished').data.order.toHex();
  assert.equal(id, u8aToHex(orderId(api, order)));
  const held = find(published, 'balances.Held').data.amount.toBigInt();

  const shelf = await api.call.ordersApi.orders({ Pools: CATEGORY }, null, 10);
  const listed = shelf.items.find((entry) => entry.id.toHex() === id);
  assert.equal(listed.item.left.toNumber(), 2);
  assert.equal(listed.item.order.asPool.terms.price.toBigInt(), POOL_PRICE - TLK);
  await send(api, match({ ...signed(1), pool: { Ordered: { Published: id } } }), broker);
  assert.equal((await api.call.ordersApi.order(id)).unwrap().left.toNumber(), 1);

  await refuses('orders.NotSigner', api.tx.orders.cancelOrder({ Published: id }), broker);
  const before = await free();
  const cancelled = await send(api, api.tx.orders.cancelOrder({ Published: id }), operator);
  assert.equal(find(cancelled, 'orders.OrderEnded').data.deposit.toBigInt(), held);
  assert.equal((await free()) - before, held - fee(cancelled));
  await refuses('orders.UnknownOrder', match({ ...signed(1), pool: { Ordered: { Published: id } } }), broker);
  await refuses('orders.OrderCancelled', match({ ...signed(1), pool: { Ordered: signOrder(api, order, operator) } }), broker);
});

test('sells to the members of a group and to nobody else', async () => {
  const { broker, provider, requester } = actors;
  const created = await send(api, api.tx.groups.createGroup('our users'), provider);
  const group = find(created, 'groups.GroupCreated').data.group.toNumber();
  const order = appOrder({ only: { requester: { Group: group } } });
  const orders = () => signed(1, { app: signOrder(api, order, provider) });
  await refuses('marketplace.NotForThisRequester', match(orders()), broker);
  await send(api, api.tx.groups.addMembers(group, [requester.address]), provider);
  await send(api, match(orders()), broker);
  assert.ok((await api.call.groupsApi.isMember(group, requester.address)).isTrue);
});

test('is told what is wrong with orders, and nothing changes', async () => {
  const { broker, operator, provider, requester } = actors;
  const before = await Promise.all([operator, provider, requester].map((actor) => wealth(api, actor)));
  const tampered = signed(1);
  tampered.request.Signed.order = { ...tampered.request.Signed.order, trust: 2 };
  const elsewhere = signed(1);
  elsewhere.request.Signed.genesis = new Uint8Array(32).fill(1);
  const mistakes = [
    ['orders.BadSignature', signed(1, { app: signOrder(api, appOrder(), operator) })],
    ['orders.BadSignature', tampered],
    ['orders.WrongChain', elsewhere],
    ['orders.OrderExpired', signed(1, { app: signOrder(api, appOrder({ expiry: 1 }), provider) })],
    ['orders.NoVolume', signed(0)],
    ['marketplace.PriceOverLimit', signed(1, { app: signOrder(api, appOrder({ price: APP_PRICE + 1n }), provider) })],
    ['marketplace.NotForSale', signed(1, { app: null })],
    ['marketplace.CategoryNotServed', signed(1, { pool: { Listed: pool } })],
    ['marketplace.TagMissing', signed(1, { app: signOrder(api, appOrder({ tags: 1 }), provider) })],
    ['marketplace.TooFewParameters', signed(4)],
    ['marketplace.TooManyTasks', signed(10_001)],
  ];
  const nonce = (await api.rpc.system.accountNextIndex(broker.address)).toNumber();
  await Promise.all(
    mistakes.map(([rule, orders], place) => refuses(rule, match(orders), broker, { nonce: nonce + place }))
  );
  const after = await Promise.all([operator, provider, requester].map((actor) => wealth(api, actor)));
  assert.deepEqual(after, before);
});
