// Errors as people read them: what is wrong, and what to do.

import { Mismatch, Refused, TalkaError, Unverified } from '@talka/sdk';
import { sentence } from './format';

/** An error that is shown. */
export interface Fault {
  /** What is wrong. */
  message: string;
  /** What to do. */
  hint: string;
  /** Whether somebody served what is not the result. */
  isForged: boolean;
}

/** Rules of the chain that a form can break, in the form's own words. */
const RULES: Record<string, { message: string; hint: string }> = {
  'Marketplace.PriceOverLimit': {
    message: 'A task costs more than your limit.',
    hint: 'Raise the limit, or choose a cheaper pool.',
  },
  'Marketplace.DeadlineTooSoon': {
    message: 'The deadline is too soon.',
    hint: 'A task of this size and trust needs more time: choose a later deadline.',
  },
  'Marketplace.DeadlineTooFar': { message: 'The deadline is too late.', hint: 'Choose an earlier one.' },
  'Marketplace.InvalidTrust': { message: 'There is no such trust.', hint: 'Choose a number between 1 and a million.' },
  'Marketplace.TooFewParameters': {
    message: 'There are fewer parameters than tasks.',
    hint: 'Give each task a line of its own.',
  },
  'Marketplace.NotText': { message: 'An argument has characters that are no text.', hint: 'Remove control characters from it.' },
  'Marketplace.CategoryNotServed': {
    message: 'The pool does not serve this size of task.',
    hint: 'Choose another size, or another pool.',
  },
  'Marketplace.NotForSale': {
    message: 'Something of it has no published price.',
    hint: 'Choose another app or dataset: without a price it is sold by order only.',
  },
  'Marketplace.TooManyTasks': { message: 'These are more tasks than a deal can have.', hint: 'Divide them into several deals.' },
  'Marketplace.TagMissing': {
    message: 'The pool does not offer what the app or the dataset needs.',
    hint: 'Choose another pool.',
  },
  'Marketplace.PriceTooLow': { message: 'The pool does not work for so little.', hint: 'Raise the limit of the price.' },
  'Marketplace.TrustOutOfReach': {
    message: 'The pool’s workers together do not reach this trust.',
    hint: 'Choose a lower trust or a larger pool, or do not restrict the deal.',
  },
  'Marketplace.GuaranteeOverLimit': {
    message: 'The pool does not sell so much at once.',
    hint: 'Buy fewer tasks, or choose another pool.',
  },
};

/** What is wrong, and what to do. */
export function fault(error: unknown): Fault {
  if (error instanceof Mismatch || error instanceof Refused) {
    const known = RULES[error.rule];
    return known
      ? { ...known, isForged: false }
      : { message: sentence(error.message), hint: sentence(error.hint), isForged: false };
  }
  if (error instanceof TalkaError) {
    const isForged = error instanceof Unverified || / were served as .* and are /.test(error.message);
    return { message: sentence(error.message), hint: sentence(error.hint), isForged };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    message: sentence(message || 'Something went wrong'),
    hint: 'Try it again; reload the page if it stays so.',
    isForged: false,
  };
}
