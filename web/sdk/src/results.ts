// Results: fetched over HTTP from those who serve them, and verified against the digest that the chain has accepted.

import type { Talka } from './client.js';
import { type Assurance, deal, outcome, type TaskId } from './deal.js';
import { TalkaError } from './errors.js';
import { type Blob, concat, type ExitStatus, type Listing, type Manifest, type Rules } from './rules.js';
import { workers } from './work.js';

/** How to fetch a result. */
export interface FetchOptions {
  /** Servers to ask first, as in `https://results.example`: what follows is added, `/blobs/` and a content id. */
  sources?: string[];
  /** Whether to ask the addresses that workers publish on the chain, too. Yes, if nothing is said. */
  published?: boolean;
  /** Whether addresses on the chain may begin with `http://`. Strangers wrote them: no, if nothing is said. */
  insecure?: boolean;
  /** How long a server may send nothing, in milliseconds: ten seconds, if nothing is said. */
  patience?: number;
  /** Gives up. */
  signal?: AbortSignal;
}

/** No manifest is larger. */
const MAX_MANIFEST = 4096;
const PATIENCE = 10_000;
const ALL_WORKERS = 100;

/** A verified result. Its files are fetched and verified when they are asked for. */
export class Result {
  /** What the chain knows it by. */
  readonly digest: string;
  /** What stands behind it; nothing, where it was fetched by its digest. */
  readonly assurance: Assurance | undefined;
  /** What the execution has produced. */
  readonly manifest: Manifest;
  /** What the app has left in `/out`. */
  readonly listing: Listing;
  readonly #servers: Servers;

  /** See {@link result}. */
  constructor(digest: string, assurance: Assurance | undefined, manifest: Manifest, listing: Listing, servers: Servers) {
    this.digest = digest;
    this.assurance = assurance;
    this.manifest = manifest;
    this.listing = listing;
    this.#servers = servers;
  }

  /** How the app ended. */
  get status(): ExitStatus {
    return this.manifest.status;
  }

  /** The paths of the files. */
  get paths(): string[] {
    return this.listing.files.map(({ path }) => path);
  }

  /** The bytes of a file. */
  async file(path: string): Promise<Uint8Array> {
    const found = this.listing.files.find((file) => file.path === path);
    if (!found) {
      throw new TalkaError(`the result has no file ${path}`, `it has ${this.paths.join(', ') || 'none'}`);
    }
    return this.#servers.get(found.blob);
  }

  /** What the app wrote to standard output. */
  async stdout(): Promise<Uint8Array> {
    return this.#servers.get(this.manifest.stdout);
  }

  /** The end of what the app wrote to standard error. */
  async stderr(): Promise<Uint8Array> {
    return this.#servers.get(this.manifest.stderr);
  }
}

/** Fetches and verifies the result of a task. Throws where the task has none, or where nobody serves it. */
export async function result(talka: Talka, task: TaskId, options: FetchOptions = {}): Promise<Result> {
  const found = await outcome(talka, task);
  if (found?.kind !== 'completed') {
    // Where the deal is forgotten, or there never was one, this says so.
    await deal(talka, task.deal);
    throw found
      ? new TalkaError(`task ${task.deal}.${task.index} has failed: ${found.reason}`, 'the money is back; buy it again')
      : new TalkaError(`task ${task.deal}.${task.index} has no result yet`, 'follow the deal until the task is settled');
  }
  const published = options.published === false ? [] : await addresses(talka, task.deal, options.insecure);
  const sources = [...new Set([...(options.sources ?? []), ...published])];
  return resultOf(await talka.rules(), found.digest, { ...options, sources }, found.assurance);
}

/** The same for a digest that is known from elsewhere, without a chain: `options.sources` are asked. */
export async function resultOf(rules: Rules, digest: string, options: FetchOptions, assurance?: Assurance): Promise<Result> {
  const servers = new Servers(rules, options);
  const encoded = await servers.fetch(digest, MAX_MANIFEST);
  const manifest = await rules.manifest(digest, encoded);
  const listing = await rules.listing(encoded, await servers.get(manifest.listing));
  return new Result(digest, assurance, manifest, listing, servers);
}

/** The HTTP addresses that the workers of a deal’s pool publish, those of workers that are online first. */
async function addresses(talka: Talka, id: number, insecure = false): Promise<string[]> {
  const { pool } = await deal(talka, id);
  const crew = (await workers(talka, pool.id, ALL_WORKERS)).sort((one, other) => Number(other.online) - Number(one.online));
  return crew.flatMap(({ peer }) => peer.split(/\s+/)).filter((address) => isServer(address, insecure));
}

/** Whether an address on the chain is one of a server that may be asked. Its path cannot be one that does something elsewhere. */
export function isServer(address: string, insecure: boolean): boolean {
  const url = URL.canParse(address) && new URL(address);
  const schemes = insecure ? ['https:', 'http:'] : ['https:'];
  return Boolean(url && schemes.includes(url.protocol) && !url.search && !url.hash && !url.username && !url.password);
}

/** Servers that are asked in turn. One that fails is asked last from then on. */
class Servers {
  readonly #rules: Rules;
  readonly #patience: number;
  readonly #signal: AbortSignal | undefined;
  #sources: string[];

  constructor(rules: Rules, { sources = [], patience = PATIENCE, signal }: FetchOptions) {
    this.#rules = rules;
    this.#patience = patience;
    this.#signal = signal;
    this.#sources = sources;
  }

  /** A blob whose size is known. */
  get({ size, content }: Blob): Promise<Uint8Array> {
    // Nothing is asked of anybody for no bytes.
    return size === 0 ? this.#rules.verified(content, new Uint8Array(0)) : this.fetch(content, size);
  }

  /** A blob of at most `limit` bytes. */
  async fetch(content: string, limit: number): Promise<Uint8Array> {
    const id = content.startsWith('0x') ? content.slice(2) : content;
    const failures: string[] = [];
    for (const source of [...this.#sources]) {
      try {
        return await this.#rules.verified(id, await this.#read(source, id, limit));
      } catch (error) {
        this.#signal?.throwIfAborted();
        failures.push(`${source}: ${error instanceof Error ? error.message : error}`);
        this.#sources = [...this.#sources.filter((other) => other !== source), source];
      }
    }
    const none = 'no worker publishes an HTTP address';
    throw new TalkaError(
      `nobody serves ${id} over HTTP: ${failures.join('; ') || none}`,
      'name a server in `sources`: a keeper or a store that runs with --http; or fetch it with `talka result get`'
    );
  }

  async #read(source: string, id: string, limit: number): Promise<Uint8Array> {
    const url = new URL(`blobs/${id}`, source.endsWith('/') ? source : `${source}/`);
    const silence = new AbortController();
    const stop = () => silence.abort(new Error(`it sends nothing for ${this.#patience / 1000} s`));
    let timer = setTimeout(stop, this.#patience);
    const giveUp = () => silence.abort(this.#signal?.reason);
    this.#signal?.addEventListener('abort', giveUp);
    try {
      const answer = await fetch(url, {
        signal: silence.signal,
        credentials: 'omit',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
      });
      if (!answer.ok || !answer.body) {
        await answer.body?.cancel();
        throw new Error(`it answers ${answer.status}`);
      }
      const parts: Uint8Array[] = [];
      let length = 0;
      const reader = answer.body.getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        clearTimeout(timer);
        timer = setTimeout(stop, this.#patience);
        length += piece.value.length;
        if (length > limit) {
          await reader.cancel();
          throw new Error(`it sends more than ${limit} bytes`);
        }
        parts.push(piece.value);
      }
      return concat(...parts);
    } finally {
      clearTimeout(timer);
      this.#signal?.removeEventListener('abort', giveUp);
      silence.abort();
    }
  }
}
