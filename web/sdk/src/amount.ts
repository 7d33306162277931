// Amounts of TLK as people write them. The chain counts in units, of which a TLK has 10⁹.

import { TalkaError } from './errors.js';

/** Decimals of TLK. */
export const DECIMALS = 9;

const UNITS = 10n ** BigInt(DECIMALS);
const MOST = 2n ** 128n - 1n;

/** Units of an amount that is written in TLK, as in `28` or `0.5`. */
export function parseTlk(written: string): bigint {
  const parts = /^(\d+)(?:\.(\d+))?$/.exec(written.trim());
  const [, whole, fraction = ''] = parts ?? [];
  if (whole === undefined || fraction.length > DECIMALS) {
    throw new TalkaError(`not an amount of TLK: ${written}`, `write it as 28 or 0.5, with at most ${DECIMALS} decimals`);
  }
  const units = BigInt(whole) * UNITS + BigInt(fraction.padEnd(DECIMALS, '0'));
  if (units > MOST) {
    throw new TalkaError(`more TLK than there can be: ${written}`, 'write a smaller amount');
  }
  return units;
}

/** An amount of units in TLK, without needless zeros. */
export function formatTlk(units: bigint): string {
  const positive = units < 0n ? -units : units;
  const fraction = (positive % UNITS).toString().padStart(DECIMALS, '0').replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${positive / UNITS}${fraction && `.${fraction}`}`;
}
