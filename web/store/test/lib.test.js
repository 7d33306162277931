// What needs no browser and no chain: bags, tables, archives, addresses, words.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { source } from './source.js';

const modules = await source();
after(() => modules.stop());

let bag, fault, format, reasons, route, show, table, tar, words;

before(async () => {
  const names = ['bag', 'fault', 'format', 'reasons', 'route', 'show', 'table', 'tar', 'words'];
  [bag, fault, format, reasons, route, show, table, tar, words] = await Promise.all(
    names.map((name) => modules.load(`lib/${name}.ts`))
  );
});

test('a bag is as many tasks as the form says, or says what is wrong', () => {
  const form = (changes) => bag.readBag({ ...bag.emptyBag(), ...changes });
  assert.deepEqual(form({}), { tasks: 1, parameters: { first: 0n } });
  assert.deepEqual(form({ first: ' 7', count: '100 ' }), { tasks: 100, parameters: { first: 7n } });
  const items = { tasks: 2, parameters: { items: ['red', 'light green'] } };
  assert.deepEqual(form({ kind: 'list', list: 'red\r\n\n  light green \n' }), items);
  const file = { name: 'a.txt', lines: ['red', 'light green'], content: 'ab'.repeat(32) };
  assert.deepEqual(form({ kind: 'file', file }), items);
  const lines = { content: file.content, uris: ['https://a.example/a.txt'], first: 0 };
  assert.deepEqual(form({ kind: 'file', file, address: ' https://a.example/a.txt ' }), { tasks: 2, parameters: lines });
  for (const bad of [
    { count: '0' },
    { count: '' },
    { count: '1e3' },
    { count: '100001' },
    { first: '-1' },
    { first: '1.5' },
    { kind: 'list', list: ' \n' },
    { kind: 'file' },
    { kind: 'file', file: { ...file, lines: [] }, address: 'https://a.example/' },
  ]) {
    assert.match(form(bad).problem ?? '', /\.$/, JSON.stringify(bad));
  }
});

test('a task is told what it gets', () => {
  assert.equal(bag.parameterOf({ first: 10n }, 3), '13');
  assert.equal(bag.parameterOf({ items: ['red', 'green'] }, 1), 'green');
  assert.equal(bag.parameterOf({ content: 'ab', uris: [], first: 4 }, 0), 'line 5 of the file');
  assert.equal(bag.tellBag({ first: 0 }, 8), 'the numbers 0 to 7');
  assert.equal(bag.tellBag({ first: 5n }, 1), 'the number 5');
});

test('amounts are shown in groups, and nothing that is not nothing is shown as nothing', () => {
  const cases = [
    [0n, '0'],
    [28_000_000_000n, '28'],
    [1_234_567_500_000_000n, '1\u202f234\u202f567.5'],
    [100_000n, '0.0001'],
    [1n, '0.0000…'],
    [-1_500_000_000n, '\u22121.5'],
  ];
  for (const [units, text] of cases) {
    assert.equal(format.tlk(units), text);
  }
  assert.equal(format.tlk(1_234_567_500_000_000n, 0), '1\u202f234\u202f567');
  assert.equal(format.tlk(100_000n, 0), '0.…');
  assert.equal(format.many(1, 'task'), '1 task');
  assert.equal(format.many(2_000n, 'task'), '2\u202f000 tasks');
  assert.equal(format.short('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'), '5Grwva…utQY');
  assert.equal(format.span(59_000), '59 seconds');
  assert.equal(format.span(3_600_000), '60 minutes');
  assert.equal(format.bytes(1536), '1.5\u00a0KiB');
});

test('a bound is never shown smaller than it is', () => {
  assert.equal(format.bound(0.00301), '0.0031');
  assert.equal(format.bound(1), '1');
  assert.equal(format.bound(3e-6), '3.0e-6');
  for (let part = 0.9999; part > 1e-7; part *= 0.83) {
    const shown = Number(format.bound(part));
    assert.ok(shown >= part * (1 - 1e-9) && shown <= part * 1.11, `${part} is shown as ${shown}`);
  }
});

test('tables are read as they are written, and what is none is text', () => {
  const read = (text, separator = ',') => table.readTable(text, separator);
  const quoted = read('name,says\r\n"Doe, J.","he said ""no"""\nRoe,"two\nlines"\n');
  assert.deepEqual(quoted, {
    head: ['name', 'says'],
    rows: [
      ['Doe, J.', 'he said "no"'],
      ['Roe', 'two\nlines'],
    ],
    more: false,
  });
  assert.deepEqual(read('three\t3\ntwo\t2', '\t')?.rows, [['two', '2']]);
  for (const none of ['', 'one column\nonly', 'a,b\n1,2,3', 'plain text, with a comma\nand more']) {
    assert.equal(read(none), undefined, none);
  }
  const long = read(`a,b\n${'1,2\n'.repeat(1_000)}`);
  assert.deepEqual([long?.rows.length, long?.more], [200, true]);
});

test('a file is shown by what it is, and never as a page', () => {
  const of = (path, content) =>
    show.show(path, typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content));
  assert.equal(of('a.html', '<script>alert(1)</script>').kind, 'text');
  assert.equal(of('a.svg', '<svg xmlns="http://www.w3.org/2000/svg"></svg>').kind, 'text');
  assert.deepEqual(of('a.txt', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]), { kind: 'picture', type: 'image/png' });
  assert.equal(of('a.csv', 'a,b\n1,2\n').kind, 'table');
  assert.equal(of('a.csv', 'no table').kind, 'text');
  assert.equal(of('a.png', [0xff, 0xfe, 0x00]).kind, 'binary');
  assert.equal(of('a.txt', []).kind, 'empty');
  assert.equal(of('a.txt', 'x'.repeat(200_000)).cut, true);
});

test('archives are read by tar, whatever their paths', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'talka-tar-'));
  try {
    const long = `${'folder/'.repeat(20)}${'f'.repeat(90)}.txt`;
    const entries = [
      { path: 'task/files/terms.tsv', bytes: new TextEncoder().encode('three\t3\n') },
      { path: long, bytes: new Uint8Array(1_000).fill(7) },
      { path: 'empty', bytes: new Uint8Array(0) },
    ];
    const archive = Buffer.from(await (await tar.gzip(tar.tar(entries))).arrayBuffer());
    writeFileSync(join(folder, 'a.tar.gz'), archive);
    execFileSync('tar', ['-xzf', 'a.tar.gz'], { cwd: folder });
    for (const { path, bytes } of entries) {
      assert.deepEqual(new Uint8Array(readFileSync(join(folder, path))), bytes, path);
    }
    assert.throws(() => tar.tar([{ path: 'x'.repeat(101), bytes: new Uint8Array(0) }]), RangeError);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('addresses lead where they say, and strangers’ addresses nowhere', () => {
  for (const place of [
    { page: 'apps' },
    { page: 'deals' },
    { page: 'app', id: 3 },
    { page: 'deal', id: 0 },
    { page: 'task', id: 7, index: 12 },
  ]) {
    assert.deepEqual(route.readRoute(route.link(place)), place);
  }
  assert.deepEqual(route.readRoute(''), { page: 'apps' });
  for (const bad of ['#/app', '#/app/x', '#/app/1/2', '#/deal/1/2/3', '#/deal/-1', '#/app/99999999999', '#/nothing']) {
    assert.deepEqual(route.readRoute(bad), { page: 'missing' }, bad);
  }
});

test('a way is told as far as it has come', () => {
  const reached = (...stages) => words.stationsReached(stages);
  assert.equal(reached().reached, 1);
  assert.equal(reached('queued', 'drawn').reached, 2);
  assert.deepEqual(reached('drawn', 'committed', 'agreed', 'accepted', 'revealed'), {
    reached: 5,
    wasAudited: false,
    wasDisputed: false,
  });
  assert.equal(reached('drawn', 'committed', 'audited').wasAudited, true);
});

test('reasons tell who stands behind a result, and who does not', () => {
  const part = (worker, role, stage, result) => ({ worker, role, stage, result, locked: 0n });
  const task = {
    trust: 4,
    assurance: 'Adjudicated',
    begun: 1,
    deadline: 9,
    phase: 'Revealing',
    result: '0xaa',
    contributions: [
      part('a', 'Member', 'Revealed'),
      part('b', 'Member', 'Committed', '0xaa'),
      part('c', 'Member', 'Committed', '0xbb'),
      part('d', 'Auditor', 'Committed', '0xaa'),
      part('e', 'Member', 'Declined'),
    ],
    jury: undefined,
  };
  const { agreed, confirmed, differed, silent } = reasons.sides(task);
  const who = (parts) => parts.map(({ worker }) => worker);
  assert.deepEqual([who(agreed), who(confirmed), who(differed), who(silent)], [['a', 'b'], ['d'], ['c'], ['e']]);
  const outcome = { kind: 'completed', digest: '0x01', assurance: 'Adjudicated', at: 9 };
  const told = reasons.reasons(outcome, task, [], undefined).map(({ text }) => text);
  assert.match(told[0], /^2 workers, drawn at random/);
  assert.match(told[1], /^An auditor/);
  assert.match(told[2], /^One worker committed to another result/);
  // Without the state of that time, nothing is claimed of anybody.
  assert.deepEqual(
    reasons.reasons(outcome, undefined, [], undefined).map(({ kind }) => kind),
    ['fact']
  );
});

test('errors say what to do', () => {
  const told = fault.fault(new Error('it broke'));
  assert.deepEqual([told.message, told.isForged], ['It broke.', false]);
  assert.match(told.hint, /again/);
});
