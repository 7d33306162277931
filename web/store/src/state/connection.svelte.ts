// The connection to the chain: how it is made, what is known of it, and how it is made again.

import { type BlockId, connect, type Talka, TalkaError } from '@talka/sdk';
import type { JsonRpcProvider } from 'polkadot-api';
import { getWsProvider, type StatusChange, WsEvent } from 'polkadot-api/ws';
import { type Fault, fault } from '../lib/fault';
import { lightProvider } from './light';
import { keep, recall } from './storage';

/** The node that is asked where none was chosen. */
export const USUAL_NODE = 'ws://127.0.0.1:9944';

/** How the page reaches the chain. */
export type Way = { kind: 'node'; url: string } | { kind: 'light'; specification: string; name: string };

/** How the connection is. */
export type Status = 'connecting' | 'ready' | 'lost' | 'wrong' | 'failed';

/** How long nothing may be heard of a node, in milliseconds. */
const SILENCE = 20_000;
/** How long to wait before the next attempt, in milliseconds. */
const PAUSE = 3_000;
/** How often pages look again, in milliseconds. */
const PULSE = 1_500;
/** For how long the page says that the connection is back, in milliseconds. */
const BACK = 4_000;

/** A name for each chain that a node was found to belong to. */
const pinOf = (url: string): string => `chain.${url}`;

/** Chains on this machine come and go: no chain is expected there. */
const isHere = (url: string): boolean => /^wss?:\/\/(127\.|localhost\b|\[::1\])/.test(url);

class Connection {
  /** How it is. */
  status = $state<Status>('connecting');
  /** How the chain is reached. */
  way = $state.raw<Way>(storedWay());
  /** The chain, once it has answered. It stays when the connection is lost. */
  talka = $state.raw<Talka>();
  /** Why there is no connection. */
  problem = $state.raw<Fault>();
  /** The chain that answers in place of the one that is meant: its first block. */
  otherGenesis = $state<string>();
  /** The head. */
  best = $state.raw<BlockId>();
  /** The last final block. */
  final = $state.raw<BlockId>();
  /** Whether the chain is one for trying things out: well-known keys have money there. */
  isForTests = $state(false);
  /** What the chain calls itself. */
  name = $state('');
  /** Milliseconds between blocks. */
  slot = $state(2_000);
  /** Counts up when pages may look again. */
  pulse = $state(0);
  /** Whether the connection has just come back. */
  isBack = $state(false);
  #attempt = 0;
  #lastPulse = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Begins, or begins again with another way. */
  use(way: Way): void {
    keep('node', way.kind === 'node' ? way.url : undefined);
    this.#close();
    this.way = way;
    this.talka = undefined;
    this.best = undefined;
    this.final = undefined;
    this.#begin();
  }

  /** Tries again now. */
  retry(): void {
    this.use(this.way);
  }

  /** Takes the chain that answers for the one that is meant. */
  accept(): void {
    if (this.way.kind === 'node') {
      keep(pinOf(this.way.url), this.otherGenesis);
    }
    this.retry();
  }

  async #begin(): Promise<void> {
    const attempt = ++this.#attempt;
    const isCurrent = () => attempt === this.#attempt;
    this.status = 'connecting';
    this.problem = undefined;
    this.otherGenesis = undefined;
    let talka: Talka | undefined;
    try {
      const provider = await this.#provider(isCurrent);
      talka = await connect(provider, { patience: this.way.kind === 'light' ? 120_000 : 15_000 });
      if (!isCurrent()) {
        talka.close();
        return;
      }
      if (!this.#isExpected(talka.genesis)) {
        talka.close();
        return;
      }
      await this.#learn(talka);
      if (!isCurrent()) {
        talka.close();
        return;
      }
      this.talka = talka;
      this.status = 'ready';
      this.#listen(talka, isCurrent);
    } catch (error) {
      talka?.close();
      if (isCurrent()) {
        this.problem = fault(error);
        this.status = this.problem.message.includes('another kind') ? 'wrong' : 'failed';
        if (this.status === 'failed' && this.way.kind === 'node' && !/not the address/.test(this.problem.message)) {
          this.#timer = setTimeout(() => this.#begin(), PAUSE);
        }
      }
    }
  }

  async #provider(isCurrent: () => boolean): Promise<JsonRpcProvider> {
    if (this.way.kind === 'light') {
      return lightProvider(this.way.specification);
    }
    const { url } = this.way;
    if (!/^wss?:\/\/[^\s\\]+$/.test(url)) {
      throw new TalkaError(`not the address of a node: ${url}`, 'write it as ws://127.0.0.1:9944 or wss://HOST');
    }
    const onStatusChanged = (change: StatusChange) => {
      if (isCurrent()) {
        this.#hear(change);
      }
    };
    return getWsProvider(url, { heartbeatTimeout: SILENCE, onStatusChanged });
  }

  /** What the socket says after the first answer of the chain. */
  #hear({ type }: StatusChange): void {
    if (type === WsEvent.CONNECTED && this.status === 'lost') {
      this.#returned();
    } else if ((type === WsEvent.ERROR || type === WsEvent.CLOSE) && this.status === 'ready') {
      this.status = 'lost';
      this.isBack = false;
    }
  }

  /** The node is there again. It may belong to another chain now. */
  async #returned(): Promise<void> {
    const { talka } = this;
    const attempt = this.#attempt;
    if (!talka) {
      return;
    }
    try {
      const genesis = await talka.client._request<string>('chainSpec_v1_genesisHash', []);
      if (attempt !== this.#attempt) {
        return;
      }
      if (genesis !== talka.genesis) {
        this.#close();
        this.#refuse(genesis, talka.genesis);
        return;
      }
      this.status = 'ready';
      this.isBack = true;
      setTimeout(() => {
        this.isBack = false;
      }, BACK);
      this.#beat(true);
    } catch {
      // It is gone again: the next change says so.
    }
  }

  /** Whether a chain is the one that was met here before. */
  #isExpected(genesis: string): boolean {
    if (this.way.kind !== 'node') {
      return true;
    }
    const known = recall(pinOf(this.way.url));
    if (known === undefined || known === genesis) {
      if (!isHere(this.way.url)) {
        keep(pinOf(this.way.url), genesis);
      }
      return true;
    }
    this.#refuse(genesis, known);
    return false;
  }

  #refuse(genesis: string, known: string): void {
    this.otherGenesis = genesis;
    this.status = 'wrong';
    this.talka = undefined;
    this.problem = {
      message: 'The node belongs to another chain than before.',
      hint: `The chain that was met here begins with ${known}. Go on only if you know why it has changed.`,
      isForged: false,
    };
  }

  /** What does not change: and whether the chain has a market at all. */
  async #learn(talka: Talka): Promise<void> {
    let slot: bigint;
    try {
      slot = await talka.api.constants.Babe.ExpectedBlockTime();
      await talka.api.query.Marketplace.NextAppId.getValue({ at: 'best' });
    } catch (cause) {
      throw new TalkaError(
        'the node belongs to another kind of chain: it has no market of Talka, or one of another version',
        'name a node of a Talka chain, or use the page that belongs to this version of the chain',
        { cause }
      );
    }
    this.slot = Number(slot);
    const [name, type] = await Promise.all([
      talka.client.getChainSpecData().then(
        (data) => data.name,
        () => ''
      ),
      talka.client._request<string | object>('system_chainType', []).catch(() => 'Live'),
    ]);
    this.name = name;
    this.isForTests = type === 'Development' || type === 'Local';
  }

  #listen(talka: Talka, isCurrent: () => boolean): void {
    const isMine = () => isCurrent() && this.talka === talka;
    const broken = (error: unknown) => {
      if (isMine()) {
        this.problem = fault(error);
        this.status = 'lost';
        this.#timer = setTimeout(() => this.retry(), PAUSE);
      }
    };
    talka.client.bestBlocks$.subscribe({
      next: ([head]) => {
        if (isMine() && head) {
          this.best = { number: head.number, hash: head.hash };
          this.#beat(false);
        }
      },
      error: broken,
    });
    talka.client.finalizedBlock$.subscribe({
      next: ({ number, hash }) => {
        if (isMine()) {
          this.final = { number, hash };
        }
      },
      error: () => {},
    });
  }

  #beat(now: boolean): void {
    if (now || Date.now() - this.#lastPulse >= PULSE) {
      this.#lastPulse = Date.now();
      this.pulse++;
    }
  }

  #close(): void {
    this.#attempt++;
    clearTimeout(this.#timer);
    this.talka?.close();
  }
}

function storedWay(): Way {
  return { kind: 'node', url: recall('node') ?? USUAL_NODE };
}

/** The connection of the page. */
export const connection = new Connection();
