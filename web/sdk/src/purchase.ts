// Purchases at published prices: what they would cost, and the purchase itself.

import { AccountId, type Codec, getTypedCodecs, type PolkadotSigner } from 'polkadot-api';
import { type Account, bytes, type ChainRequest, descriptors, hex, text, unhex } from './chain.js';
import type { BlockId, Talka } from './client.js';
import { TalkaError } from './errors.js';
import { type Agreement, concat, u32, u128 } from './rules.js';
import { accountOf, type Receipt, type SendOptions, send, told } from './transaction.js';

/** What distinguishes the tasks of a deal. */
export type Parameters =
  /** Task `i` gets the number `first + i`. */
  | { first: bigint | number }
  /** Task `i` gets item `i`. */
  | { items: string[] }
  /** Task `i` gets line `first + i` of a file: its content id, and where it can be got. */
  | { content: string; uris: string[]; first: number };

/** What is to be bought, at published prices. */
export interface Request {
  /** The app. */
  app: number;
  /** The dataset that the app reads. */
  dataset?: number;
  /** The pool whose workers execute. */
  pool: number;
  /** The size of a task. */
  category: number;
  /** How sure the buyer wants to be: at trust `t` wrong results are accepted with a probability below `1/t`. 1 buys no check. */
  trust: number;
  /** How many tasks: 1 if nothing is said. */
  tasks?: number;
  /** The arguments that all tasks have in common. */
  arguments?: string[];
  /** What distinguishes the tasks: their numbers from 0 on, if nothing is said. */
  parameters?: Parameters;
  /** The most that one accepted task may cost, in units of TLK. What it costs now, if nothing is said. */
  maxPrice?: bigint;
  /** Whom the results are for; the buyer, if nothing is said. */
  beneficiary?: Account;
  /** In how many blocks from now the last task must be completed. About an hour, if nothing is said. */
  within?: number;
  /** Whether only workers of the pool may execute the tasks. */
  restricted?: boolean;
}

/** What a request would cost now, in units of TLK. */
export interface Quote extends Agreement {
  /** The request as it would be sent. */
  request: Required<Pick<Request, 'tasks' | 'maxPrice'>> & Request;
  /** The last block in which a task may be completed. */
  deadline: number;
  /** All that is needed: payment and deposit. The fee comes on top. */
  total: bigint;
  /** About what the transaction costs. */
  fee: bigint;
  /** The block that this was asked at. */
  block: BlockId;
}

/** A deal that was made. */
export interface DealMade {
  /** The deal. */
  deal: number;
  /** Whose workers execute. */
  pool: number;
  /** Who pays. */
  payer: Account;
  /** How many tasks. */
  tasks: number;
  /** Price of one accepted task, in units of TLK. */
  price: bigint;
  /** The block in which it was made. */
  block: BlockId;
  /** What became of the transaction. */
  receipt: Receipt;
}

/** The time that deals have where none is given, in milliseconds. */
const USUAL = 60 * 60 * 1000;
/** Blocks that may go by until a deal is made. */
const TO_BE_MADE = 5;
/** More than any price. */
const MAX_PRICE = 2n ** 128n - 1n;

const publicKey = AccountId();

/**
 * What a request would cost a buyer now. The answer is that of the chain’s own rule, which decides again when the request is sent.
 * Throws `Mismatch` where the chain would refuse the request.
 */
export function quote(talka: Talka, request: Request, buyer: Account): Promise<Quote> {
  return talka.atBest((block) => quoteAt(talka, request, buyer, block));
}

async function quoteAt(talka: Talka, request: Request, buyer: Account, block: BlockId): Promise<Quote> {
  const { apis, constants } = talka.api;
  const at = { at: block.hash };
  const { app, dataset, pool, category } = request;
  const [rules, codecs, rawApp, rawDataset, rawPool, sizes, standing, insiders] = await Promise.all([
    talka.rules(),
    getTypedCodecs(descriptors),
    apis.MarketApi.app(app, at),
    dataset === undefined ? undefined : apis.MarketApi.dataset(dataset, at),
    apis.MarketApi.pool(pool, at),
    apis.MarketApi.categories(at),
    apis.PocoApi.standing(pool, at),
    apis.PocoApi.insiders(pool, at),
  ]);
  const [maxDuration, grace, reveal, storage, slot] = await Promise.all([
    constants.Marketplace.MaxDuration(at),
    constants.Poco.CommitGrace(at),
    constants.Poco.RevealPeriod(at),
    constants.Marketplace.StoragePrice(at),
    constants.Babe.ExpectedBlockTime(at),
  ]);
  const size = sizes.find(({ id }) => id === category)?.item;
  if (!rawApp || !rawPool || !size || (dataset !== undefined && !rawDataset)) {
    const missing = !rawApp ? `app ${app}` : !rawPool ? `pool ${pool}` : !size ? `category ${category}` : `dataset ${dataset}`;
    throw new TalkaError(`there is no ${missing}`, 'look into the catalogue: it may have been withdrawn');
  }
  const { MarketApi, PocoApi } = codecs.apis;
  // The first byte says that there is something.
  const encodedApp = encode(MarketApi.app.value, rawApp).slice(1);
  const encodedSize = MarketApi.categories.value.enc([{ id: 0, item: size }]).slice(2);
  const periods = concat(u32(grace), u32(reveal));

  const least = await rules.leastDuration(concat(encodedApp, encodedSize, u32(request.trust), periods));
  const usual = Math.min(Math.max(Math.floor(USUAL / Number(slot)), 2 * (least + TO_BE_MADE)), maxDuration);
  const deadline = block.number + (request.within ?? usual);
  const terms = (maxPrice: bigint): Uint8Array =>
    concat(
      publicKey.enc(buyer),
      codecs.tx.Marketplace.request.enc({ order: write(request, maxPrice, deadline) }),
      encodedApp,
      encode(MarketApi.dataset.value, rawDataset),
      encode(MarketApi.pool.value, rawPool).slice(1),
      u128(standing.guaranteed),
      encodedSize,
      u32(block.number),
      u32(maxDuration),
      periods,
      codecs.constants.Marketplace.StoragePrice.enc(storage),
      PocoApi.insiders.value.enc(insiders)
    );
  const agreement = await rules.quote(terms(request.maxPrice ?? MAX_PRICE));
  const maxPrice = request.maxPrice ?? agreement.price;
  const fee = await talka.api.tx.Marketplace.request({ order: write(request, maxPrice, deadline) }).getEstimatedFees(buyer);
  const total = agreement.payment + agreement.deposit;
  const asked = { ...request, tasks: request.tasks ?? 1, maxPrice };
  return { ...agreement, request: asked, deadline, total, fee, block };
}

/**
 * Buys what was quoted: the deal is made at the prices of the quote or below, or not at all. A request is quoted first.
 * The money is held, and paid task by task.
 */
export async function buy(
  talka: Talka,
  what: Request | Quote,
  signer: PolkadotSigner,
  options: SendOptions = {}
): Promise<DealMade> {
  const { request, deadline } = 'request' in what ? what : await quote(talka, what, accountOf(signer));
  const call = talka.api.tx.Marketplace.request({ order: write(request, request.maxPrice, deadline) });
  return dealMade(await send(talka, call, signer, options));
}

/** What a transaction that makes a deal says of it. */
export function dealMade(receipt: Receipt): DealMade {
  const { deal, pool, payer, tasks, price } = told(receipt, 'Marketplace.DealMade');
  return { deal, pool, payer, tasks, price, block: receipt.block, receipt };
}

/** The types of codecs of what may be missing do not tell that they encode. */
const encode = <Value>(codec: unknown, value: Value): Uint8Array => (codec as Codec<Value>).enc(value);

const write = (request: Request, maxPrice: bigint, deadline: number): ChainRequest => ({
  app: request.app,
  dataset: request.dataset,
  pool: request.pool,
  category: request.category,
  trust: request.trust,
  tasks: request.tasks ?? 1,
  arguments: (request.arguments ?? []).map(bytes),
  parameters: writeParameters(request.parameters),
  max_price: maxPrice,
  beneficiary: request.beneficiary,
  deadline,
  restricted: request.restricted ?? false,
});

/** What distinguishes tasks, as the chain reads it. */
export function writeParameters(parameters: Parameters = { first: 0 }): ChainRequest['parameters'] {
  if ('items' in parameters) {
    return { type: 'List', value: { items: parameters.items.map(bytes) } };
  }
  if ('content' in parameters) {
    const { content, uris, first } = parameters;
    return { type: 'Lines', value: { content: hex(unhex(content)), uris: uris.map(bytes), first } };
  }
  return { type: 'Range', value: { first: BigInt(parameters.first) } };
}

/** What distinguishes tasks, as people read it. */
export function readParameters({ type, value }: ChainRequest['parameters']): Parameters {
  switch (type) {
    case 'Range':
      return { first: value.first };
    case 'List':
      return { items: value.items.map(text) };
    case 'Lines':
      return { content: value.content, uris: value.uris.map(text), first: value.first };
  }
}
