// Makes an account a worker of a pool: node examples/work.js POOL ACCOUNT. Then `talka-worker` works for it.

import { accountOf, bond, connect, formatTlk, joinPool, parseTlk, pool, worker } from '@talka/sdk';
import { signer } from './keys.js';

const [number, name] = process.argv.slice(2);
const talka = await connect(process.env.TALKA_URL ?? 'ws://127.0.0.1:9944');
const key = signer(name);

await bond(talka, parseTlk('1000'), key);
// On these terms and no others: the operator could have announced new ones meanwhile.
const { policy } = await pool(talka, Number(number));
await joinPool(talka, Number(number), policy, key);

const standing = await worker(talka, accountOf(key));
console.log(`bond ${formatTlk(standing.bond)} TLK, pool ${standing.pool}, ${standing.online ? 'online' : 'not online yet'}`);
talka.close();
