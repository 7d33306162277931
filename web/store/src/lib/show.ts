// How a file of a result is shown. Strangers wrote it: it is text, a table or a picture, and never a page.

import { readTable, type Table } from './table';

/** What can be shown of a file. */
export type Shown =
  | { kind: 'text'; text: string; cut: boolean }
  | { kind: 'table'; table: Table }
  | { kind: 'picture'; type: string }
  | { kind: 'empty' }
  | { kind: 'binary' };

/** Most letters that are shown. */
const MOST_TEXT = 100_000;

const PICTURES: [string, number[]][] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
];

/** What a file is, by its bytes; its name only says how a table is separated. */
export function show(path: string, bytes: Uint8Array): Shown {
  if (bytes.length === 0) {
    return { kind: 'empty' };
  }
  const picture = pictureType(bytes);
  if (picture) {
    return { kind: 'picture', type: picture };
  }
  let whole: string;
  try {
    whole = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { kind: 'binary' };
  }
  if (whole.includes('\u0000')) {
    return { kind: 'binary' };
  }
  const separator = /\.csv$/i.test(path) ? ',' : /\.(tsv|tab)$/i.test(path) ? '\t' : undefined;
  const table = separator && readTable(whole, separator);
  return table ? { kind: 'table', table } : { kind: 'text', text: whole.slice(0, MOST_TEXT), cut: whole.length > MOST_TEXT };
}

function pictureType(bytes: Uint8Array): string | undefined {
  const isWebp = ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 12) === 'WEBP';
  return isWebp ? 'image/webp' : PICTURES.find(([, start]) => start.every((byte, place) => bytes[place] === byte))?.[0];
}

const ascii = (bytes: Uint8Array, from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
