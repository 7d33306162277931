// A network with something for sale: made once for all tests of the page.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sr25519CreateDerive } from '@polkadot-labs/hdkd';
import { DEV_MINI_SECRET } from '@polkadot-labs/hdkd-helpers';
import { getPolkadotSigner } from 'polkadot-api/signer';
import '../../sdk/test/websocket.js';

import { startNode } from '../../../tests/js/node.js';
import { startWorker } from '../../../tests/js/worker.js';
import { bond, connect, joinPool, parseTlk, publishDataset, publishPool, setPoolPrice } from '../../sdk/dist/index.js';

const WORKERS = ['Worker1', 'Worker2', 'Worker3'];
const WORDS = 'one two two three three three\nfour four four four five\none two three four five\n';
const derive = sr25519CreateDerive(DEV_MINI_SECRET);

/** The signer of a development account. */
export function signer(name) {
  const { publicKey, sign } = derive(`//${name}`);
  return getPolkadotSigner(publicKey, 'Sr25519', sign);
}

/** Starts a node and some workers in a pool with a price. The app is published by the tests themselves. */
export async function startNetwork() {
  const folder = mkdtempSync(join(tmpdir(), 'talka-store-'));
  const node = await startNode();
  const talka = await connect(node.url);
  const operator = signer('Operator');
  const policy = { workerStakeRatio: 35, operatorShare: 5, minBond: 0n, minScore: 0, minPrice: 0n, admission: 'Open' };
  const terms = /** @type {import('../../sdk/dist/index.js').Policy} */ (policy);
  const founded = await publishPool(
    talka,
    { description: 'Three small machines in Vienna', policy: terms, guaranteeLimit: parseTlk('10000') },
    operator
  );
  await setPoolPrice(talka, founded, 0, parseTlk('20'), operator);
  await Promise.all(
    WORKERS.map(async (name) => {
      await bond(talka, parseTlk('50000'), signer(name));
      await joinPool(talka, founded, terms, signer(name));
    })
  );
  const data = join(folder, 'words.txt');
  writeFileSync(data, WORDS);
  const rules = await talka.rules();
  const dataset = await publishDataset(
    talka,
    {
      content: await rules.contentId(new TextEncoder().encode(WORDS)),
      uris: [pathToFileURL(data).href],
      name: 'words',
      description: 'A few lines of words, for counting',
      topic: 'BigData',
      price: parseTlk('1'),
    },
    signer('Provider')
  );
  const options = ['--allow-file-uris', '--http', '127.0.0.1:0'];
  const workers = WORKERS.map((name) => startWorker(node.url, name, folder, options));
  const stop = async () => {
    talka.close();
    await Promise.all(workers.map((worker) => worker.stop()));
    await node.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const app = process.env.TALKA_APP ?? assert.fail('set TALKA_APP to term-statistics.wasm');
  return { node, talka, pool: founded, dataset, app, folder, workers, stop };
}
