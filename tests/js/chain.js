// What the test does with a chain, in the terms of polkadot.js alone: there is nothing of Talka in this file.

import assert from 'node:assert/strict';
import { once } from 'node:events';

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

/** What polkadot.js has reported by the console: what it does not understand of a chain. */
export const complaints = [];
for (const level of ['warn', 'error']) {
  const original = console[level];
  console[level] = (...words) => {
    complaints.push(words.join(' '));
    original(...words);
  };
}

/**
 * Connects to a chain, and makes an account with money for each role. Each run has accounts of its own, also on a chain
 * that has seen others.
 */
export async function connect(url, roles, endowment) {
  const socket = new WsProvider(url);
  const api = await ApiPromise.create({ provider: socket, noInitWarn: true });
  const keyring = new Keyring({ type: 'sr25519' });
  const actors = Object.fromEntries(roles.map((role) => [role, keyring.addFromUri(`//js-${Date.now()}//${role}`)]));
  const gifts = Object.values(actors).map(({ address }) => api.tx.balances.transferKeepAlive(address, endowment));
  await send(api, api.tx.utility.batchAll(gifts), keyring.addFromUri('//Alice'));
  return { actors, api, keyring, socket };
}

/** A rule of the chain that a call broke. */
export class Refused extends Error {
  constructor(api, dispatchError, events) {
    const error = dispatchError.isModule
      ? api.registry.findMetaError(dispatchError.asModule)
      : { section: 'runtime', name: dispatchError.type, docs: [] };
    super(`${error.section}.${error.name}: ${error.docs.join(' ')}`);
    this.rule = `${error.section}.${error.name}`;
    this.docs = error.docs.join(' ').trim();
    this.events = events;
  }
}

/**
 * Signs and sends a call, and waits for the block that includes it. Gives the events of the call; throws
 * `Refused` where the chain refuses it.
 */
export function send(api, call, signer, options = {}) {
  return new Promise((resolve, reject) => {
    call
      .signAndSend(signer, options, ({ dispatchError, events, status }) => {
        if (status.isInBlock) {
          const records = events.map(({ event }) => event);
          return dispatchError ? reject(new Refused(api, dispatchError, records)) : resolve(records);
        }
        if (status.isInvalid || status.isDropped || status.isUsurped || status.isRetracted) {
          reject(new Error(`the node gave the transaction up: ${status.type}`));
        }
      })
      .catch(reject);
  });
}

/** The call is refused by this rule, and the error says what to do. Gives the fee: a refused call is paid for. */
export async function refuses(api, rule, call, signer, options) {
  const error = await send(api, call, signer, options).then(
    () => assert.fail(`${rule} was expected`),
    (error) => error
  );
  assert.ok(error instanceof Refused, error.stack);
  assert.equal(error.rule, rule);
  assert.match(error.docs, /\w+.*\./, 'the error has documentation');
  assert.ok(fee(error.events) > 0n);
  return fee(error.events);
}

/** The node takes no duty that is none now: it tells the number of an error of Poco, and no fee is paid. */
export async function isNotDue(api, rule, call, signer) {
  const error = await send(api, call, signer).then(
    () => assert.fail(`${rule} was expected`),
    (error) => error
  );
  const [, number] = /Custom error: (\d+)/.exec(error.message) ?? assert.fail(error.stack);
  const pallet = api.runtimeMetadata.asLatest.pallets.find(({ name }) => name.toString() === 'Poco').index.toNumber();
  const { section, name, docs } = api.registry.findMetaError(new Uint8Array([pallet, Number(number)]));
  assert.equal(`${section}.${name}`, rule);
  assert.match(docs.join(' '), /\w+.*\./, 'the error has documentation');
}

/** The first of the events with this name, as in `poco.TaskCompleted`; undefined where there is none. */
export function find(events, name, matches = () => true) {
  return events.find(({ data, method, section }) => `${section}.${method}` === name && matches(data));
}

/** The fee that the events of a call tell. */
export function fee(events) {
  return find(events, 'transactionPayment.TransactionFeePaid')?.data.actualFee.toBigInt() ?? 0n;
}

/** All that an account has: free, or held for something. */
export async function wealth(api, { address }) {
  const { data } = await api.query.system.account(address);
  return data.free.toBigInt() + data.reserved.toBigInt();
}

/** Follows the events of all blocks from now on. */
export async function follow(api) {
  const seen = [];
  const news = new EventTarget();
  const stop = await api.query.system.events((records) => {
    seen.push(...records.map(({ event }) => event));
    news.dispatchEvent(new Event('events'));
  });
  /** Waits for an event, also one that was seen already. */
  const until = async (name, matches, patienceMs = 60_000) => {
    const signal = AbortSignal.timeout(patienceMs);
    for (;;) {
      const event = find(seen, name, matches);
      if (event) {
        return event;
      }
      await once(news, 'events', { signal }).catch(() => {
        throw new Error(`there was no ${name} within ${patienceMs / 1000} seconds`);
      });
    }
  };
  return { stop, until };
}
