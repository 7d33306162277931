// The connection to a chain.

import { createClient, type JsonRpcProvider, type PolkadotClient } from 'polkadot-api';
import { getWsProvider } from 'polkadot-api/ws';
import { type Api, descriptors } from './chain.js';
import { TalkaError } from './errors.js';
import { loadRules, type Rules, type RulesSource } from './rules.js';

/** How to connect. */
export interface ConnectOptions {
  /** The chain that is meant: the hash of its first block. Without it, the chain is the one that the node names. */
  genesis?: string;
  /** Where the rules’ WebAssembly is, if it is not beside this library. */
  rules?: RulesSource;
  /** How long to wait for a node that answers, in milliseconds: fifteen seconds, if nothing is said. */
  patience?: number;
  /** The WebSocket class, where the platform has none: Node.js before 22. */
  WebSocket?: typeof WebSocket;
}

/** A block. */
export interface BlockId {
  /** Its height. */
  number: number;
  /** Its hash. */
  hash: string;
}

/** A connection to a chain. It is made again whenever it breaks; with several nodes the next one is asked then. */
export class Talka {
  /** The client of polkadot-api: all that this library does not cover. */
  readonly client: PolkadotClient;
  /** Queries, calls and events of the chain, typed. */
  readonly api: Api;
  /** The hash of the chain’s first block. */
  readonly genesis: string;
  readonly #rulesSource: RulesSource | undefined;
  #rules: Promise<Rules> | undefined;

  /** See {@link connect}. */
  constructor(client: PolkadotClient, genesis: string, rules?: RulesSource) {
    this.client = client;
    this.api = client.getTypedApi(descriptors);
    this.genesis = genesis;
    this.#rulesSource = rules;
  }

  /** The rules of the chain as WebAssembly, loaded when they are first needed. */
  rules(): Promise<Rules> {
    this.#rules ??= loadRules(this.#rulesSource).catch((error) => {
      this.#rules = undefined;
      throw error;
    });
    return this.#rules;
  }

  /** The head of the chain. A fork may still replace it. */
  async best(): Promise<BlockId> {
    const [best] = await this.client.getBestBlocks();
    const { hash, number } = best ?? (await this.client.getFinalizedBlock());
    return { hash, number };
  }

  /** Asks about the state at the head of the chain, in as many questions as it takes: the node keeps that state meanwhile. */
  async atBest<Answer>(ask: (block: BlockId) => Promise<Answer>): Promise<Answer> {
    const block = await this.best();
    const letGo = this.client.hodlBlock(block.hash);
    try {
      return await ask(block);
    } finally {
      letGo();
    }
  }

  /** The last block that cannot be replaced any more. */
  async final(): Promise<BlockId> {
    const { hash, number } = await this.client.getFinalizedBlock();
    return { hash, number };
  }

  /** Ends the connection, and all that goes on over it. */
  close(): void {
    this.client.destroy();
  }
}

/**
 * Connects to the first of some nodes that answers, as in `ws://127.0.0.1:9944`, or over a provider of polkadot-api, which a light
 * client is too.
 *
 * What a node says of the chain’s state is believed: name nodes that you trust, or use a light client.
 */
export async function connect(nodes: string | string[] | JsonRpcProvider, options: ConnectOptions = {}): Promise<Talka> {
  const client = createClient(typeof nodes === 'function' ? nodes : overWebSocket([nodes].flat(), options.WebSocket));
  try {
    // Both: a client that is closed before it knows a block goes on asking for one.
    const answer = Promise.all([client.getChainSpecData(), client.getFinalizedBlock()]);
    const [{ genesisHash }] = await within(answer, options.patience ?? PATIENCE);
    if (options.genesis !== undefined && options.genesis.toLowerCase() !== genesisHash.toLowerCase()) {
      throw new TalkaError(
        `the node belongs to another chain: its genesis is ${genesisHash}`,
        `connect to a node of the chain with the genesis ${options.genesis}`
      );
    }
    return new Talka(client, genesisHash, options.rules);
  } catch (error) {
    client.destroy();
    throw error;
  }
}

/** How long to wait for a node that answers, in milliseconds. */
const PATIENCE = 15_000;

/** The answer, or an error where it does not come in time. */
function within<Answer>(answer: Promise<Answer>, patience: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const late = () =>
      reject(new TalkaError(`no node answers within ${patience / 1000} s`, 'see whether it runs, and at which address'));
    const timer = setTimeout(late, patience);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function overWebSocket(urls: string[], chosen?: typeof WebSocket): JsonRpcProvider {
  for (const url of urls) {
    if (!/^wss?:\/\/[^\s\\]+$/.test(url)) {
      throw new TalkaError(`not the address of a node: ${url}`, 'write it as ws://127.0.0.1:9944 or wss://HOST');
    }
  }
  const websocketClass = chosen ?? globalThis.WebSocket;
  if (urls.length === 0 || websocketClass === undefined) {
    throw urls.length === 0
      ? new TalkaError('no node is named', 'name one, as in ws://127.0.0.1:9944')
      : new TalkaError('this platform has no WebSocket', 'use Node.js 22, or pass the class of the package ws as WebSocket');
  }
  return getWsProvider(urls, { websocketClass });
}
