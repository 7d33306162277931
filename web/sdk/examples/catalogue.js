// What is for sale: node examples/catalogue.js [WORDS]

import { apps, categories, connect, datasets, every, findings, formatTlk, pools, search } from '@talka/sdk';

const talka = await connect(process.env.TALKA_URL ?? 'ws://127.0.0.1:9944');
const price = (units) => (units === undefined ? 'by order' : `${formatTlk(units)} TLK`);

for (const { id, name, runTime } of await categories(talka)) {
  console.log(`category ${id}: ${name}, up to ${runTime} blocks`);
}
// Page by page, as the chain gives it …
for (const app of (await apps(talka, { topic: 'Science' }, { limit: 10 })).items) {
  console.log(`app ${app.id}: ${app.name}, ${price(app.price)}`);
}
// … or all pages.
for await (const dataset of every((paging) => datasets(talka, {}, paging))) {
  console.log(`dataset ${dataset.id}: ${dataset.name}, ${price(dataset.price)}`);
}
for await (const pool of every((paging) => pools(talka, { category: 0 }, paging))) {
  const { online, completed } = pool.standing;
  console.log(`pool ${pool.id}: ${price(pool.prices.get(0))}, ${online} online, ${completed} tasks done`);
}
for await (const app of search(talka, process.argv[2] ?? 'statistics')) {
  console.log(`found app ${app.id}: ${app.description}`);
}
for (const { category, assurance, priced, errorBound } of await findings(talka)) {
  const bound = errorBound === undefined ? 'not known' : `at most ${errorBound}`;
  console.log(`category ${category}, ${assurance}: ${priced.accepted.count} results, wrong: ${bound}`);
}
talka.close();
