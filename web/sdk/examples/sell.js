// Publishes an app, a dataset that it reads, and a pool: node examples/sell.js APP.wasm DATA.txt
//
// The files are offered as they lie here, which workers of this machine can fetch with --allow-file-uris. For others put them
// on a web server, or serve them with `talka store serve`.

import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { connect, parseTlk, publishApp, publishDataset, publishPool, setPoolPrice } from '@talka/sdk';
import { signer } from './keys.js';

const [appFile, dataFile] = process.argv.slice(2);
const talka = await connect(process.env.TALKA_URL ?? 'ws://127.0.0.1:9944');
const rules = await talka.rules();

const offer = async (file) => ({ content: await rules.contentId(await readFile(file)), uris: [pathToFileURL(file).href] });
const abi = await rules.abi();
const app = await publishApp(
  talka,
  {
    ...(await offer(appFile)),
    name: 'term-statistics',
    description: 'Statistics of words',
    topic: 'Science',
    runtime: { kind: 'Wasm', abi },
    price: parseTlk('2'),
  },
  signer('Provider')
);
const dataset = await publishDataset(
  talka,
  { ...(await offer(dataFile)), name: 'words', description: 'A few lines of words', topic: 'Science', price: parseTlk('1') },
  signer('Provider')
);

const operator = signer('Operator');
const pool = await publishPool(
  talka,
  {
    description: 'from TypeScript',
    policy: { workerStakeRatio: 35, operatorShare: 5, minBond: 0n, minScore: 0, minPrice: 0n, admission: 'Open' },
    guaranteeLimit: parseTlk('1000'),
  },
  operator
);
await setPoolPrice(talka, pool, 0, parseTlk('20'), operator);

console.log(JSON.stringify({ app, dataset, pool }));
talka.close();
