// The whole market from TypeScript, against a node and a worker: each example of the documentation runs as it is, one after the
// other, and what it did is looked up on the chain.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import './websocket.js';
import { startNode } from '../../../tests/js/node.js';
import { startWorker } from '../../../tests/js/worker.js';
import {
  accountOf,
  buy,
  connect,
  deal,
  follow,
  funds,
  history,
  isOver,
  Mismatch,
  outcome,
  publishOrder,
  quote,
  Refused,
  result,
  send,
  TalkaError,
  task,
  Unverified,
  worker,
} from '../dist/index.js';
import { writeParameters } from '../dist/purchase.js';
import { signer } from '../examples/keys.js';

const TLK = 10n ** 9n;
const WORDS = 'one two two three three three\nfour four four four five\n';
const PATIENCE_MS = 30_000;
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'talka-web-'));
const requester = signer('Requester1');
const buyer = accountOf(requester);

let node, hand, talka, goods;

before(async () => {
  node = await startNode();
  talka = await connect(node.url);
});

after(async () => {
  talka?.close();
  await hand?.stop();
  await node?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs an example as it stands. Gives what it prints. */
async function example(name, words = [], more = []) {
  const imports = ['./test/websocket.js', ...more].flatMap((file) => ['--import', file]);
  const { stdout } = await promisify(execFile)(process.execPath, [...imports, `examples/${name}.js`, ...words.map(String)], {
    cwd: root,
    env: { ...process.env, TALKA_URL: node.url },
    timeout: PATIENCE_MS,
  });
  return stdout;
}

/** The request that the example makes, with changes. */
const request = (changes = {}) => ({ ...goods, category: 0, trust: 1, tasks: 1, arguments: ['--min-terms=2'], ...changes });

/** Waits until something is so. */
async function until(what, isSo) {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(200)) {
    if (await isSo()) {
      return;
    }
  }
  assert.fail(`within ${PATIENCE_MS / 1000} s ${what} did not happen\n${hand?.says() ?? ''}`);
}

/** The deal that the words of an example name. */
const dealIn = (words) => Number(/deal (\d+)/.exec(words)?.[1] ?? assert.fail(words));

test('sells an app, a dataset and the work of a pool', async () => {
  const data = join(folder, 'words.txt');
  writeFileSync(data, WORDS);
  goods = JSON.parse(
    await example('sell', [process.env.TALKA_APP ?? assert.fail('set TALKA_APP to term-statistics.wasm'), data])
  );
  assert.match(await example('work', [goods.pool, 'Worker1']), new RegExp(`bond 1000 TLK, pool ${goods.pool}, not online yet`));
});

test('shows what is for sale', async () => {
  const shown = await example('catalogue', ['STATISTICS of']);
  assert.match(shown, /category 0: \S+, up to \d+ blocks/);
  assert.ok(shown.includes(`app ${goods.app}: term-statistics, 2 TLK\n`), shown);
  assert.ok(shown.includes(`dataset ${goods.dataset}: words, 1 TLK\n`), shown);
  assert.ok(shown.includes(`pool ${goods.pool}: 20 TLK, 0 online, 0 tasks done\n`), shown);
  assert.ok(shown.includes(`found app ${goods.app}: Statistics of words\n`), shown);
});

test('quotes what the chain takes, to the unit', async () => {
  for (const trust of [1, 2]) {
    const before = await funds(talka, buyer);
    const offer = await quote(talka, request({ trust, tasks: 3 }), buyer);
    assert.equal(offer.price, 23n * TLK);
    assert.equal(offer.assurance, trust === 1 ? 'Unverified' : 'Adjudicated');
    const made = await buy(talka, offer, requester);
    const after = await funds(talka, buyer);
    assert.equal(after.held - before.held, offer.total);
    assert.equal(before.free - after.free, offer.total + made.receipt.fee);
    assert.equal((await deal(talka, made.deal)).deposit, offer.deposit);
    // No worker is there yet.
    await send(talka, talka.api.tx.Poco.cancel_deal({ deal: made.deal }), requester);
    assert.equal(isOver((await deal(talka, made.deal)).progress), true);
  }
});

test('refuses a request by the rule by which the chain refuses it', async () => {
  const mistakes = {
    InvalidTrust: { trust: 0 },
    NoTasks: { tasks: 0 },
    PriceOverLimit: { maxPrice: 23n * TLK - 1n },
    DeadlineTooSoon: { within: 5 },
    TooFewParameters: { tasks: 2, parameters: { items: ['one'] } },
    NotText: { arguments: ['\u0007'] },
  };
  for (const [rule, changes] of Object.entries(mistakes)) {
    const wanted = request(changes);
    await assert.rejects(
      quote(talka, wanted, buyer),
      (error) => error instanceof Mismatch && error.rule === `Marketplace.${rule}`
    );
    const { app, dataset, pool, category, trust, tasks, maxPrice = 100n * TLK, within = 5_000 } = wanted;
    const order = {
      ...{ app, dataset, pool, category, trust, tasks, beneficiary: undefined, restricted: false },
      arguments: wanted.arguments.map((word) => new TextEncoder().encode(word)),
      parameters: writeParameters(wanted.parameters),
      max_price: maxPrice,
      deadline: (await talka.best()).number + within,
    };
    await assert.rejects(send(talka, talka.api.tx.Marketplace.request({ order }), requester), (error) => {
      assert.ok(error instanceof Refused, String(error));
      assert.equal(error.rule, `Marketplace.${rule}`);
      return /\w+.*\./.test(error.hint);
    });
  }
  await assert.rejects(quote(talka, request({ app: 999_999 }), buyer), /there is no app 999999/);
});

test('follows a task from the request to its settlement, and fetches what it has left', async () => {
  const bought = dealIn(await example('buy', [goods.app, goods.dataset, goods.pool, 2]));
  const account = accountOf(signer('Worker1'));
  const steps = [];
  for await (const step of follow(talka, bought, { signal: AbortSignal.timeout(2 * PATIENCE_MS) })) {
    // Nothing happens before it is heard: there is no worker yet.
    hand ??= startWorker(node.url, 'Worker1', folder, ['--allow-file-uris', '--http', '127.0.0.1:0']);
    steps.push(step);
    if (step.stage === 'drawn') {
      const { phase, contributions } = (await task(talka, step.task, step.block)) ?? assert.fail('it is not open');
      assert.equal(phase, 'Active');
      assert.deepEqual(
        contributions.map(({ worker, role, stage }) => [worker, role, stage]),
        [[account, 'Member', 'Assigned']]
      );
    }
  }
  const of = (index) => steps.filter(({ task }) => task?.index === index).map(({ stage }) => stage);
  for (const index of [0, 1]) {
    assert.deepEqual(of(index).sort(), ['accepted', 'committed', 'drawn', 'paid', 'revealed', 'settled']);
  }
  assert.deepEqual([steps.at(0).stage, steps.at(-1).stage], ['queued', 'ended'], hand?.says());
  assert.equal(steps.at(0).progress.queued, 2);
  assert.deepEqual(steps.at(-1).progress, { queued: 0, open: 0, completed: 2, failed: 0 });
  const { who, amount } = steps.find(({ stage }) => stage === 'paid');
  // 95 percent of 20 TLK.
  assert.deepEqual([who, amount], [account, 19n * TLK]);
  assert.equal((await worker(talka, account)).online, true);

  // The same is told afterwards, but for the first step and the last.
  const again = [];
  for await (const step of history(talka, bought, steps.at(0).block.number + 1, steps.at(-1).block.number)) {
    again.push(step);
  }
  assert.deepEqual(again, steps.slice(1, -1));

  const told = await example('follow', [bought]);
  assert.match(told, /^block \d+: queued {2}\(2 completed\)\n/);
  assert.match(told, new RegExp(`settled task ${bought}\\.1 completed`));
  assert.match(told.trim().split('\n').at(-1) ?? '', /ended .*\(2 completed\)/);

  const shown = await example('result', [bought, 0]);
  assert.match(shown, /\{"Exited":0\}, Unverified/);
  assert.match(shown, /--- terms\.tsv\n/);
  assert.match(shown, /three\t3/);

  // It tells of final blocks.
  const { number: last } = steps.at(-1).block;
  await until('the last block being final', async () => (await talka.final()).number >= last);
  const earned = await example('earnings', [account, steps.at(0).block.number]);
  assert.match(earned, /in all 38 TLK/);
});

test('tells of a deal that is over from final blocks as from best ones', async () => {
  const made = await buy(talka, request(), requester);
  for (const wait of /** @type {const} */ (['final', 'best'])) {
    const steps = [];
    for await (const step of follow(talka, made.deal, { wait, signal: AbortSignal.timeout(PATIENCE_MS) })) {
      steps.push(step);
    }
    assert.equal(steps[0]?.stage, 'queued');
    assert.equal(steps.at(-1)?.stage, 'ended');
    const settled = steps.find(({ stage }) => stage === 'settled');
    assert.deepEqual(settled?.outcome, await outcome(talka, { deal: made.deal, index: 0 }));
  }
});

test('takes nothing that is not the result', async () => {
  const { createServer } = await import('node:http');
  const { deal: number } = await buy(talka, request(), requester);
  for await (const { stage } of follow(talka, number, { signal: AbortSignal.timeout(PATIENCE_MS) })) {
    assert.notEqual(stage, 'failed');
  }
  const task = { deal: number, index: 0 };
  const asked = [];
  const liar = createServer((question, answer) => {
    asked.push(question.url);
    answer.end(Buffer.alloc(200, 7));
  });
  const endless = createServer((_, answer) => {
    const feed = setInterval(() => answer.write(Buffer.alloc(65_536)), 1);
    answer.on('close', () => clearInterval(feed));
  });
  const silent = createServer(() => {});
  const servers = [liar, endless, silent];
  await Promise.all(servers.map((server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))));
  const at = servers.map((server) => `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`);
  try {
    const alone = { sources: at, published: false, patience: 500 };
    await assert.rejects(result(talka, task, alone), (error) => {
      assert.ok(error instanceof TalkaError, String(error));
      assert.match(error.message, /were served as .*it sends more than 4096 bytes.*it sends nothing for 0\.5 s/);
      return true;
    });
    assert.match(asked[0] ?? '', /^\/blobs\/[0-9a-f]{64}$/);
    // The worker is asked after those that fail.
    const found = await result(talka, task, { sources: at, insecure: true, patience: 500 });
    assert.ok(found.paths.includes('terms.tsv'));
    await assert.rejects(found.file('other'), /has no file other/);
    // Addresses that are not encrypted are for test networks.
    await assert.rejects(result(talka, task), /no worker publishes an HTTP address/);
  } finally {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  }
  const rules = await talka.rules();
  await assert.rejects(rules.verified('00'.repeat(32), new Uint8Array(3)), Unverified);
});

test('sells and buys by order', async () => {
  const shown = await example('orders', [goods.app, goods.dataset, goods.pool]);
  assert.match(shown, /signed 0x[0-9a-f]{64}/);
  assert.match(shown, /on the book: 0x[0-9a-f]{64}, 5 tasks left/);
  // 1.5 and 0.5 and 18 TLK.
  assert.match(shown, /deal \d+ at 20000000000 units a task/);
  assert.match(shown, /the app's order: 1 used, cancelled/);
});

test('signs with a wallet what the chain accepts', async () => {
  const shown = await example('wallet', [goods.app], ['./test/injected.js']);
  assert.match(shown, /^test-wallet: Provider, 5/);
  const signed = JSON.parse(shown.split('\n')[1] ?? '');
  const { order, id, signature } = signed;
  order.terms.price = BigInt(order.terms.price);
  const { apis, tx } = talka.api;
  const { writeOrder } = await import('../dist/orders.js');
  assert.equal(await apis.OrdersApi.id(writeOrder(order), { at: 'best' }), id);
  const expiry = (await talka.best()).number + 1_000;
  const wish = { kind: /** @type {const} */ ('Request'), app: goods.app, category: 0, trust: 1, deadline: expiry };
  const terms = { signer: buyer, price: 100n * TLK, volume: 1, expiry };
  const published = await publishOrder(talka, { ...wish, terms }, requester);
  const source = { type: 'Signed', value: { order: writeOrder(order).value, genesis: talka.genesis } };
  const match = (bytes) => ({
    app: { ...source, value: { ...source.value, signature: { type: 'Wrapped', value: { type: 'Sr25519', value: bytes } } } },
    dataset: undefined,
    pool: { type: 'Listed', value: goods.pool },
    request: { type: 'Published', value: published },
  });
  const forged = `${signature.bytes.slice(0, -2)}${signature.bytes.endsWith('00') ? '01' : '00'}`;
  const isForged = (error) => error instanceof Refused && error.rule === 'Orders.BadSignature';
  await assert.rejects(send(talka, tx.Orders.match_orders({ orders: /** @type {any} */ (match(forged)) }), requester), isForged);
  await send(talka, tx.Orders.match_orders({ orders: /** @type {any} */ (match(signature.bytes)) }), requester);
});

test('connects to no other chain than the one that is meant, and to nothing that is no node', async () => {
  await assert.rejects(connect(node.url, { genesis: `0x${'00'.repeat(32)}` }), /belongs to another chain/);
  await assert.rejects(connect('http://127.0.0.1'), /not the address of a node/);
  await assert.rejects(connect([]), /no node is named/);
  const same = await connect([node.url], { genesis: talka.genesis });
  assert.equal(same.genesis, talka.genesis);
  same.close();
});
