// What is generated from the chain's metadata, and nothing else: the rest of the library gives it names and types that are
// pleasant to use. `npm run build` makes the descriptors from `client/metadata.scale`.

import type { SS58String, TypedApi } from 'polkadot-api';
import { talka } from '../descriptors/dist/index.js';

export { talka as descriptors };

/** The chain's queries, calls and events, typed by its metadata. */
export type Api = TypedApi<typeof talka>;

type Answer<Call extends (...question: never[]) => Promise<unknown>> = NonNullable<Awaited<ReturnType<Call>>>;
type Market = Api['apis']['MarketApi'];
type Poco = Api['apis']['PocoApi'];
type Book = Api['apis']['OrdersApi'];

/** An app as the chain keeps it. */
export type ChainApp = Answer<Market['app']>;
/** A dataset as the chain keeps it. */
export type ChainDataset = Answer<Market['dataset']>;
/** A pool as the chain keeps it. */
export type ChainPool = Answer<Market['pool']>;
/** A size of task as the chain keeps it. */
export type ChainCategory = Answer<Market['categories']>[number]['item'];
/** A deal and how far it is, as the chain keeps it. */
export type ChainDealView = Answer<Poco['deal']>;
/** What is left of a task that has ended, as the chain keeps it. */
export type ChainOutcome = Answer<Poco['outcomes']>['items'][number]['item'];
/** A worker's standing, as the chain gives it. */
export type ChainWorker = Answer<Poco['worker']>;
/** What can be expected of a pool, as the chain gives it. */
export type ChainStanding = Answer<Poco['standing']>;
/** One of the four orders, as the chain reads it. */
export type ChainOrder = Answer<Book['order']>['order'];
/** How an order's signature is read by the chain. */
export type ChainSignature = Extract<
  Parameters<Api['tx']['Orders']['match_orders']>[0]['orders']['request'],
  { type: 'Signed' }
>['value']['signature'];
/** Orders that are to become a deal, as the chain reads them. */
export type ChainMatch = Parameters<Api['tx']['Orders']['match_orders']>[0]['orders'];
/** A request at published prices, as the chain reads it. */
export type ChainRequest = Parameters<Api['tx']['Marketplace']['request']>[0]['order'];

/** An account: its SS58 address. */
export type Account = SS58String;

/** The names of an enumeration of the chain. */
export type Names<Enumeration extends { type: string }> = Enumeration['type'];

const utf8 = new TextDecoder('utf-8', { fatal: false });
const ascii = new TextEncoder();

/** A text of the chain, with replacement characters where it is not UTF-8. Strangers wrote it: escape it before it is shown as HTML. */
export const text = (bytes: Uint8Array): string => utf8.decode(bytes);

/** A text for the chain. */
export const bytes = (words: string): Uint8Array => ascii.encode(words);

/** Bytes as `0x` and two digits for each. */
export const hex = (data: Uint8Array): string => `0x${Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;

/** The bytes that `hex` wrote; the `0x` may be missing. */
export function unhex(digits: string): Uint8Array<ArrayBuffer> {
  const plain = digits.startsWith('0x') ? digits.slice(2) : digits;
  if (plain.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(plain)) {
    throw new RangeError(`not hexadecimal digits: ${digits.slice(0, 80)}`);
  }
  return Uint8Array.from({ length: plain.length / 2 }, (_, place) => Number.parseInt(plain.slice(2 * place, 2 * place + 2), 16));
}
