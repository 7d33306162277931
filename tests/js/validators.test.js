// From an account to a candidate and back, and what the council decides, as polkadot.js sees it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { u8aToHex } from '@polkadot/util';

import { complaints, connect, find, refuses as expectRefusal, send } from './chain.js';
import { startNode } from './node.js';

const TLK = 10n ** 9n;
const BOND = 5_000n * TLK;
const STAKE = 3_000n * TLK;

let node, socket, api, keyring, candidate, stranger;

before(async () => {
  node = await startNode();
  const connection = await connect(node.url, ['candidate', 'stranger'], 10_000n * TLK);
  ({ api, keyring, socket } = connection);
  ({ candidate, stranger } = connection.actors);
});

after(async () => {
  await api?.disconnect();
  await node?.stop();
});

const refuses = (...refusal) => expectRefusal(api, ...refusal);

/** New session keys that the node made for an account, with the proof of it. */
const makeKeys = (owner) => socket.send('author_rotateKeysWithOwner', [u8aToHex(owner.publicKey)]);

test('tells what elections are held by', async () => {
  const rules = (await api.query.validators.electionRules()).toJSON();
  assert.deepEqual(rules, { seats: 1, minSeats: 1, minStake: Number(1_000n * TLK), term: 1 });
  assert.equal((await api.query.validators.sessionLength()).toNumber(), 60);
  assert.equal(api.consts.babe.epochDuration.toNumber(), 60);
});

test('takes keys for the account that they were made for only', async () => {
  const { keys, proof } = await makeKeys(candidate);
  await refuses('session.InvalidProof', api.tx.session.setKeys(keys, proof), stranger);
  await refuses('validators.NoKeys', api.tx.validators.register(STAKE), candidate);
  await send(api, api.tx.session.setKeys(keys, proof), candidate);
  assert.equal((await api.query.session.nextKeys(candidate.address)).toHex(), keys);
});

test('makes a candidate of who has a bond and keys', async () => {
  await refuses('stake.NotBonded', api.tx.validators.register(STAKE), candidate);
  await send(api, api.tx.stake.bond(BOND), candidate);
  await refuses('validators.StakeTooSmall', api.tx.validators.register(TLK), candidate);
  const events = await send(api, api.tx.validators.register(STAKE), candidate);
  assert.ok(find(events, 'validators.Registered'));
  await refuses('validators.AlreadyCandidate', api.tx.validators.register(STAKE), candidate);
  const { stake, score, missed } = (await api.query.validators.candidates(candidate.address)).unwrap();
  assert.deepEqual([stake.toBigInt(), score.toNumber(), missed.toNumber()], [STAKE, 0, 0]);
});

test('lists seats and candidates by effective stake', async () => {
  const all = (await api.call.validatorsApi.validators()).toJSON();
  const [alice, newcomer] = all;
  assert.equal(all.length, 2);
  assert.ok(alice.seated && alice.candidate && alice.authored > 0);
  assert.equal(newcomer.who, candidate.address);
  assert.ok(!newcomer.seated);
  assert.equal(BigInt(newcomer.effectiveStake), (STAKE * 2n) / 3n);
});

test('keeps the stake locked when a candidate resigns', async () => {
  const events = await send(api, api.tx.validators.resign(), candidate);
  const { cause, until } = find(events, 'validators.Retired').data;
  assert.equal(cause.type, 'Resigned');
  assert.ok(until.toNumber() > 168);
  await refuses('validators.StillLiable', api.tx.validators.release(), candidate);
  await refuses('stake.StakeLocked', api.tx.stake.unbond(BOND), candidate);
  await refuses('system.CallFiltered', api.tx.session.purgeKeys(), candidate);
  await send(api, api.tx.validators.forgetKeys(), candidate);
  assert.ok((await api.query.session.nextKeys(candidate.address)).isNone);
});

test('lets the council set the rules, and nobody else', async () => {
  const [alice, bob] = ['//Alice', '//Bob'].map((uri) => keyring.addFromUri(uri));
  const rules = { seats: 7, minSeats: 1, minStake: 2_000n * TLK, term: 2 };
  const call = api.tx.validators.setRules(rules);
  await assert.rejects(send(api, call, stranger), /BadOrigin/);
  const length = call.method.encodedLength;
  const proposed = await send(api, api.tx.council.propose(2, call, length), alice);
  const { proposalHash, proposalIndex } = find(proposed, 'council.Proposed').data;
  for (const member of [alice, bob]) {
    await send(api, api.tx.council.vote(proposalHash, proposalIndex, true), member);
  }
  const { weight } = await call.paymentInfo(alice);
  const closed = await send(api, api.tx.council.close(proposalHash, proposalIndex, weight, length), bob);
  assert.ok(find(closed, 'council.Executed').data.result.isOk);
  assert.equal((await api.query.validators.electionRules()).seats.toNumber(), 7);
});

test('understands all of it', () => {
  assert.deepEqual(complaints, []);
});
