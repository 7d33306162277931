// The rules of the chain, compiled from `primitives` to WebAssembly: `web/rules`. Nothing of them is written a second time here.
//
// Each call has an instance of its own, with a memory that goes with it: so calls do not know of each other, and a large blob
// leaves nothing behind. An input and an output are bytes; the crate’s head says which.

import { hex, unhex } from './chain.js';
import { TalkaError, Unverified } from './errors.js';

/** The WebAssembly: its bytes, a compiled module, where it is, or how to get it. */
export type RulesSource = URL | string | BufferSource | WebAssembly.Module;

/** Size and hash of some content. */
export interface Blob {
  /** Its bytes. */
  size: number;
  /** BLAKE3-256 of them, as hexadecimal digits. */
  content: string;
}

/** How an app ended. */
export type ExitStatus = { Exited: number } | { Trapped: string } | 'OutOfFuel';

/** What an execution produced. */
export interface Manifest {
  /** The number of the sandbox. */
  abi: number;
  /** How the app ended. */
  status: ExitStatus;
  /** Fuel used. */
  fuelUsed: bigint;
  /** Memory used, in bytes. */
  memoryUsed: bigint;
  /** What lists the files. */
  listing: Blob;
  /** The file for a contract, where the app wrote one: its bytes, and Keccak-256 of them as hexadecimal digits. */
  callback: { size: number; keccak: string } | undefined;
  /** Standard output. */
  stdout: Blob;
  /** The end of standard error. */
  stderr: Blob;
}

/** What an app has left in `/out`. */
export interface Listing {
  /** Files, sorted by path. */
  files: { path: string; blob: Blob }[];
  /** Directories with nothing in them. */
  emptyDirectories: string[];
}

/** What a deal at published prices would be, in units of TLK. */
export interface Agreement {
  /** Price of one accepted task: app, dataset and pool together. */
  price: bigint;
  /** What an audit of one task costs; nothing is paid where there is none. */
  auditPrice: bigint;
  /** What is held for all tasks: their price and that of their audits. */
  payment: bigint;
  /** What is held beside it, until the chain forgets the deal. */
  deposit: bigint;
  /** What a worker locks for each task. */
  workerStake: bigint;
  /** What stands behind the results. */
  assurance: string;
}

type Exports = {
  memory: WebAssembly.Memory;
  talka_alloc(length: number): number;
  talka_abi(): number;
} & Record<RuleName, (input: number, length: number) => bigint>;

type RuleName =
  | 'talka_content_id'
  | 'talka_manifest'
  | 'talka_listing'
  | 'talka_order_id'
  | 'talka_quote'
  | 'talka_least_duration'
  | 'talka_new_workers'
  | 'talka_error_bound';

/** What the first byte of an output says. */
const REFUSED = 1;

/** The rules. Get them from `talka.rules()`, or from {@link loadRules} without a chain. */
export class Rules {
  readonly #module: WebAssembly.Module;

  /** See {@link loadRules}. */
  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** The number of the sandbox whose results can be read. */
  async abi(): Promise<number> {
    return (await this.#instance()).talka_abi();
  }

  /** What a blob is known by: BLAKE3-256, as hexadecimal digits. */
  async contentId(blob: Uint8Array): Promise<string> {
    return plain(await this.#call('talka_content_id', blob));
  }

  /** A blob that somebody served, if it is what was asked for. Throws {@link Unverified} otherwise. */
  async verified(content: string, blob: Uint8Array): Promise<Uint8Array> {
    const is = await this.contentId(blob);
    if (is !== plain(unhex(content))) {
      throw new Unverified(`${blob.length} bytes were served as ${content}, and are ${is}`);
    }
    return blob;
  }

  /** The manifest with this digest. Throws {@link Unverified} where it has another one, or where no execution can have produced it. */
  async manifest(digest: string, encoded: Uint8Array): Promise<Manifest> {
    const told = json(await this.#call('talka_manifest', concat(unhex(digest), encoded)));
    const { fuel_used, memory_used, callback, ...rest } = told;
    return { ...rest, callback: callback ?? undefined, fuelUsed: BigInt(fuel_used), memoryUsed: BigInt(memory_used) };
  }

  /** The listing that a manifest names. Throws {@link Unverified} where it is another one, or does not fit the manifest. */
  async listing(manifest: Uint8Array, encoded: Uint8Array): Promise<Listing> {
    const { files, empty_directories } = json(await this.#call('talka_listing', concat(u32(manifest.length), manifest, encoded)));
    return { files, emptyDirectories: empty_directories };
  }

  /** What an order is known by on a chain, and what its signer signs. `order` is its SCALE encoding. */
  async orderId(genesis: string, order: Uint8Array): Promise<Uint8Array> {
    return this.#call('talka_order_id', concat(unhex(genesis), order));
  }

  /** The deal that a request becomes at published prices, as the chain would make it. `terms` is the SCALE encoding of all that decides. */
  async quote(terms: Uint8Array): Promise<Agreement> {
    const told = json(await this.#call('talka_quote', terms));
    return {
      price: BigInt(told.price),
      auditPrice: BigInt(told.audit_price),
      payment: BigInt(told.payment),
      deposit: BigInt(told.deposit),
      workerStake: BigInt(told.worker_stake),
      assurance: told.assurance,
    };
  }

  /** The least number of blocks to a deadline. `terms` is the SCALE encoding of all that decides. */
  async leastDuration(terms: Uint8Array): Promise<number> {
    return number(await this.#call('talka_least_duration', terms));
  }

  /** How many workers without merit have to agree on a result, for it to be accepted at this trust. */
  async newWorkers(trust: number): Promise<number> {
    return number(await this.#call('talka_new_workers', u32(trust)));
  }

  /**
   * The part of the results that is wrong at most, with a confidence of 95 %, where so many audits found an error or came to no end, of
   * so many.
   */
  async errorBound(found: bigint, audits: bigint): Promise<number> {
    return number(await this.#call('talka_error_bound', concat(u64(found), u64(audits)))) / 1e6;
  }

  async #instance(): Promise<Exports> {
    return (await WebAssembly.instantiate(this.#module)).exports as Exports;
  }

  async #call(rule: RuleName, input: Uint8Array): Promise<Uint8Array> {
    const instance = await this.#instance();
    const place = instance.talka_alloc(input.length);
    // Only now: the memory may have grown, which makes another buffer.
    new Uint8Array(instance.memory.buffer, place, input.length).set(input);
    const packed = BigInt.asUintN(64, instance[rule](place, input.length));
    const output = new Uint8Array(instance.memory.buffer, Number(packed & 0xffff_ffffn), Number(packed >> 32n)).slice();
    const content = output.subarray(1);
    if (output[0] === REFUSED) {
      throw refused(rule, new TextDecoder().decode(content));
    }
    return content;
  }
}

/** Why there is no answer. */
function refused(rule: RuleName, why: string): TalkaError {
  if (rule === 'talka_manifest' || rule === 'talka_listing') {
    return new Unverified(why);
  }
  // The names of the chain's errors have no spaces.
  const isName = rule === 'talka_quote' && /^\w+$/.test(why);
  return isName ? new Mismatch(why) : new TalkaError(why, 'update this library: the chain is of another version');
}

/** A request that the chain would refuse, found before it is sent. */
export class Mismatch extends TalkaError {
  /** The rule, as in `Marketplace.PriceOverLimit`. */
  readonly rule: string;

  constructor(name: string) {
    super(
      `the chain would refuse the request: ${name}`,
      `the error ${name} of the marketplace says what to do: change the request`
    );
    this.name = 'Mismatch';
    this.rule = `Marketplace.${name}`;
  }
}

/** Loads the rules from where they are: by default from the file beside this library. */
export async function loadRules(source: RulesSource = new URL('../wasm/talka_rules.wasm', import.meta.url)): Promise<Rules> {
  if (source instanceof WebAssembly.Module) {
    return new Rules(source);
  }
  const bytes = typeof source === 'string' || source instanceof URL ? await read(source) : source;
  return new Rules(await WebAssembly.compile(bytes));
}

async function read(place: string | URL): Promise<BufferSource> {
  const url = place.toString();
  try {
    if (url.startsWith('file:')) {
      // Bundlers for browsers leave this to the platform: there are no such addresses there.
      const files = 'node:fs/promises';
      const { readFile } = await import(/* @vite-ignore */ files);
      return await readFile(new URL(url));
    }
    const answer = await fetch(url);
    if (!answer.ok) {
      throw new Error(`the server answers ${answer.status}`);
    }
    return await answer.arrayBuffer();
  } catch (cause) {
    throw new TalkaError(
      `cannot read the rules at ${url}`,
      'build them (scripts/rules), or say where they are: `rules` of connect()',
      {
        cause,
      }
    );
  }
}

/** The number in an answer. */
const number = (answer: Uint8Array): number => new DataView(answer.buffer, answer.byteOffset).getUint32(0, true);

const plain = (bytes: Uint8Array): string => hex(bytes).slice(2);

// biome-ignore lint/suspicious/noExplicitAny: the crate says what is in it.
const json = (bytes: Uint8Array): any => JSON.parse(new TextDecoder().decode(bytes));

/** A number as SCALE writes it: four bytes, the lowest first. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** A number as SCALE writes it: eight bytes, the lowest first. */
export function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

/** A number as SCALE writes it: sixteen bytes, the lowest first. */
export function u128(value: bigint): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt.asUintN(64, value), true);
  view.setBigUint64(8, value >> 64n, true);
  return bytes;
}

/** Some bytes after each other. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}
