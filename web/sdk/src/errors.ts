// What can go wrong, and what to do about it.

/** An error of this library: it says what is wrong, and what to do next. */
export class TalkaError extends Error {
  /** What to do next. */
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TalkaError';
    this.hint = hint;
  }
}

/** A call broke a rule of the chain. It changed nothing, and its fee was paid. */
export class Refused extends TalkaError {
  /** The rule, as in `Marketplace.PriceOverLimit`. */
  readonly rule: string;

  constructor(rule: string, documentation: string) {
    super(`the chain refuses it: ${rule}`, documentation || 'read what the call asks for in the chain’s metadata');
    this.name = 'Refused';
    this.rule = rule;
  }
}

/** It is not known what became of a transaction: it may still have its effect. */
export class OutcomeUnknown extends TalkaError {
  constructor(cause: unknown) {
    super(
      'it is not known what became of the transaction',
      'look at the chain before you send it again: it may have had its effect',
      { cause }
    );
    this.name = 'OutcomeUnknown';
  }
}

/** Data that somebody served is not what the chain has accepted. */
export class Unverified extends TalkaError {
  constructor(why: string) {
    super(why, 'ask another source: what this one serves is not the result');
    this.name = 'Unverified';
  }
}
