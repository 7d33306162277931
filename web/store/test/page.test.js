// The page in a real browser, against a real node and real workers: what people do with it, and what must not happen to them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startNode } from '../../../tests/js/node.js';
import { app, dataset, deal, formatTlk, funds, outcome, parseTlk } from '../../sdk/dist/index.js';
import { startNetwork } from './network.js';
import { openPage, servePage, startBrowser } from './stand.js';
import { makeWallet, WALLET } from './wallet.js';

const PATIENCE_MS = 30_000;
/** What the page may take until it is there, without the light client. */
const FIRST_LOAD_BYTES = 300_000;
const INTERACTIVE_MS = 2_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser, network, other, site, shop;
const provider = makeWallet('Provider');
const buyer = makeWallet('Requester1');
const goods = { app: -1, deal: -1 };

before(async () => {
  [browser, site, network, other] = await Promise.all([startBrowser(), servePage(), startNetwork(), startNode({ slot: 400 })]);
});

after(async () => {
  await shop?.context.close();
  await browser?.close();
  await site?.stop();
  await network?.stop();
  await other?.stop();
});

/** Waits until something is so on the chain. */
async function until(what, ask) {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(200)) {
    const answer = await ask();
    if (answer) {
      return answer;
    }
  }
  return assert.fail(`within ${PATIENCE_MS / 1000} s this did not happen: ${what}`);
}

/** A page in which a wallet is open, as it was when its owner was here before. */
const withWallet = (wallet) => {
  const storage = { 'talka.wallet': WALLET, 'talka.account': wallet.address };
  return openPage(browser, site.url, network.node.url, { wallet, storage });
};

test('sells an app and changes its price, signed by a wallet', async () => {
  const shop = await openPage(browser, site.url, network.node.url, { wallet: provider });
  const { page } = shop;
  await shop.visit('#/sell');
  await page.getByRole('main').getByRole('button', { name: 'Choose an account' }).click();
  await page.getByRole('button', { name: WALLET }).click();
  await page.getByRole('dialog').getByText('Provider').first().waitFor();
  await page.keyboard.press('Escape');

  await page.getByLabel('WebAssembly file').setInputFiles(network.app);
  await page.getByText('content id').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Statistics of words');
  await page.getByLabel('Topic').selectOption('BigData');
  await page.getByLabel('Price of a task, in TLK').first().fill('2');
  await page.getByLabel('Description').fill('Counts terms in a text, and finds the most similar line for each line.');
  await page.getByLabel('Where workers fetch it').fill(pathToFileURL(network.app).href);
  await page.getByRole('button', { name: 'Sign and publish' }).click();
  const told = await page
    .getByRole('main')
    .getByText(/It is for sale: app \d+/)
    .textContent();
  goods.app = Number(/app (\d+)/.exec(told)?.[1]);
  const published = (await app(network.talka, goods.app)) ?? assert.fail('it is not on the chain');
  const rules = await network.talka.rules();
  const content = await rules.contentId(readFileSync(network.app));
  assert.deepEqual([published.name, published.owner, published.price], ['Statistics of words', provider.address, parseTlk('2')]);
  assert.equal(published.content.replace('0x', ''), content);

  await page.getByLabel(/New price of Statistics of words/).fill('2.5');
  await page
    .getByRole('row', { name: /Statistics of words/ })
    .getByRole('button', { name: 'Set' })
    .click();
  await until('the new price', async () => (await app(network.talka, goods.app))?.price === parseTlk('2.5'));

  // A signed order is a file of its own, and costs nothing.
  await page.getByLabel('Price of a task, in TLK').last().fill('2');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Sign, and download it' }).click();
  const file = await (await download).path();
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).order.App.app, goods.app);
  await page.getByRole('button', { name: 'Publish on the book' }).click();
  await page
    .getByRole('main')
    .getByText(/It is on the book/)
    .waitFor();
  await page.getByRole('button', { name: 'Take back', exact: true }).click();
  await page.getByRole('main').getByText('The order is taken back.').waitFor();
  await page.getByLabel(/Take back an order that you have signed/).setInputFiles(file);
  await page.getByRole('main').getByText('The signed order is taken back').waitFor();
  await shop.close();
});

test('is there at once, asks nobody but its server and its node, and keeps no cookies', async () => {
  // This machine may be busy with something else meanwhile.
  const times = [];
  for (let attempt = 0; attempt < 3 && !(times.at(-1) < INTERACTIVE_MS); attempt++) {
    const shop = await openPage(browser, site.url, network.node.url);
    let bytes = 0;
    shop.page.on('response', async (response) => {
      const { responseBodySize, responseHeadersSize } = await response.request().sizes();
      bytes += responseBodySize + responseHeadersSize;
    });
    const began = Date.now();
    await shop.visit();
    // It can be used before the chain has said anything.
    await shop.page.getByLabel('Search apps').fill('words');
    times.push(Date.now() - began);
    await shop.page.getByRole('link', { name: 'Statistics of words' }).waitFor();
    await shop.page.waitForLoadState('networkidle');
    assert.ok(bytes < FIRST_LOAD_BYTES, `it took ${bytes} bytes`);
    const origins = new Set(shop.asked.map(({ origin }) => origin));
    assert.deepEqual([...origins], [site.url]);
    assert.deepEqual(await shop.context.cookies(), []);
    await shop.close();
  }
  assert.ok(Math.min(...times) < INTERACTIVE_MS, `it took ${times.join(', ')} ms`);
});

test('finds an app, tells the whole cost, and buys what was shown', async () => {
  shop = await withWallet(buyer);
  const { page } = shop;
  await shop.visit();
  await page.getByLabel('Search apps').fill('STATISTICS similar');
  await page.getByRole('link', { name: 'Statistics of words' }).click();
  await page.getByRole('heading', { name: 'Statistics of words', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Run it' }).click();
  await page.getByLabel('Arguments, one a line').fill('--min-terms=2');
  await page.getByLabel('Dataset').selectOption({ label: 'words, 1 TLK a task' });
  await page.getByRole('button', { name: 'A list' }).click();
  await page.getByText('Write at least one item').first().waitFor();
  await page.getByRole('button', { name: 'Numbers' }).click();
  await page.getByLabel('Number of tasks').fill('2');
  await page.getByRole('radio', { name: /1 in 4/ }).check({ force: true });
  await page.getByText(/2 new workers have to agree/).waitFor();
  const cost = page.getByRole('complementary', { name: 'Cost' });
  await cost.getByText('Needed now').waitFor();

  // A limit below the price is refused before anything is signed.
  await page.getByLabel('Most that a task may cost, in TLK').fill('23');
  await cost.getByText('A task costs more than your limit.').waitFor();
  await page.getByLabel('Most that a task may cost, in TLK').fill('');
  const shown = cost.getByText('Needed now').locator('xpath=following-sibling::dd[1]').locator('.money');
  const needed = parseTlk(((await shown.getAttribute('title')) ?? '').replace(' TLK', ''));

  // Its owner declines: nothing was sent.
  buyer.refuses = true;
  const had = await funds(network.talka, buyer.address);
  await page.getByRole('button', { name: 'Sign and buy' }).click();
  await page.getByText(/The wallet has not signed/).waitFor();
  assert.deepEqual(await funds(network.talka, buyer.address), had);

  buyer.refuses = false;
  await page.getByRole('button', { name: 'Sign and buy' }).click();
  await page.waitForURL(/#\/deal\/\d+/);
  goods.deal = Number(/deal\/(\d+)/.exec(page.url())?.[1]);
  const made = await deal(network.talka, goods.deal);
  assert.deepEqual([made.app.id, made.dataset?.id, made.trust, made.tasks], [goods.app, network.dataset, 4, 2]);
  const has = await funds(network.talka, buyer.address);
  const paid = had.free - has.free;
  // The fee is an estimate.
  assert.ok(
    paid <= needed + parseTlk('0.01') && paid >= needed - parseTlk('0.01'),
    `${formatTlk(needed)} were shown, ${formatTlk(paid)} went`
  );
});

test('shows a task on its way, why its result is right, and the verified result', async () => {
  const { page } = shop;
  await page.getByRole('link', { name: 'Task 0' }).click();
  await page.getByRole('heading', { name: /Task 0/, level: 1 }).waitFor();
  await until('the first task has ended', async () => {
    const over = await outcome(network.talka, { deal: goods.deal, index: 0 });
    assert.notEqual(over?.kind, 'failed', network.workers.map((worker) => worker.says()).join('\n'));
    return over;
  });
  const why = page.locator('section', { has: page.getByRole('heading', { name: 'Why this result is right' }) });
  await why.getByText(/workers, drawn at random, computed it independently/).waitFor();
  await why.getByText(/An auditor, drawn at random/).waitFor();
  const log = page.getByRole('log');
  for (const step of ['Worker drawn', 'Committed to a result', 'Audit begun', 'Result revealed', 'Settled']) {
    await log.getByText(step).first().waitFor();
  }

  await page.getByRole('button', { name: 'Fetch and verify' }).click();
  await page.getByText('verified in this page').waitFor();
  await page.getByRole('button', { name: /terms\.tsv/ }).click();
  await page.getByRole('cell', { name: 'four', exact: true }).waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download all (.tar.gz)' }).click();
  const archive = await (await download).path();
  const unpacked = execFileSync('tar', ['-xzOf', archive, `task-${goods.deal}.0/files/terms.tsv`]).toString();
  assert.match(unpacked, /four\t/);
});

test('refuses a result that somebody has changed, and shows nothing of it', async () => {
  const { page } = shop;
  await page.route('**/blobs/*', async (route) => {
    const answer = await route.fetch();
    const body = await answer.body();
    body[body.length - 1] ^= 1;
    await route.fulfill({ response: answer, body });
  });
  await page.reload();
  await page.getByRole('button', { name: 'Fetch and verify' }).click();
  await page.getByRole('alert').getByText('It was refused, and nothing of it is shown.').waitFor();
  assert.equal(await page.getByText('verified in this page').count(), 0);
  await page.unroute('**/blobs/*');
  await page.getByRole('button', { name: 'Fetch and verify' }).click();
  await page.getByText('verified in this page').waitFor();
});

test('a bag of results is one archive', async () => {
  const { page } = shop;
  await until('both tasks have ended', async () => (await deal(network.talka, goods.deal)).progress.completed === 2);
  await shop.visit(`#/deal/${goods.deal}`);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download all results (.tar.gz)' }).click();
  const archive = await (await download).path();
  const listed = execFileSync('tar', ['-tzf', archive]).toString();
  for (const index of [0, 1]) {
    assert.match(listed, new RegExp(`^deal-${goods.deal}/${index}/files/terms\\.tsv$`, 'm'));
  }
});

test('every page can be used by those who do not see it, in both themes and at the width of a phone', async () => {
  const storage = { 'talka.wallet': WALLET, 'talka.account': provider.address };
  const places = ['', '#/datasets', '#/pools', `#/app/${goods.app}`, `#/run/${goods.app}`, `#/dataset/${network.dataset}`];
  places.push(
    `#/pool/${network.pool}`,
    '#/deals',
    `#/deal/${goods.deal}`,
    `#/deal/${goods.deal}/0`,
    '#/sell',
    '#/work',
    '#/network',
    '#/nothing'
  );
  const look = async (theme, width) => {
    const wallet = makeWallet('Provider');
    const viewport = { width, height: 860 };
    const shop = await openPage(browser, site.url, network.node.url, {
      wallet,
      storage,
      viewport,
      bypassCSP: true,
      colorScheme: theme,
    });
    const { page } = shop;
    for (const place of places) {
      await shop.visit(place);
      await settle(page);
      if (/deal\/\d+\/\d+$/.test(place)) {
        await page.getByRole('button', { name: 'Fetch and verify' }).click();
        await page.getByText('verified in this page').waitFor();
        await page.getByRole('button', { name: /terms\.tsv/ }).click();
      }
      const name = `${place || '#/'} in ${theme} at ${width}`;
      await page.evaluate(AXE);
      const found = await page.evaluate(() => /** @type {any} */ (window).axe.run());
      const tell = ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join('\n')}`;
      assert.deepEqual(found.violations.map(tell), [], name);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(overflow <= 0, `${name} is ${overflow} pixels too wide`);
      if (process.env.TALKA_PICTURES) {
        const file = `${
          place
            .replace(/\d+\/\d+$/, 'task')
            .replace(/[^a-z]+/g, '-')
            .replace(/^-|-$/g, '') || 'market'
        }-${theme}-${width}.png`;
        await page.screenshot({ path: join(process.env.TALKA_PICTURES, file) });
      }
    }
    await shop.close();
  };
  await Promise.all([
    look('light', 1280),
    look('dark', 390),
    ...(process.env.TALKA_PICTURES ? [look('dark', 1280), look('light', 390)] : []),
  ]);
});

/** Waits until a page has what it asks for. */
async function settle(page) {
  await page.getByRole('button', { name: /Connection:/ }).waitFor();
  await until('the page is there', async () => (await page.locator('.waits').count()) === 0);
  await sleep(300);
}

test('can be used by the keyboard alone', async () => {
  const shop = await openPage(browser, site.url, network.node.url);
  const { page } = shop;
  await shop.visit();
  await settle(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
  await page.getByRole('link', { name: 'Network' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Network', level: 1 }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main', 'a new page begins with its content');
  const theme = page.getByRole('button', { name: /^Theme: system/ });
  await theme.press('Enter');
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  await shop.close();
});

test('works on: bonds and joins with a development account, which the chain has money for', async () => {
  const shop = await openPage(browser, site.url, network.node.url);
  const { page } = shop;
  await shop.visit('#/work');
  await page.getByRole('main').getByRole('button', { name: 'Choose an account' }).click();
  await page.getByRole('button', { name: 'Development accounts' }).click();
  await page.getByRole('radio', { name: /Bob/ }).check();
  await page.getByRole('button', { name: 'Get 1000 TLK' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByLabel('Amount in TLK').fill('1000');
  await page.getByRole('button', { name: 'Bond', exact: true }).click();
  await page.getByRole('main').getByText('It is bonded.').waitFor();
  await page.getByRole('button', { name: 'Join on these terms' }).click();
  await page.getByRole('main').getByText(`You have joined pool ${network.pool}.`).waitFor();
  await shop.close();
});

test('says that the connection is lost, and goes on when the node is there again', async () => {
  const shop = await openPage(browser, site.url, network.node.url);
  const { page } = shop;
  await shop.visit('#/network');
  await settle(page);
  await network.node.kill();
  await page.getByText('The connection is lost.').waitFor();
  await page
    .getByRole('row', { name: /Alice|5Grwva/ })
    .first()
    .waitFor();
  await network.node.restart();
  await page.getByText('The connection is back.').waitFor();
  const height = async () => Number((await page.getByRole('button', { name: /Connection:/ }).textContent()).replace(/\D/g, ''));
  const before = await height();
  await until('new blocks are shown', async () => (await height()) > before);
  await shop.close();
});

test('refuses another chain at an address that it knows', async () => {
  const shop = await openPage(browser, site.url, network.node.url);
  const { page } = shop;
  await shop.visit();
  await settle(page);
  const kept = { [`talka.chain.${other.url}`]: network.talka.genesis };
  await page.evaluate((kept) => {
    for (const [name, value] of Object.entries(kept)) {
      localStorage.setItem(name, value);
    }
  }, kept);
  await page.getByRole('button', { name: /Connection:/ }).click();
  await page.getByLabel('Address of a node').fill(other.url);
  await page.getByRole('button', { name: 'Use this node' }).click();
  await page.getByText('The node belongs to another chain than before.').waitFor();
  await page.getByRole('button', { name: 'Use the new chain' }).click();
  await page
    .getByRole('button', { name: /Connection:/ })
    .filter({ hasText: /\d/ })
    .waitFor();
  await other.stop();
  await page.getByText('The connection is lost.').waitFor();
  await page.getByRole('button', { name: 'Another node' }).click();
  await page.getByLabel('Address of a node').fill('http://127.0.0.1');
  await page.getByRole('button', { name: 'Use this node' }).click();
  await page.getByText(/Not the address of a node/).waitFor();
  await shop.close();
});

test('has a dataset of which it shows what it costs', async () => {
  const published = await dataset(network.talka, network.dataset);
  const shop = await openPage(browser, site.url, network.node.url);
  await shop.visit(`#/dataset/${network.dataset}`);
  await shop.page.getByText(published?.content ?? assert.fail('there is none')).waitFor();
  await shop.close();
});
