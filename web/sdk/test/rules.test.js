// What needs no chain: amounts, addresses, the files of orders, and the rules as WebAssembly against the vectors that the pallets
// write.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { getTypedCodecs } from 'polkadot-api';
import { descriptors, hex, unhex } from '../dist/chain.js';
import { formatTlk, loadRules, parseTlk, readOrderFile, TalkaError, Unverified, writeOrderFile } from '../dist/index.js';
import { writeOrder } from '../dist/orders.js';
import { isServer } from '../dist/results.js';

const vectors = readFileSync(new URL('../../../docs/protocol/order-vectors.json', import.meta.url), 'utf8');
const wasm = new URL('../wasm/talka_rules.wasm', import.meta.url);

/** The signed orders that the chain's own tests write. */
const signed = JSON.parse(vectors).map(({ genesis, id, kind, name, scale, signatures }, place) => {
  // Its amounts are read by the library: JavaScript would round them.
  const order = /"order": (\{[\s\S]*?\n {4}\})/g;
  const text = [...vectors.matchAll(order)][place]?.[1] ?? assert.fail(name);
  const signature = `{ "kind": "${kind}", "form": "wrapped", "bytes": "0x${signatures.wrapped}" }`;
  return { name, scale, file: `{ "order": ${text}, "genesis": "0x${genesis}", "id": "0x${id}", "signature": ${signature} }` };
});

test('the rules need nothing of the page', async () => {
  assert.deepEqual(WebAssembly.Module.imports(await WebAssembly.compile(readFileSync(wasm))), []);
});

test('orders are encoded and named as the chain does', async () => {
  const rules = await loadRules();
  const codecs = await getTypedCodecs(descriptors);
  assert.ok(signed.length >= 4);
  for (const { name, scale, file } of signed) {
    const { order, genesis, id } = readOrderFile(file);
    const encoded = codecs.tx.Orders.publish_order.enc({ order: writeOrder(order) });
    assert.equal(hex(encoded), `0x${scale}`, name);
    assert.equal(hex(await rules.orderId(genesis, encoded)), id, name);
    await assert.rejects(rules.orderId(genesis, encoded.slice(1)), TalkaError);
  }
});

test('files of orders are read and written to the unit', () => {
  for (const { file } of signed) {
    const order = readOrderFile(file);
    assert.deepEqual(readOrderFile(writeOrderFile(order)), order);
  }
  const [{ file }] = signed;
  const dear = { ...readOrderFile(file) };
  dear.order = { ...dear.order, terms: { ...dear.order.terms, price: 2n ** 127n + 1n } };
  assert.match(writeOrderFile(dear), /"price": 170141183460469231731687303715884105729,/);
  assert.equal(readOrderFile(writeOrderFile(dear)).order.terms.price, 2n ** 127n + 1n);
  for (const bad of ['', '{}', '{"order":{}}', file.replace('wrapped', 'other'), file.replace('0x', '0y')]) {
    assert.throws(() => readOrderFile(bad), TalkaError);
  }
});

test('blobs are known by their hash, also large ones', async () => {
  const rules = await loadRules();
  // The test vectors of BLAKE3: bytes that count to 251, again and again.
  const counted = (size) => Uint8Array.from({ length: size }, (_, place) => place % 251);
  for (const [size, start] of /** @type {const} */ ([
    [0, 'af1349b9f5f9a1a6'],
    [1, '2d3adedff11b61f1'],
    [1024, '42214739f095a406'],
    [102400, 'bc3e3d41a1146b06'],
  ])) {
    assert.equal((await rules.contentId(counted(size))).slice(0, 16), start, String(size));
  }
  const large = new Uint8Array(64 * 1024 * 1024);
  const id = await rules.contentId(large);
  assert.equal(await rules.verified(id, large), large);
  large[large.length - 1] = 1;
  await assert.rejects(rules.verified(id, large), Unverified);
});

test('bytes of strangers are refused, whatever they are', async () => {
  const rules = await loadRules();
  const digest = '00'.repeat(32);
  for (const bytes of [new Uint8Array(0), new Uint8Array(226), crypto.getRandomValues(new Uint8Array(500))]) {
    await assert.rejects(rules.manifest(digest, bytes), Unverified);
    await assert.rejects(rules.manifest(await rules.contentId(bytes), bytes), Unverified);
    await assert.rejects(rules.listing(bytes, bytes), Unverified);
    await assert.rejects(rules.quote(bytes), /cannot be read/);
  }
});

test('what trust takes, and how wrong results can be, is told by the rules', async () => {
  const rules = await loadRules();
  const takes = [1, 2, 3, 4, 8, 16, 100].map((trust) => rules.newWorkers(trust));
  assert.deepEqual(await Promise.all(takes), [1, 1, 2, 2, 3, 4, 7]);
  assert.equal(await rules.errorBound(0n, 0n), 1);
  const bound = await rules.errorBound(0n, 1_000n);
  assert.ok(bound >= 0.002991 && bound < 0.0032, String(bound));
});

test('amounts are read and written to the unit', () => {
  for (const [written, units] of /** @type {const} */ ([
    ['0', 0n],
    ['28', 28_000_000_000n],
    ['0.000000001', 1n],
    ['340282366920938463463374607431.768211455', 2n ** 128n - 1n],
  ])) {
    assert.equal(parseTlk(written), units);
    assert.equal(formatTlk(units), written);
  }
  assert.equal(parseTlk(' 1.50 '), 1_500_000_000n);
  assert.equal(formatTlk(-1_500_000_000n), '-1.5');
  for (const bad of ['', '-1', '1,5', '1e3', '.5', '1.', '0.0000000001', '340282366920938463463374607431.768211456']) {
    assert.throws(() => parseTlk(bad), TalkaError, bad);
  }
});

test('hexadecimal digits are read or refused', () => {
  assert.equal(hex(unhex('0x00ffAb')), '0x00ffab');
  assert.equal(hex(unhex('')), '0x');
  for (const bad of ['0', '0x0', 'zz', '0x 1', '1_']) {
    assert.throws(() => unhex(bad), RangeError, bad);
  }
});

test('only servers are asked that a stranger may name', () => {
  assert.ok(isServer('https://results.example/talka', false));
  assert.ok(isServer('http://127.0.0.1:8080/', true));
  for (const [address, insecure] of /** @type {const} */ ([
    ['http://results.example/', false],
    ['https://results.example/?delete=', true],
    ['https://user:word@results.example/', true],
    ['https://results.example/#a', true],
    ['peer://aa@127.0.0.1:1', true],
    ['file:///etc/passwd', true],
    ['', true],
  ])) {
    assert.ok(!isServer(address, insecure), address);
  }
});
