// Wallets that inject themselves into pages: polkadot.js, Talisman, SubWallet, Nova.

import type { PolkadotSigner } from 'polkadot-api';
import { connectInjectedExtension, getInjectedExtensions, type InjectedPolkadotAccount } from 'polkadot-api/pjs-signer';
import type { Account } from './chain.js';
import { TalkaError } from './errors.js';

/** The kind of a key. */
export type KeyKind = 'Sr25519' | 'Ed25519' | 'Ecdsa';

/** An account of a wallet. */
export interface WalletAccount {
  /** Its address. */
  address: Account;
  /** What its owner calls it. */
  name: string | undefined;
  /** The kind of its key: what `signOrder` asks for. */
  key: KeyKind;
  /** Signs with it. The wallet asks its owner each time. */
  signer: PolkadotSigner;
}

/** A wallet that the owner has opened to this page. */
export interface Wallet {
  /** Its name, as in `talisman`. */
  name: string;
  /** The accounts that the owner has shared. */
  accounts(): WalletAccount[];
  /** Hears the accounts whenever they change. Gives what ends it. */
  onChange(hear: (accounts: WalletAccount[]) => void): () => void;
  /** Lets go of it. */
  close(): void;
}

/** The names of the wallets that are there. A wallet may come a moment after the page. */
export const wallets = (): string[] => (globalThis.window === undefined ? [] : getInjectedExtensions());

/** Asks the owner of a wallet to open it to this page, which calls itself `page`. */
export async function openWallet(name: string, page = 'Talka'): Promise<Wallet> {
  if (!wallets().includes(name)) {
    throw new TalkaError(`there is no wallet ${name}`, 'install it, or choose one that `wallets()` names');
  }
  const extension = await connectInjectedExtension(name, page);
  return {
    name,
    accounts: () => extension.getAccounts().map(read),
    onChange: (hear) => extension.subscribe((accounts) => hear(accounts.map(read))),
    close: () => extension.disconnect(),
  };
}

const KINDS = { sr25519: 'Sr25519', ed25519: 'Ed25519', ecdsa: 'Ecdsa' } as const;

const read = ({ address, name, type, polkadotSigner }: InjectedPolkadotAccount): WalletAccount => ({
  address,
  name,
  key: KINDS[type ?? 'sr25519'] ?? 'Sr25519',
  signer: polkadotSigner,
});
