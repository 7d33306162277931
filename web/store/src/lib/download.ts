// What the page gives to keep: archives of results that it has verified.

import type { Result } from '@talka/sdk';
import { type Entry, gzip, tar } from './tar';

/** Largest sum of bytes that the page puts into one archive: it is all in the memory of the browser. */
const MOST_BYTES = 512 * 1024 * 1024;

/** The files of a result as entries below a folder: what the app has left in `files`, and what it has said. */
export async function entriesOf(result: Result, folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  let sum = result.manifest.stdout.size + result.manifest.stderr.size;
  for (const { path, blob } of result.listing.files) {
    sum += blob.size;
    if (sum > MOST_BYTES) {
      throw new RangeError('the result is too large for one archive in a browser: use `talka result get`');
    }
    entries.push({ path: `${folder}/files/${path}`, bytes: await result.file(path) });
  }
  entries.push({ path: `${folder}/stdout`, bytes: await result.stdout() });
  entries.push({ path: `${folder}/stderr`, bytes: await result.stderr() });
  return entries;
}

/** Has the browser keep an archive of some files. */
export async function keepArchive(entries: Entry[], name: string): Promise<void> {
  keepBlob(await gzip(tar(entries)), `${name}.tar.gz`);
}

/** Has the browser keep some bytes as a file. */
export function keepBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
