// How numbers, accounts and times are shown.

import { formatTlk } from '@talka/sdk';

/** Digits in groups of three, with the narrow space that separates them in every language. */
const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, '\u202f');

/** An amount in TLK with at most so many decimals, without needless zeros. What is not shown is not nothing: `0.0001…`. */
export function tlk(units: bigint, decimals = 4): string {
  const [whole = '', fraction = ''] = formatTlk(units).split('.');
  const [sign, digits] = whole.startsWith('-') ? ['\u2212', whole.slice(1)] : ['', whole];
  const shown = fraction.slice(0, decimals);
  const kept = shown.replace(/0+$/, '');
  const isCut = /[1-9]/.test(fraction.slice(decimals));
  // Of whole amounts the rest is left out; of less than one it is said that there is something.
  const isWhole = decimals === 0 && digits !== '0';
  const tail = isCut && !isWhole ? `.${shown}…` : kept && `.${kept}`;
  return `${sign}${grouped(digits)}${tail}`;
}

/** An amount that is needed, or about: not less than it is, with four decimals. */
export function roundedUp(units: bigint): bigint {
  const step = 100_000n;
  return ((units + step - 1n) / step) * step;
}

/** A whole number, in groups of three. */
export const count = (value: number | bigint): string => grouped(value.toString());

/** How many of something: `1 task`, `2 tasks`. */
export const many = (value: number | bigint, one: string, more = `${one}s`): string =>
  `${count(value)} ${BigInt(value) === 1n ? one : more}`;

/** The beginning and the end of an address or a hash. */
export function short(text: string, head = 6, tail = 4): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

/** A span of time in plain words, rounded. */
export function span(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  const units: [number, string][] = [
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ];
  for (const [size, name] of units) {
    if (seconds >= size * 1.5 || size === 1) {
      return many(Math.max(Math.round(seconds / size), 0), name);
    }
  }
  return '';
}

/** A size in bytes, in units of 1024. */
export function bytes(size: number | bigint): string {
  let value = Number(size);
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (value < 1024 || unit === 'GiB') {
      return `${unit === 'B' || value >= 100 ? Math.round(value) : value.toFixed(1)}\u00a0${unit}`;
    }
    value /= 1024;
  }
  return '';
}

/** An upper bound, with two digits and never less than it is: a bound that is rounded down is none. */
export function bound(part: number): string {
  if (part >= 1) {
    return '1';
  }
  const unit = 10 ** (Math.floor(Math.log10(part)) - 1);
  const units = Math.ceil(part / unit - 1e-9);
  const value = units * unit;
  return value >= 0.001 ? String(Number(value.toPrecision(2))) : value.toExponential(1);
}

/** A part of a whole, as `12 %`. */
export const percent = (part: number): string => `${Math.round(part * 100)}\u00a0%`;

/** The hint of an error begins with a small letter, as in `talka`: here it is a sentence. */
export const sentence = (text: string): string => {
  const said = text.trim();
  const begun = said.charAt(0).toLocaleUpperCase() + said.slice(1);
  return said === '' || /[.!?…]$/.test(said) ? begun : `${begun}.`;
};
