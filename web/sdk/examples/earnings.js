// What an account has earned with work since a block: node examples/earnings.js ACCOUNT BLOCK

import { connect, earnings, formatTlk } from '@talka/sdk';

const [account, from] = process.argv.slice(2);
const talka = await connect(process.env.TALKA_URL ?? 'ws://127.0.0.1:9944');
let sum = 0n;
for await (const { block, task, why, amount } of earnings(talka, account, Number(from))) {
  console.log(`block ${block}: ${formatTlk(amount)} TLK for task ${task.deal}.${task.index} (${why})`);
  sum += amount;
}
console.log(`in all ${formatTlk(sum)} TLK`);
talka.close();
