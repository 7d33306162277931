// What sellers publish: apps, datasets, pools, and their prices.

import type { PolkadotSigner } from 'polkadot-api';
import { type Policy, type Runtime, type Topic, writePolicy } from './catalogue.js';
import { bytes, type ChainApp, hex, unhex } from './chain.js';
import type { Talka } from './client.js';
import { type Receipt, type SendOptions, send, told } from './transaction.js';

/** A dataset to be published. */
export interface NewDataset {
  /** Its name, at most 64 bytes. */
  name: string;
  /** What it is, in at most 512 bytes. */
  description: string;
  /** Its shelf. */
  topic: Topic;
  /** BLAKE3-256 of the blob: see `Rules.contentId`. */
  content: string;
  /** Where the blob can be got: at most 4 places of at most 256 bytes. */
  uris: string[];
  /** What a pool must offer, one bit each; nothing, if it is not said. */
  tags?: bigint;
  /** Price of one accepted task, in units of TLK; none where it is to be sold by order only. */
  price?: bigint;
}

/** An app to be published. */
export interface NewApp extends NewDataset {
  /** The sandbox it is made for. */
  runtime: Runtime;
}

/** A pool to be founded. */
export interface NewPool {
  /** What distinguishes it, in at most 512 bytes. */
  description: string;
  /** Its terms for workers. */
  policy: Policy;
  /** What it offers, one bit each; nothing, if it is not said. */
  tags?: bigint;
  /** It sells nothing with which more than this would be held of its operator as guarantees, in units of TLK. */
  guaranteeLimit: bigint;
}

/** Publishes an app. Gives its number. A deposit is held of the signer while it is published. */
export async function publishApp(talka: Talka, app: NewApp, signer: PolkadotSigner, options?: SendOptions): Promise<number> {
  const { runtime } = app;
  const kind = runtime.kind === 'Wasm' ? { type: 'Wasm', value: { abi: runtime.abi } } : { type: 'Oci', value: undefined };
  const call = talka.api.tx.Marketplace.publish_app({ ...asset(app), runtime: kind as ChainApp['runtime'] });
  return told(await send(talka, call, signer, options), 'Marketplace.AppPublished').app;
}

/** Publishes a dataset. Gives its number. A deposit is held of the signer while it is published. */
export async function publishDataset(
  talka: Talka,
  dataset: NewDataset,
  signer: PolkadotSigner,
  options?: SendOptions
): Promise<number> {
  const call = talka.api.tx.Marketplace.publish_dataset(asset(dataset));
  return told(await send(talka, call, signer, options), 'Marketplace.DatasetPublished').dataset;
}

/** Founds a pool. Gives its number. It serves no size of task until it has a price for it. */
export async function publishPool(talka: Talka, pool: NewPool, signer: PolkadotSigner, options?: SendOptions): Promise<number> {
  const call = talka.api.tx.Marketplace.publish_pool({
    description: bytes(pool.description),
    policy: writePolicy(pool.policy),
    tags: pool.tags ?? 0n,
    guarantee_limit: pool.guaranteeLimit,
  });
  return told(await send(talka, call, signer, options), 'Marketplace.PoolPublished').pool;
}

/** Has a pool serve a size of task at a price in units of TLK, or no more. Deals already made keep theirs. */
export function setPoolPrice(
  talka: Talka,
  pool: number,
  category: number,
  price: bigint | undefined,
  signer: PolkadotSigner,
  options?: SendOptions
): Promise<Receipt> {
  return send(talka, talka.api.tx.Marketplace.set_pool_price({ pool, category, price }), signer, options);
}

/** Changes the price of an app, in units of TLK, or sells it by order only. Deals already made keep theirs. */
export function setAppPrice(
  talka: Talka,
  app: number,
  price: bigint | undefined,
  signer: PolkadotSigner,
  options?: SendOptions
): Promise<Receipt> {
  return send(talka, talka.api.tx.Marketplace.set_app_price({ app, price }), signer, options);
}

/** Changes the price of a dataset, in units of TLK, or sells it by order only. Deals already made keep theirs. */
export function setDatasetPrice(
  talka: Talka,
  dataset: number,
  price: bigint | undefined,
  signer: PolkadotSigner,
  options?: SendOptions
): Promise<Receipt> {
  return send(talka, talka.api.tx.Marketplace.set_dataset_price({ dataset, price }), signer, options);
}

/** Takes an app off the chain for good and gives its deposit back, once all tasks that need it have ended. */
export const withdrawApp = (talka: Talka, app: number, signer: PolkadotSigner, options?: SendOptions): Promise<Receipt> =>
  send(talka, talka.api.tx.Marketplace.withdraw_app({ app }), signer, options);

/** Takes a dataset off the chain for good and gives its deposit back, once all tasks that need it have ended. */
export const withdrawDataset = (talka: Talka, dataset: number, signer: PolkadotSigner, options?: SendOptions): Promise<Receipt> =>
  send(talka, talka.api.tx.Marketplace.withdraw_dataset({ dataset }), signer, options);

const asset = ({ name, description, topic, content, uris, tags, price }: NewDataset) => ({
  name: bytes(name),
  description: bytes(description),
  topic: { type: topic, value: undefined } as ChainApp['topic'],
  content: hex(unhex(content)),
  uris: uris.map(bytes),
  tags: tags ?? 0n,
  price,
});
