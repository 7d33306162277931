// Files of signed orders, as `talka order sign` writes them and `talka order match` reads them.

import { hex, unhex } from './chain.js';
import { TalkaError } from './errors.js';
import type { Order, Party, Restrictions, SignedOrder, Terms } from './orders.js';
import type { Parameters } from './purchase.js';
import type { KeyKind } from './wallet.js';

const KINDS: Record<string, KeyKind> = { sr25519: 'Sr25519', ed25519: 'Ed25519', ecdsa: 'Ecdsa' };
const NO_SALT = '0x'.padEnd(66, '0');

/** A signed order as a file. */
export function writeOrderFile({ order, genesis, id, signature }: SignedOrder): string {
  const { key, form, bytes } = signature;
  return write({
    order: { [order.kind]: writeContent(order) },
    genesis,
    id,
    signature: { kind: key.toLowerCase(), form, bytes },
  });
}

/** The signed order in a file. The chain checks its signature: see `orderId` for what was signed. */
export function readOrderFile(file: string): SignedOrder {
  try {
    const { order, genesis, id, signature } = read(file);
    const key = KINDS[signature.kind];
    if (!key || (signature.form !== 'raw' && signature.form !== 'wrapped')) {
      throw new RangeError('its signature is of an unknown kind');
    }
    const [[kind, content]] = Object.entries(order) as [[Order['kind'], Json]];
    const bytes = hex(unhex(signature.bytes));
    return {
      order: readContent(kind, content),
      genesis: hex(unhex(genesis)),
      id: hex(unhex(id)),
      signature: { key, form: signature.form, bytes },
    };
  } catch (cause) {
    throw new TalkaError('this is no file of a signed order', 'take what `writeOrderFile` or `talka order sign` has written', {
      cause,
    });
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what is missing in it shows when it is read.
type Json = any;

/** Amounts are numbers in the file, and larger than JavaScript counts: they are read and written as they stand. */
const NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+/g;
const write = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `\u0000${each}` : each), 2).replace(/"\\u0000(\d+)"/g, '$1');
const read = (file: string): Json =>
  JSON.parse(
    file.replace(NUMBER, (token) => (token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${token}"`))
  );

const writeParty = (party: Party | undefined) =>
  party ? ('account' in party ? { Account: party.account } : { Group: party.group }) : null;

const readParty = (party: Json): Party | undefined =>
  party ? ('Account' in party ? { account: party.Account } : { group: party.Group }) : undefined;

function writeTerms({ signer, price, volume, tags = 0n, only = {}, expiry, salt = NO_SALT }: Terms) {
  const { app = null, dataset = null, pool = null } = only;
  const parties = { requester: writeParty(only.requester), operator: writeParty(only.operator) };
  return { signer, price, volume, tags, only: { app, dataset, pool, ...parties }, expiry, salt: salt.slice(2) };
}

function readTerms({ signer, price, volume, tags = 0, only = {}, expiry, salt }: Json): Terms {
  const { app, dataset, pool } = only;
  const parties = { requester: readParty(only.requester), operator: readParty(only.operator) };
  const restrictions: Restrictions = present({ app, dataset, pool, ...parties });
  const plain = { signer, price: BigInt(price), volume, tags: BigInt(tags), expiry };
  return { ...plain, only: restrictions, salt: salt ? `0x${salt}` : NO_SALT };
}

function writeContent(order: Order) {
  const { kind, terms, ...content } = order;
  if (order.kind !== 'Request') {
    return { ...content, terms: writeTerms(terms) };
  }
  const { app, dataset = null, category, trust, beneficiary = null, deadline } = order;
  const parameters = writeParameters(order.parameters ?? { first: 0 });
  const written = { arguments: order.arguments ?? [], parameters, beneficiary, deadline };
  return { app, dataset, category, trust, ...written, terms: writeTerms(terms) };
}

function readContent(kind: Order['kind'], { terms, parameters, dataset, beneficiary, ...content }: Json): Order {
  const read = { kind, ...content, terms: readTerms(terms) };
  return kind === 'Request'
    ? { ...read, ...present({ dataset, beneficiary }), parameters: readParameters(parameters) }
    : { ...read, ...present({ dataset }) };
}

function writeParameters(parameters: Parameters) {
  if ('items' in parameters) {
    return { List: { items: parameters.items } };
  }
  if ('content' in parameters) {
    const { content, uris, first } = parameters;
    return { Lines: { content: content.replace(/^0x/, ''), uris, first } };
  }
  return { Range: { first: BigInt(parameters.first) } };
}

function readParameters({ Range, List, Lines }: Json): Parameters {
  if (List) {
    return { items: List.items };
  }
  return Lines ? { content: `0x${Lines.content}`, uris: Lines.uris, first: Lines.first } : { first: BigInt(Range.first) };
}

/** Without the fields that have no value. */
const present = (fields: Json) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
