// A wallet for tests, as extensions are: it injects itself into the page, and signs outside of it with a key of the development chain.

import { sr25519CreateDerive } from '@polkadot-labs/hdkd';
import { blake2b256, DEV_MINI_SECRET, ss58Address } from '@polkadot-labs/hdkd-helpers';

/** The name under which it is listed. */
export const WALLET = 'test-wallet';

const SR25519 = 1;
const LONG = 256;
const derive = sr25519CreateDerive(DEV_MINI_SECRET);
const fromHex = (digits) => Uint8Array.from(Buffer.from(digits.replace(/^0x/, ''), 'hex'));
const toHex = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;

/** A wallet with the account of a name. `refuses` says whether its owner declines to sign. */
export function makeWallet(name) {
  const { publicKey, sign } = derive(`//${name}`);
  const address = ss58Address(publicKey);
  const wallet = { address, refuses: false, asked: 0 };
  const consent = () => {
    wallet.asked++;
    if (wallet.refuses) {
      throw new Error('Cancelled');
    }
  };

  /** Installs it into pages of a context. */
  const install = async (context) => {
    await context.exposeFunction('talkaSignPayload', (payload) => {
      consent();
      const bytes = encode(payload);
      const signature = sign(bytes.length > LONG ? blake2b256(bytes) : bytes);
      return toHex(Uint8Array.of(SR25519, ...signature));
    });
    await context.exposeFunction('talkaSignRaw', ({ data }) => {
      consent();
      return toHex(sign(fromHex(data)));
    });
    await context.addInitScript(inject, { wallet: WALLET, account: { address, name, type: 'sr25519' } });
  };
  return Object.assign(wallet, { install });
}

/** Runs in the page. */
function inject({ wallet, account }) {
  const page = /** @type {any} */ (window);
  const sign = (how) => async (what) => ({ id: 0, signature: await page[how](what) });
  const signer = { signPayload: sign('talkaSignPayload'), signRaw: sign('talkaSignRaw') };
  const accounts = {
    get: async () => [account],
    subscribe: (hear) => {
      hear([account]);
      return () => {};
    },
  };
  page.injectedWeb3 = { [wallet]: { version: '1', enable: async () => ({ accounts, signer }) } };
}

/** What is signed: the call, what the extensions say, and what they imply. */
function encode({ method, signedExtensions, ...payload }) {
  const number = (hex, length) => fromHex(hex.slice(2).padStart(2 * length, '0')).reverse();
  const parts = {
    CheckMortality: [fromHex(payload.era), fromHex(payload.blockHash)],
    CheckNonce: [compact(BigInt(payload.nonce)), []],
    ChargeTransactionPayment: [compact(BigInt(payload.tip)), []],
    CheckMetadataHash: [[payload.mode ?? 0], payload.metadataHash ? [1, ...fromHex(payload.metadataHash)] : [0]],
    CheckSpecVersion: [[], number(payload.specVersion, 4)],
    CheckTxVersion: [[], number(payload.transactionVersion, 4)],
    CheckGenesis: [[], fromHex(payload.genesisHash)],
  };
  const each = signedExtensions.map((name) => parts[name] ?? [[], []]);
  return Uint8Array.from([
    ...fromHex(method),
    ...each.flatMap(([said]) => [...said]),
    ...each.flatMap(([, implied]) => [...implied]),
  ]);
}

/** A number as SCALE writes it where small ones are frequent. */
function compact(value) {
  const little = (length) => Array.from({ length }, (_, place) => Number((value >> BigInt(8 * place)) & 0xffn));
  if (value < 1n << 6n) {
    return [Number(value << 2n)];
  }
  if (value < 1n << 30n) {
    const mode = value < 1n << 14n ? 1n : 2n;
    value = (value << 2n) | mode;
    return little(mode === 1n ? 2 : 4);
  }
  const length = Math.ceil(value.toString(16).length / 2);
  return [((length - 4) << 2) | 3, ...little(length)];
}
