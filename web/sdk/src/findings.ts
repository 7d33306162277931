// What audits have found: how wrong results can be.

import type { Talka } from './client.js';
import type { Assurance } from './deal.js';

/** How many results, and what they were worth together. */
export interface Sum {
  /** How many. */
  count: bigint;
  /** Their values together, in units of TLK. */
  value: bigint;
}

/** What was counted. */
export interface Counts {
  /** Results that were accepted. */
  accepted: Sum;
  /** Audits of results that one worker gave alone. */
  audited: Sum;
  /** Those of these audits that found the result wrong. */
  wrong: Sum;
  /** Those of these audits that came to no end. */
  undecided: Sum;
}

/** What audits have found in results of one size of task, with the same behind them. */
export interface Findings {
  /** The size of task. */
  category: number;
  /** What stands behind the results. */
  assurance: Assurance;
  /** Results at a price of at least the floor of the size. */
  priced: Counts;
  /** Results at a lower price: they are no part of the bound. */
  cheap: Counts;
  /**
   * The published bound: with a confidence of 95 %, no larger a part is wrong of the results that one worker gave alone. Nothing where none
   * of them was audited.
   */
  errorBound: number | undefined;
}

/** What audits have found, for each size of task and each assurance. The bound is computed here, by the chain's own rule. */
export async function findings(talka: Talka): Promise<Findings[]> {
  const found = await talka.api.apis.AuditApi.findings({ at: 'best' });
  return Promise.all(
    found.map(async ({ kind: { category, assurance }, findings: { priced, cheap } }) => {
      const { audited, wrong, undecided } = priced;
      const bound =
        audited.count > 0n ? (await talka.rules()).errorBound(wrong.count + undecided.count, audited.count) : undefined;
      return { category, assurance: assurance.type, priced, cheap, errorBound: await bound };
    })
  );
}
