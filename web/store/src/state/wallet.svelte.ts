// Who signs: an account of a wallet, or, on chains for trying things out, one whose key everybody knows.

import { type Account, type Funds, funds, openWallet, TalkaError, type Wallet, type WalletAccount, wallets } from '@talka/sdk';
import type { PolkadotSigner } from 'polkadot-api';
import { connection } from './connection.svelte';
import { developers } from './development';
import { keep, recall } from './storage';

/** An account that can sign. */
export interface Signing extends WalletAccount {
  /** The wallet, or `development`. */
  wallet: string;
}

/** The name under which development accounts are listed. */
export const DEVELOPMENT = 'development';

/** Wallets may come a moment after the page. */
const LATE = [0, 300, 1_500];

class Wallets {
  /** The names of the wallets that are there. */
  names = $state<string[]>([]);
  /** The accounts of the wallet that is open, or of development. */
  accounts = $state.raw<Signing[]>([]);
  /** Who signs. */
  chosen = $state.raw<Signing>();
  /** What the chosen account has. */
  funds = $state.raw<Funds>();
  #open: Wallet | undefined;

  /** Looks for wallets, and opens the one that was used last. */
  find(): void {
    for (const late of LATE) {
      setTimeout(() => {
        this.names = wallets();
        const last = recall('wallet');
        if (last && last !== DEVELOPMENT && this.names.includes(last) && !this.#open && !this.chosen) {
          // Its owner may have closed it to the page: then it is asked for again when it is needed.
          this.open(last).catch(() => {});
        }
      }, late);
    }
  }

  /** Opens a wallet to the page, as its owner allows. */
  async open(name: string): Promise<void> {
    const wallet = await openWallet(name, 'Talka store').catch((cause) => {
      throw cause instanceof TalkaError
        ? cause
        : new TalkaError(`the wallet ${name} does not open`, 'allow this page in the wallet, then try again', { cause });
    });
    this.#open?.close();
    this.#open = wallet;
    keep('wallet', name);
    const hear = (accounts: WalletAccount[]) => {
      this.accounts = accounts.map((account) => ({ ...account, wallet: name, signer: asking(account.signer) }));
      const last = recall('account');
      this.choose(this.accounts.find(({ address }) => address === last) ?? this.accounts[0]);
    };
    hear(wallet.accounts());
    wallet.onChange(hear);
    if (this.accounts.length === 0) {
      throw new TalkaError(`the wallet ${name} shares no account with this page`, 'make an account in the wallet, or share one');
    }
  }

  /** Lists the accounts of development. Their keys come only where they are wanted. */
  async develop(): Promise<void> {
    const accounts = await developers();
    this.#open?.close();
    this.#open = undefined;
    keep('wallet', DEVELOPMENT);
    this.accounts = accounts.map((account) => ({ ...account, wallet: DEVELOPMENT }));
    const last = recall('account');
    this.choose(this.accounts.find(({ address }) => address === last));
  }

  /** Brings back the accounts of development that were used last, once the chain is known to be for that. */
  async restore(): Promise<void> {
    if (connection.isForTests && recall('wallet') === DEVELOPMENT && this.accounts.length === 0) {
      await this.develop();
    } else if (!connection.isForTests && this.chosen?.wallet === DEVELOPMENT) {
      this.accounts = [];
      this.choose(undefined);
    }
  }

  /** Signs with this account from now on. */
  choose(account: Signing | undefined): void {
    this.chosen = account;
    this.funds = undefined;
    if (account) {
      keep('account', account.address);
    }
  }

  /** Asks what the chosen account has. */
  async look(): Promise<void> {
    const { talka } = connection;
    const account = this.chosen?.address;
    if (talka && account) {
      const has = await funds(talka, account);
      if (this.chosen?.address === account) {
        this.funds = has;
      }
    }
  }
}

/** A signer whose refusal is an error that says that nothing was sent. */
function asking(signer: PolkadotSigner): PolkadotSigner {
  const refuse = (cause: unknown): never => {
    const why = cause instanceof Error && cause.message ? ` (${cause.message})` : '';
    throw new TalkaError(
      `the wallet has not signed${why}`,
      'nothing was sent and nothing was paid; try it again when you want to sign',
      { cause }
    );
  };
  return {
    publicKey: signer.publicKey,
    signTx: (...call) => signer.signTx(...call).catch(refuse),
    signBytes: (data) => signer.signBytes(data).catch(refuse),
  };
}

/** An account’s name where it is one of ours. */
export function nameOf(address: Account): string | undefined {
  return wallet.accounts.find((account) => account.address === address)?.name;
}

/** The wallets of the page. */
export const wallet = new Wallets();
