// What somebody does: signed, sent, and told.

import { type Talka, TalkaError } from '@talka/sdk';
import type { PolkadotSigner } from 'polkadot-api';
import { type Fault, fault } from '../lib/fault';
import { announce } from './announce.svelte';
import { connection } from './connection.svelte';
import { wallet } from './wallet.svelte';

/** One thing that can be done, and how it went the last time. */
export class Act {
  /** Whether it is under way. */
  isBusy = $state(false);
  /** Why it did not work. */
  fault = $state.raw<Fault>();
  /** What was done. */
  done = $state<string>();

  /** Does it. Gives what `work` gives, or nothing where it did not work. */
  async run<Made>(
    work: (talka: Talka, signer: PolkadotSigner) => Promise<Made>,
    done: (made: Made) => string
  ): Promise<Made | undefined> {
    if (this.isBusy) {
      return undefined;
    }
    this.isBusy = true;
    this.fault = undefined;
    this.done = undefined;
    try {
      const { talka, status } = connection;
      if (!talka || status !== 'ready') {
        throw new TalkaError('there is no connection to the chain', 'wait until it is back, or name another node');
      }
      if (!wallet.chosen) {
        throw new TalkaError('no account is chosen', 'choose one with “Account” at the top of the page');
      }
      const made = await work(talka, wallet.chosen.signer);
      this.done = done(made);
      announce(this.done);
      wallet.look().catch(() => {});
      return made;
    } catch (error) {
      this.fault = fault(error);
      return undefined;
    } finally {
      this.isBusy = false;
    }
  }
}
