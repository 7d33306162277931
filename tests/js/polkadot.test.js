// What a wallet sees: polkadot.js connects to a node, knows of Talka what the metadata tells and nothing else, and
// takes part in a task as each of the actors. The worker's part, too, is played by hand: it needs two hashes.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { hexToU8a, u8aToHex } from '@polkadot/util';

import { complaints, connect, fee, find, follow, isNotDue, refuses as expectRefusal, send, wealth } from './chain.js';
import { resultHash, seal } from './commitment.js';
import { startNode } from './node.js';

const TLK = 10n ** 9n;
const APP_PRICE = 3n * TLK;
const POOL_PRICE = 25n * TLK;
const OPERATOR_SHARE = 5n;
const BOND = 1_000n * TLK;
const CATEGORY = 0;
const POLICY = { workerStakeRatio: 35, operatorShare: Number(OPERATOR_SHARE), minBond: 0, minScore: 0, minPrice: 0, admission: 'Open' };
const CONTENT = u8aToHex(new Uint8Array(32).fill(7));

let node, socket, api, actors, provider, operator, worker, requester, app, pool, events, deadline;

before(async () => {
  node = await startNode();
  ({ actors, api, socket } = await connect(node.url, ['provider', 'operator', 'worker', 'requester'], 10_000n * TLK));
  ({ operator, provider, requester, worker } = actors);
  events = await follow(api);
  // For all requests of this file; each must leave a task the blocks that it can take: 286 where slots are short.
  deadline = (await api.rpc.chain.getHeader()).number.toNumber() + 1_000;
});

after(async () => {
  events?.stop();
  await api?.disconnect();
  await node?.stop();
});

/** A request for one task at trust 1, with changes. */
const order = (changes = {}) => ({
  app,
  dataset: null,
  pool,
  category: CATEGORY,
  trust: 1,
  tasks: 1,
  arguments: ['--greeting', 'hello'],
  parameters: { Range: { first: 0 } },
  maxPrice: APP_PRICE + POOL_PRICE,
  beneficiary: null,
  deadline,
  ...changes,
});

const request = (changes) => api.tx.marketplace.request(order(changes));

const refuses = (...refusal) => expectRefusal(api, ...refusal);

test('computes commitments as the chain does', () => {
  const task = { deal: 7, index: 3 };
  const digest = new Uint8Array(32).fill(1);
  assert.equal(u8aToHex(resultHash(task, digest)), '0x0869762cca505a5a834267107f6f71b3ec17d6fe265c867122d25e54369552f8');
  assert.equal(
    u8aToHex(seal(new Uint8Array(32).fill(5), task, digest)),
    '0xd2942396b9e7834e457302432346699d93491deb2c76d4b3f2fbf068781bf4f7'
  );
});

test('understands the chain with nothing but its metadata', () => {
  assert.deepEqual(complaints, []);
  for (const [pallet, calls] of Object.entries({
    marketplace: ['publishApp', 'publishPool', 'setPoolPrice', 'joinPool', 'request'],
    poco: ['commit', 'decline', 'goOnline', 'heartbeat', 'reveal'],
    stake: ['bond', 'unbond', 'withdraw'],
  })) {
    for (const call of calls) {
      assert.ok(api.tx[pallet]?.[call], `${pallet}.${call} is there`);
      assert.ok(api.tx[pallet][call].meta.docs.length > 0, `${pallet}.${call} is documented`);
    }
  }
  assert.equal(api.registry.chainTokens[0], 'TLK');
  assert.equal(api.registry.chainDecimals[0], 9);
});

test('publishes an app and a pool', async () => {
  const publication = await send(
    api,
    api.tx.marketplace.publishApp(
      'greeting',
      { Wasm: { abi: 3 } },
      CONTENT,
      ['https://example.org/greeting.wasm'],
      'Other',
      0,
      'Says hello.',
      APP_PRICE
    ),
    provider
  );
  app = find(publication, 'marketplace.AppPublished').data.app.toNumber();
  const opening = await send(api, api.tx.marketplace.publishPool('by hand', POLICY, 0, 1_000_000_000_000n), operator);
  pool = find(opening, 'marketplace.PoolPublished').data.pool.toNumber();
  await send(api, api.tx.marketplace.setPoolPrice(pool, CATEGORY, POOL_PRICE), operator);

  const listed = (await api.call.marketApi.apps({}, app, 1)).items[0];
  const dear = await api.call.marketApi.apps({ maxPrice: APP_PRICE - 1n }, app, 1);
  assert.equal(dear.items.length, 0);
  assert.equal(listed.id.toNumber(), app);
  assert.equal(listed.item.name.toUtf8(), 'greeting');
  assert.equal(listed.item.price.unwrap().toBigInt(), APP_PRICE);
  const offered = (await api.call.marketApi.pool(pool)).unwrap();
  assert.equal(offered.owner.toString(), operator.address);
  assert.equal([...offered.prices.values()][0].toBigInt(), POOL_PRICE);
});

test('bonds, joins the pool and goes online', async () => {
  await refuses('poco.NotAMember', api.tx.poco.goOnline(1, ''), worker);
  await send(api, api.tx.stake.bond(BOND), worker);
  await send(api, api.tx.marketplace.joinPool(pool, null), worker);
  await send(api, api.tx.poco.goOnline(1, 'https://example.org/results'), worker);

  const standing = (await api.call.pocoApi.worker(worker.address)).unwrap();
  assert.equal(standing.bond.toBigInt(), BOND);
  assert.equal(standing.pool.unwrap().toNumber(), pool);
  assert.ok(standing.online.isTrue);
  assert.equal(standing.effectiveStake.toBigInt(), (BOND * 2n) / 3n);
});

test('is told what is wrong with a request, and nothing changes', async () => {
  const before = await wealth(api, requester);
  const nextDeal = async () => (await api.query.marketplace.nextDealId()).toNumber();
  const deals = await nextDeal();
  const nonce = (await api.rpc.system.accountNextIndex(requester.address)).toNumber();
  const mistakes = [
    ['marketplace.UnknownApp', request({ app: 999_999 })],
    ['marketplace.UnknownPool', request({ pool: 999_999 })],
    ['marketplace.NoTasks', request({ tasks: 0 })],
    ['marketplace.PriceOverLimit', request({ maxPrice: APP_PRICE + POOL_PRICE - 1n })],
    ['marketplace.InvalidTrust', request({ trust: 0 })],
    ['marketplace.DeadlineInPast', request({ deadline: 1 })],
    ['marketplace.DeadlineTooSoon', request({ deadline: deadline - 900 })],
    ['marketplace.NotOwner', api.tx.marketplace.setAppPrice(app, 0)],
    ['stake.NotBonded', api.tx.stake.unbond(TLK)],
    ['poco.UnknownDeal', api.tx.poco.cancelDeal(999_999)],
  ];
  const fees = await Promise.all(
    mistakes.map(([rule, call], place) => refuses(rule, call, requester, { nonce: nonce + place }))
  );

  assert.equal(before - (await wealth(api, requester)), fees.reduce((sum, fee) => sum + fee), 'only fees were paid');
  assert.equal(await nextDeal(), deals);
  await isNotDue(api, 'poco.NotAssigned', api.tx.poco.decline({ deal: 999_999, index: 0 }, 'Unsupported'), requester);
});

test('follows a task from the request to its settlement', async () => {
  const before = {};
  for (const [role, actor] of Object.entries(actors)) {
    before[role] = await wealth(api, actor);
  }
  const purchase = await send(api, request(), requester);
  const deal = find(purchase, 'marketplace.DealMade').data.deal.toNumber();
  const task = { deal, index: 0 };
  const ours = ({ task }) => task.deal.toNumber() === deal;

  const progress = [];
  await socket.subscribe('poco_dealProgress', 'poco_subscribeDeal', [deal], (_, step) => progress.push(step));

  const assigned = await events.until('poco.TaskAssigned', ours);
  assert.equal(assigned.data.worker.toString(), worker.address);
  const duties = await api.call.pocoApi.duties(worker.address, []);
  assert.equal(duties.execute[0].task.deal.toNumber(), deal);
  assert.equal(duties.execute[0].part.toString(), 'Worker');
  assert.equal(duties.execute[0].deal.arguments[1].toUtf8(), 'hello');
  assert.equal(duties.execute[0].app.content.toHex(), CONTENT);
  await refuses('stake.StakeLocked', api.tx.stake.unbond(BOND), worker);
  const spent = before.worker - (await wealth(api, worker));

  // The digest names a result; which, is the worker's affair until somebody else has computed another one.
  const digest = hexToU8a(CONTENT);
  const commitment = { task, result: resultHash(task, digest), seal: seal(worker.publicKey, task, digest) };
  const commit = await send(api, api.tx.poco.commit([commitment]), worker);
  assert.equal(fee(commit), 0n);
  assert.ok(find(commit, 'system.ExtrinsicSuccess').data.dispatchInfo.paysFee.isNo);
  assert.ok(find(commit, 'poco.ConsensusReached'), 'one worker is enough for trust 1');
  assert.deepEqual((await api.call.pocoApi.duties(worker.address, [task])).reveal.toJSON(), [task]);
  assert.equal(before.worker - (await wealth(api, worker)), spent, 'a commitment costs nothing');

  const reveal = await send(api, api.tx.poco.reveal([{ task, digest }]), worker);
  assert.equal(fee(reveal), 0n);
  const settlement = await events.until('poco.TaskCompleted', ours);
  assert.equal(settlement.data.digest.toHex(), CONTENT);
  assert.deepEqual(settlement.data.winners.toJSON(), [worker.address]);

  const outcome = (await api.call.pocoApi.task(task)).unwrap().asEnded.asCompleted;
  assert.equal(outcome.digest.toHex(), CONTENT);
  const over = { queued: 0, open: 0, completed: 1, failed: 0 };
  assert.deepEqual((await api.call.pocoApi.deal(deal)).unwrap().progress.toJSON(), over);
  const mine = await api.call.pocoApi.dealsOf(requester.address, 0, 10);
  assert.deepEqual(mine.map(({ id }) => id.toNumber()), [deal]);

  const { completed, freeSlots, medianBlocks, online } = (await api.call.pocoApi.standing(pool)).toJSON();
  assert.deepEqual([completed, freeSlots, online], [1, 1, 1]);
  assert.ok(medianBlocks >= 1 && medianBlocks <= 10);

  // The node's own methods answer in JSON, and need no metadata.
  const settled = (await socket.send('poco_taskStatus', [`${deal}.0`])).Ended.Completed;
  assert.equal(`0x${settled.digest}`, CONTENT);
  assert.deepEqual((await socket.send('poco_deal', [deal])).progress, over);
  assert.deepEqual(progress.at(-1).progress, over);
  assert.deepEqual(progress.map(({ over }) => over), progress.map((_, step) => step === progress.length - 1));

  const gain = async (role) => (await wealth(api, actors[role])) - before[role];
  const wage = (POOL_PRICE * (100n - OPERATOR_SHARE)) / 100n;
  assert.equal((await gain('worker')) + spent, wage);
  assert.equal(await gain('operator'), POOL_PRICE - wage);
  assert.equal(await gain('provider'), APP_PRICE);
  assert.equal(await gain('requester'), -(APP_PRICE + POOL_PRICE) - fee(purchase));

  await isNotDue(api, 'poco.NotAssigned', api.tx.poco.commit([commitment]), worker);
});

test('is told what is wrong with a commitment and a reveal', async () => {
  const purchase = await send(api, request({ tasks: 2 }), requester);
  const deal = find(purchase, 'marketplace.DealMade').data.deal.toNumber();
  const { task } = (await events.until('poco.TaskAssigned', ({ task }) => task.deal.toNumber() === deal)).data;
  const mine = { deal, index: task.index.toNumber() };
  const [digest, other] = [1, 2].map((byte) => new Uint8Array(32).fill(byte));
  const commitment = (author) => ({
    task: mine,
    result: resultHash(mine, digest),
    seal: seal(author.publicKey, mine, digest),
  });

  await isNotDue(api, 'poco.EmptyBatch', api.tx.poco.commit([]), worker);
  await isNotDue(api, 'poco.NotAssigned', api.tx.poco.commit([commitment(operator)]), operator);
  await isNotDue(api, 'poco.NotRevealing', api.tx.poco.reveal([{ task: mine, digest }]), worker);
  await send(api, api.tx.poco.commit([commitment(worker)]), worker);
  await isNotDue(api, 'poco.NotAssigned', api.tx.poco.commit([commitment(worker)]), worker);
  await isNotDue(api, 'poco.WrongDigest', api.tx.poco.reveal([{ task: mine, digest: other }]), worker);
  await send(api, api.tx.poco.reveal([{ task: mine, digest }]), worker);

  // The second task of the bag: the seal of somebody else does not open.
  const next = { deal, index: 1 - mine.index };
  await events.until('poco.TaskAssigned', ({ task }) => task.deal.toNumber() === deal && task.index.toNumber() === next.index);
  const stolen = { task: next, result: resultHash(next, digest), seal: seal(operator.publicKey, next, digest) };
  await send(api, api.tx.poco.commit([stolen]), worker);
  await isNotDue(api, 'poco.WrongSeal', api.tx.poco.reveal([{ task: next, digest }]), worker);
});

test('gives an app to who accepts it, announces terms, and sells nothing beyond the limit of guarantees', async () => {
  const owner = async () => (await api.call.marketApi.app(app)).unwrap().owner.toString();
  await refuses('marketplace.NotOffered', api.tx.marketplace.acceptApp(app), requester);
  await send(api, api.tx.marketplace.transferApp(app, requester.address), provider);
  assert.equal(await owner(), provider.address);
  await send(api, api.tx.marketplace.acceptApp(app), requester);
  assert.equal(await owner(), requester.address);

  // The pool has a member, which can leave before the terms are in force.
  const share = 50;
  const announcement = await send(api, api.tx.marketplace.setPoolPolicy(pool, { ...POLICY, operatorShare: share }), operator);
  const notice = api.consts.marketplace.policyNotice.toNumber();
  assert.ok(find(announcement, 'marketplace.PoolPolicyAnnounced').data.from.toNumber() > notice);
  const { announced, policy } = (await api.call.marketApi.pool(pool)).unwrap();
  assert.equal(policy.operatorShare.toNumber(), Number(OPERATOR_SHARE));
  assert.equal(announced.unwrap().policy.operatorShare.toNumber(), share);

  await send(api, api.tx.marketplace.setGuaranteeLimit(pool, 0), operator);
  await refuses('marketplace.GuaranteeOverLimit', request(), requester);
});

const page = readFileSync(new URL('../../docs/polkadot-js.md', import.meta.url), 'utf8');

/** Runs a script of the documentation as it stands, against our node. Gives what it prints. */
async function run(heading) {
  const section = page.split(`## ${heading}\n`)[1];
  const script = section.split('```js\n')[1].split('```')[0];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script.replace('ws://127.0.0.1:9944', node.url)],
    { cwd: fileURLToPath(new URL('.', import.meta.url)), timeout: 60_000 }
  );
  return stdout;
}

const ours = { skip: Boolean(process.env.TALKA_URL) };

test('runs the script of the documentation', ours, async () => {
  assert.match(await run('In a script'), /completed: '1'/);
});

test('sells by order as the documentation does', ours, async () => {
  assert.match(await run('Orders'), /deal \d+: 1 task/);
});

test('tells the history of a deal as the documentation does', ours, async () => {
  const told = await run('The history of a deal');
  for (const event of ['DealMade', 'TaskAssigned', 'Committed', 'Revealed', 'TaskCompleted', 'DealEnded']) {
    assert.match(told, new RegExp(`block \\d+: \\w+\\.${event} `));
  }
});
