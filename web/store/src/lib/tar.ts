// Archives of results: ustar (POSIX.1-1988), compressed by the browser itself.

/** A file of an archive. */
export interface Entry {
  /** Its path: at most 256 bytes, as paths of results are. */
  path: string;
  /** Its content. */
  bytes: Uint8Array;
}

const BLOCK = 512;
const utf8 = new TextEncoder();

/** An archive of some files. They get no owner and no time: the same results make the same archive. */
export function tar(entries: Entry[]): Uint8Array<ArrayBuffer> {
  const parts = entries.flatMap(({ path, bytes }) => [header(path, bytes.length), padded(bytes)]);
  // Two empty blocks are the end.
  return joined([...parts, new Uint8Array(2 * BLOCK)]);
}

/** Some bytes, compressed as gzip does. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Blob> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(stream).blob();
}

function header(path: string, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (text: string | Uint8Array, place: number) => block.set(typeof text === 'string' ? utf8.encode(text) : text, place);
  const [prefix, name] = split(utf8.encode(path));
  put(name, 0);
  put('0000644\u0000', 100);
  put('0000000\u0000', 108);
  put('0000000\u0000', 116);
  put(`${size.toString(8).padStart(11, '0')}\u0000`, 124);
  put('00000000000\u0000', 136);
  put('        ', 148);
  put('0', 156);
  put('ustar\u000000', 257);
  put(prefix, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
  return block;
}

/** A path of more than 100 bytes is divided at a slash: up to 155 bytes before it, up to 100 after it. */
function split(path: Uint8Array): [Uint8Array, Uint8Array] {
  if (path.length <= 100) {
    return [new Uint8Array(0), path];
  }
  for (let place = Math.max(path.length - 101, 0); place <= 155 && place < path.length; place++) {
    if (path[place] === 0x2f) {
      return [path.subarray(0, place), path.subarray(place + 1)];
    }
  }
  throw new RangeError('a path of the result is too long for an archive: download its files one by one');
}

const padded = (bytes: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
  whole.set(bytes);
  return whole;
};

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}
