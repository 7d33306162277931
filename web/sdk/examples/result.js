// Fetches the result of a task and verifies it: node examples/result.js DEAL INDEX [SERVER…]

import { connect, result } from '@talka/sdk';

const [deal, index, ...sources] = process.argv.slice(2);
const talka = await connect(process.env.TALKA_URL ?? 'ws://127.0.0.1:9944');

// `insecure` takes http:// addresses that workers publish, too: for test networks.
const found = await result(talka, { deal: Number(deal), index: Number(index) }, { sources, insecure: true });
console.log(`${found.digest}: ${JSON.stringify(found.status)}, ${found.assurance}`);
for (const path of found.paths) {
  console.log(`--- ${path}\n${new TextDecoder().decode(await found.file(path))}`);
}
talka.close();
