// Signs an order with a wallet of the page. In a page this is the whole of it; the test brings a wallet along.

import { connect, openWallet, signOrder, wallets } from '@talka/sdk';

const talka = await connect(process.env.TALKA_URL ?? 'ws://127.0.0.1:9944');
const [name] = wallets();
const wallet = await openWallet(name, 'An example');
const [account] = wallet.accounts();
console.log(`${name}: ${account.name}, ${account.address}`);

const expiry = (await talka.best()).number + 1_000;
const terms = { signer: account.address, price: 3_000_000_000n, volume: 10, expiry };
const signed = await signOrder(talka, { kind: 'App', app: Number(process.argv[2]), terms }, account.signer, account.key);
console.log(JSON.stringify(signed, (_, value) => (typeof value === 'bigint' ? value.toString() : value)));

wallet.close();
talka.close();
