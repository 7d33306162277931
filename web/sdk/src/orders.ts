// Orders: offers and requests that bind their signer until they expire. They are signed by a wallet at no cost, or published.

import { getTypedCodecs, type PolkadotSigner } from 'polkadot-api';
import { type Account, bytes, type ChainMatch, type ChainOrder, type ChainSignature, descriptors, hex, text } from './chain.js';
import type { Talka } from './client.js';
import { TalkaError } from './errors.js';
import { type DealMade, dealMade, type Parameters, readParameters, writeParameters } from './purchase.js';
import { accountOf, type Receipt, type SendOptions, send, told } from './transaction.js';
import type { KeyKind } from './wallet.js';

/** One account, or the members of a group at the time when the deal is made. */
export type Party = { account: Account } | { group: number };

/** What a deal must be like for an order to be part of it. What is not named is not restricted. */
export interface Restrictions {
  /** The app that is executed. */
  app?: number;
  /** The dataset that is read. */
  dataset?: number;
  /** The pool whose workers execute. */
  pool?: number;
  /** Who buys. */
  requester?: Party;
  /** Who operates the pool. */
  operator?: Party;
}

/** What all orders have in common. */
export interface Terms {
  /** Who is bound by it: the owner of what is sold, or the requester. */
  signer: Account;
  /** Price of one accepted task, in units of TLK; of a request, the most that one may cost in all. */
  price: bigint;
  /** How many tasks, in one deal or in several. */
  volume: number;
  /** What the pool must offer, beside what app and dataset need. */
  tags?: bigint;
  /** For which deals it is meant. */
  only?: Restrictions;
  /** The last block in which a deal can be made. */
  expiry: number;
  /** 32 bytes that make orders different which are otherwise equal. Random, if nothing is said. */
  salt?: string;
}

/** What a request asks for. */
export interface Wish {
  /** The app. */
  app: number;
  /** The dataset that the app reads. */
  dataset?: number;
  /** The size of a task. */
  category: number;
  /** How sure the requester wants to be. */
  trust: number;
  /** The arguments that all tasks have in common. */
  arguments?: string[];
  /** What distinguishes the tasks: their numbers from 0 on, if nothing is said. */
  parameters?: Parameters;
  /** Whom the results are for; the requester, if nothing is said. */
  beneficiary?: Account;
  /** The last block in which a task may be completed. */
  deadline: number;
}

/** The use of an app is for sale. */
export type AppOrder = { kind: 'App'; app: number; terms: Terms };
/** The use of a dataset is for sale. */
export type DatasetOrder = { kind: 'Dataset'; dataset: number; terms: Terms };
/** The work of a pool is for sale: tasks of this size, up to this trust. */
export type PoolOrder = { kind: 'Pool'; pool: number; category: number; trust: number; terms: Terms };
/** Somebody wants tasks to be executed. */
export type RequestOrder = { kind: 'Request'; terms: Terms } & Wish;

/** One of the four orders. */
export type Order = AppOrder | DatasetOrder | PoolOrder | RequestOrder;

/** An order that was signed off chain. */
export interface SignedOrder<Some extends Order = Order> {
  /** The order, with its salt. */
  order: Some;
  /** The chain for which it was signed: the hash of its first block. */
  genesis: string;
  /** What it is known by. */
  id: string;
  /** Made by the order’s signer: as a program does it, or as a wallet does, which puts `<Bytes>` around what it signs. */
  signature: { form: 'raw' | 'wrapped'; key: KeyKind; bytes: string };
}

/** Where an order is: published under this identifier, or signed. */
export type OrderSource<Some extends Order> = string | SignedOrder<Some>;

/** Orders that are to become a deal. What is not named is bought at its published price. */
export interface Match {
  /** How the app is bought. */
  app?: OrderSource<AppOrder>;
  /** How the dataset is bought. */
  dataset?: OrderSource<DatasetOrder>;
  /** How the work is bought: of this pool at its published price, or on an order’s terms. */
  pool: number | OrderSource<PoolOrder>;
  /** What is wanted. */
  request: OrderSource<RequestOrder>;
}

/** Where a published order is looked for. */
export type Shelf = { app: number } | { dataset: number } | { pools: number } | { requests: number };

/** A published order, and how many tasks can still be bought with it. */
export interface Listed {
  /** What it is known by. */
  id: string;
  /** The order. */
  order: Order;
  /** How many tasks are left. */
  left: number;
}

/** An order with a salt. What the signature covers must not change any more. */
export const salted = <Some extends Order>(order: Some): Some => ({
  ...order,
  terms: { ...order.terms, salt: order.terms.salt ?? hex(crypto.getRandomValues(new Uint8Array(32))) },
});

/** Signs an order for the chain that is connected. Costs nothing. `key` is the kind of the signer’s key, as the wallet names it. */
export async function signOrder<Some extends Order>(
  talka: Talka,
  order: Some,
  signer: PolkadotSigner,
  key: KeyKind = 'Sr25519'
): Promise<SignedOrder<Some>> {
  const account = accountOf(signer);
  if (order.terms.signer !== account) {
    throw new TalkaError(
      `the order is ${order.terms.signer}’s, and ${account} would sign it`,
      'an order is signed by the account that its terms name'
    );
  }
  const final = salted(order);
  const id = await orderId(talka, final);
  const signature = await signer.signBytes(id);
  return {
    order: final,
    genesis: talka.genesis,
    id: hex(id),
    signature: { form: 'wrapped', key, bytes: hex(signature) },
  };
}

/** What an order is known by on the chain that is connected. Computed here: a node that lies cannot have another order signed. */
export async function orderId(talka: Talka, order: Order): Promise<Uint8Array> {
  const [rules, codecs] = await Promise.all([talka.rules(), getTypedCodecs(descriptors)]);
  return rules.orderId(talka.genesis, codecs.tx.Orders.publish_order.enc({ order: writeOrder(order) }));
}

/** Publishes an order of the signer, which is bound by it as by a signature. A deposit is held until it ends. Gives its identifier. */
export async function publishOrder(talka: Talka, order: Order, signer: PolkadotSigner, options?: SendOptions): Promise<string> {
  const call = talka.api.tx.Orders.publish_order({ order: writeOrder(salted(order)) });
  return told(await send(talka, call, signer, options), 'Orders.OrderPublished').order;
}

/** Takes an order of the signer back: a published one by its identifier, or one that was signed. Nothing more is bought with it. */
export function cancelOrder(
  talka: Talka,
  order: string | SignedOrder,
  signer: PolkadotSigner,
  options?: SendOptions
): Promise<Receipt> {
  const named =
    typeof order === 'string'
      ? { type: 'Published' as const, value: order }
      : { type: 'Signed' as const, value: writeOrder(order.order) };
  return send(talka, talka.api.tx.Orders.cancel_order({ order: named }), signer, options);
}

/** Makes a deal of orders, for as many tasks as are left of each of them. The requester pays; the signer does where it sponsors. */
export async function matchOrders(
  talka: Talka,
  match: Match,
  signer: PolkadotSigner,
  options: SendOptions & { sponsor?: boolean } = {}
): Promise<DealMade> {
  const { Orders } = talka.api.tx;
  const orders = writeMatch(match);
  const call = options.sponsor ? Orders.sponsor_orders({ orders }) : Orders.match_orders({ orders });
  return dealMade(await send(talka, call, signer, options));
}

/** Published orders of which something is left, on a shelf or all of them; `after` an identifier. */
export async function orders(
  talka: Talka,
  shelf?: Shelf,
  after?: string,
  limit = 100
): Promise<{ items: Listed[]; next: string | undefined }> {
  const place = shelf && writeShelf(shelf);
  const { items, next } = await talka.api.apis.OrdersApi.orders(place, after, limit, { at: 'best' });
  return { items: items.map(({ id, item }) => ({ id, order: readOrder(item.order), left: item.left })), next };
}

/** How many tasks were bought with an order, published or not, and whether its signer has taken it back. */
export function orderState(talka: Talka, order: Order): Promise<{ used: number; cancelled: boolean }> {
  return talka.api.apis.OrdersApi.state(writeOrder(order), { at: 'best' });
}

const NO_SALT = hex(new Uint8Array(32));

type ChainTerms = Extract<ChainOrder, { type: 'App' }>['value']['terms'];
type ChainParty = ChainTerms['only']['requester'];

function writeTerms({ signer, price, volume, tags = 0n, only = {}, expiry, salt = NO_SALT }: Terms): ChainTerms {
  const { app, dataset, pool } = only;
  const restrictions = { app, dataset, pool, requester: writeParty(only.requester), operator: writeParty(only.operator) };
  return { signer, price, volume, tags, only: restrictions, expiry, salt };
}

const writeParty = (party: Party | undefined): ChainParty =>
  party && ('account' in party ? { type: 'Account', value: party.account } : { type: 'Group', value: party.group });

/** An order as the chain reads it. */
export function writeOrder(order: Order): ChainOrder {
  const terms = writeTerms(order.terms);
  switch (order.kind) {
    case 'App':
      return { type: 'App', value: { app: order.app, terms } };
    case 'Dataset':
      return { type: 'Dataset', value: { dataset: order.dataset, terms } };
    case 'Pool':
      return { type: 'Pool', value: { pool: order.pool, category: order.category, trust: order.trust, terms } };
    case 'Request': {
      const { app, dataset, category, trust, beneficiary, deadline } = order;
      const written = { arguments: (order.arguments ?? []).map(bytes), parameters: writeParameters(order.parameters) };
      return { type: 'Request', value: { app, dataset, category, trust, ...written, beneficiary, deadline, terms } };
    }
  }
}

/** An order as people read it. */
export function readOrder({ type, value }: ChainOrder): Order {
  const terms = readTerms(value.terms);
  switch (type) {
    case 'App':
      return { kind: type, app: value.app, terms };
    case 'Dataset':
      return { kind: type, dataset: value.dataset, terms };
    case 'Pool':
      return { kind: type, pool: value.pool, category: value.category, trust: value.trust, terms };
    case 'Request': {
      const { app, category, trust, deadline } = value;
      const optional = defined({ dataset: value.dataset, beneficiary: value.beneficiary });
      const read = { arguments: value.arguments.map(text), parameters: readParameters(value.parameters) };
      return { kind: type, app, category, trust, ...optional, ...read, deadline, terms };
    }
  }
}

function readTerms({ signer, price, volume, tags, only, expiry, salt }: ChainTerms): Terms {
  const { app, dataset, pool } = only;
  const parties = { requester: readParty(only.requester), operator: readParty(only.operator) };
  return { signer, price, volume, tags, only: defined({ app, dataset, pool, ...parties }), expiry, salt };
}

const readParty = (party: ChainParty): Party | undefined =>
  party && (party.type === 'Account' ? { account: party.value } : { group: party.value });

/** Without the fields that have no value. */
const defined = <Fields extends object>(fields: Fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };

function writeMatch({ app, dataset, pool, request }: Match): ChainMatch {
  return {
    app: app === undefined ? undefined : writeSource(app),
    dataset: dataset === undefined ? undefined : writeSource(dataset),
    pool: typeof pool === 'number' ? { type: 'Listed', value: pool } : { type: 'Ordered', value: writeSource(pool) },
    request: writeSource(request),
  } as ChainMatch;
}

function writeSource(source: string | SignedOrder) {
  if (typeof source === 'string') {
    return { type: 'Published', value: source };
  }
  const { order, genesis, signature } = source;
  const made = { type: signature.key, value: signature.bytes };
  const form = { type: signature.form === 'raw' ? 'Raw' : 'Wrapped', value: made } as ChainSignature;
  return { type: 'Signed', value: { order: writeOrder(order).value, genesis, signature: form } };
}

function writeShelf(shelf: Shelf) {
  if ('app' in shelf) {
    return { type: 'App' as const, value: shelf.app };
  }
  if ('dataset' in shelf) {
    return { type: 'Dataset' as const, value: shelf.dataset };
  }
  return 'pools' in shelf ? { type: 'Pools' as const, value: shelf.pools } : { type: 'Requests' as const, value: shelf.requests };
}
