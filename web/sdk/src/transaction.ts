// Transactions: signed, sent, and followed to their outcome.

import { decAnyMetadata, unifyMetadata } from '@polkadot-api/substrate-bindings';
import { AccountId, type PolkadotSigner, type Transaction, type TxEvent } from 'polkadot-api';
import type { Account } from './chain.js';
import type { BlockId, Talka } from './client.js';
import { OutcomeUnknown, Refused, TalkaError } from './errors.js';

/** How long to wait for a transaction. */
export interface SendOptions {
  /** For which block: a best block, which a fork may replace, or a final one. The best by default. */
  wait?: 'best' | 'final';
  /** Gives up waiting. The transaction is not taken back by it. */
  signal?: AbortSignal;
}

/** What happened in a block: the pallet, the event’s name, what it says. */
export interface ChainEvent {
  /** As in `Marketplace`. */
  pallet: string;
  /** As in `DealMade`. */
  name: string;
  /** Its fields, under the names that they have in the metadata. */
  // biome-ignore lint/suspicious/noExplicitAny: the metadata says what is in it.
  data: any;
}

/** What became of a transaction that had its effect. */
export interface Receipt {
  /** The block that includes it. */
  block: BlockId;
  /** Its hash. */
  hash: string;
  /** What it caused. */
  events: ChainEvent[];
  /** What it cost, in units of TLK. */
  fee: bigint;
}

type Found = Extract<TxEvent, { type: 'finalized' }> | Extract<TxEvent, { type: 'txBestBlocksState'; found: true }>;

const ss58 = AccountId();

/** The account of a signer. */
export const accountOf = (signer: PolkadotSigner): Account => ss58.dec(signer.publicKey);

/** Signs and sends a call, and waits for the block that includes it. Throws {@link Refused} where it breaks a rule of the chain. */
export async function send(talka: Talka, call: Transaction, signer: PolkadotSigner, options: SendOptions = {}): Promise<Receipt> {
  // Of the best block: there may be transactions of this account that are not final yet.
  const nonce = await talka.api.apis.AccountNonceApi.account_nonce(accountOf(signer), { at: 'best' });
  const { wait = 'best', signal } = options;
  let sent = false;
  const found = await new Promise<Found>((resolve, reject) => {
    signal?.throwIfAborted();
    const isAwaited = (event: TxEvent): event is Found =>
      event.type === 'finalized' || (wait === 'best' && event.type === 'txBestBlocksState' && event.found);
    const watching = call.signSubmitAndWatch(signer, { nonce }).subscribe({
      next: (event) => {
        sent ||= event.type === 'broadcasted';
        if (isAwaited(event)) {
          resolve(event);
          // Asynchronously: the first event may come before `watching` is there.
          queueMicrotask(() => watching.unsubscribe());
        }
      },
      error: (error) => reject(sent ? whatHappened(error) : notSent(error)),
    });
    signal?.addEventListener('abort', () => {
      watching.unsubscribe();
      reject(sent ? new OutcomeUnknown(signal.reason) : signal.reason);
    });
  });
  const block = { number: found.block.number, hash: found.block.hash };
  if (!found.ok) {
    throw await refusal(talka, found.dispatchError);
  }
  const events = found.events.map(({ type, value }) => ({ pallet: type, name: value.type, data: value.value }));
  const fee = find(events, 'TransactionPayment.TransactionFeePaid')?.actual_fee ?? 0n;
  return { block, hash: found.txHash, events, fee };
}

/** The data of the first event with a name, as in `Marketplace.DealMade`. */
export const find = (events: ChainEvent[], name: string): ChainEvent['data'] | undefined =>
  events.find((event) => `${event.pallet}.${event.name}` === name)?.data;

/** The same, of an event that a call that had its effect tells. */
export function told(receipt: Receipt, name: string): ChainEvent['data'] {
  const data = find(receipt.events, name);
  if (data === undefined) {
    throw new TalkaError(`the chain does not tell ${name}`, 'update this library: the chain is newer');
  }
  return data;
}

/** The node takes no transaction that is none now; PAPI tells what the runtime said. */
function notSent(error: unknown): unknown {
  const said =
    error instanceof Error && error.name === 'InvalidTxError' ? (error as Error & { error: Invalid }).error : undefined;
  if (said === undefined) {
    return error;
  }
  const reason = said.value?.type ?? said.type;
  const hint = HINTS[reason] ?? 'see what the runtime means by it in the documentation of TransactionValidityError';
  return new TalkaError(`the node does not take the transaction: ${reason}`, hint, { cause: error });
}

interface Invalid {
  type: string;
  value?: { type: string };
}

const HINTS: Record<string, string> = {
  Payment: 'the account has not enough TLK for the fee: send it some, or ask the faucet of a test network',
  Stale: 'send it again: another transaction of this account was faster',
  Future: 'wait for the transactions of this account that come first',
  AncientBirthBlock: 'sign it again: it is too old',
  BadProof: 'sign it with the key of the account; a wallet may need the chain’s new metadata',
};

/** After it was sent the node may have lost it, or have found it invalid. */
const whatHappened = (error: unknown): unknown =>
  error instanceof Error && error.name === 'InvalidTxError' ? notSent(error) : new OutcomeUnknown(error);

/** The rule that a call broke, with its documentation. */
async function refusal(talka: Talka, error: { type: string; value: unknown }): Promise<Refused> {
  if (error.type !== 'Module') {
    const inner = (error.value as { type?: string } | undefined)?.type;
    return new Refused(inner ? `${error.type}.${inner}` : error.type, '');
  }
  const { type: pallet, value } = error.value as { type: string; value: { type: string } };
  return new Refused(`${pallet}.${value.type}`, await documentationOf(talka, pallet, value.type));
}

/** What the chain’s metadata says of an error. */
async function documentationOf(talka: Talka, pallet: string, name: string): Promise<string> {
  const encoded = await talka.atBest(({ hash }) => talka.client.getMetadata(hash));
  const metadata = unifyMetadata(decAnyMetadata(encoded));
  const errors = metadata.pallets.find((each) => each.name === pallet)?.errors;
  const type = metadata.lookup.find(({ id }) => id === (typeof errors === 'number' ? errors : errors?.type));
  const variants = type?.def.tag === 'variant' ? type.def.value : [];
  return (
    variants
      .find((variant) => variant.name === name)
      ?.docs.join(' ')
      .trim() ?? ''
  );
}

/** What an account has, in units of TLK. */
export interface Funds {
  /** It can be spent. */
  free: bigint;
  /** It is held: bonds, payments for deals, guarantees, deposits. */
  held: bigint;
}

/** What an account has. */
export async function funds(talka: Talka, account: Account): Promise<Funds> {
  const { data } = await talka.api.query.System.Account.getValue(account, { at: 'best' });
  return { free: data.free, held: data.reserved };
}
