// The encodings and trees of the sidechain, a second time: independent of the contracts, which are tested against what this
// makes.
import { secp256k1 } from "@noble/curves/secp256k1";
import { keccak_256 } from "@noble/hashes/sha3";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils";

export const hex = (bytes) => `0x${bytesToHex(bytes)}`;
export const bytes = (text) => hexToBytes(text.replace(/^0x/, ""));
export const text = utf8ToBytes;
export const concat = concatBytes;
export const keccak = keccak_256;
export const pair = (left, right) => keccak(concat(left, right));

/** A number of `width` bytes, the most significant first: as Solidity packs it. */
export function big(value, width) {
  return bytes(BigInt(value).toString(16).padStart(2 * width, "0"));
}

/** A number of `width` bytes, the least significant first: as SCALE encodes it. */
export function little(value, width) {
  return big(value, width).reverse();
}

/** A length as SCALE encodes it. */
export function compact(length) {
  if (length < 1 << 6) return little(length << 2, 1);
  if (length < 1 << 14) return little((length << 2) | 1, 2);
  return little(((length << 2) | 2) >>> 0, 4);
}

/** Text in 32 bytes, zeros behind it. */
export function tag(name) {
  const word = new Uint8Array(32);
  word.set(text(name));
  return word;
}

export function commitment({ mmrRoot, blockNumber, validatorSetId }) {
  const payload = concat(compact(1), text("mh"), compact(32), mmrRoot);
  return concat(payload, little(blockNumber, 4), little(validatorSetId, 8));
}

export function leaf({ parentNumber, parentHash, nextSet, outboxRoot }) {
  const set = concat(little(nextSet.id, 8), little(nextSet.length, 4), nextSet.root);
  return concat(little(0, 1), little(parentNumber, 4), parentHash, set, outboxRoot);
}

/** `binary_merkle_tree::merkle_root` over addresses. */
export function keysetRoot(addresses) {
  let row = addresses.map((address) => keccak(address));
  while (row.length > 1) {
    const next = [];
    for (let i = 0; i < row.length; i += 2) next.push(i + 1 < row.length ? pair(row[i], row[i + 1]) : row[i]);
    row = next;
  }
  return row[0];
}

/** Peaks of a Merkle mountain range from left to right, each with the rows below it. */
function mountains(leaves) {
  const result = [];
  for (let start = 0, left = leaves.length; left > 0; ) {
    const size = 2 ** Math.floor(Math.log2(left));
    const rows = [leaves.slice(start, start + size)];
    while (rows.at(-1).length > 1) {
      const row = rows.at(-1);
      rows.push(row.filter((_, i) => i % 2 === 0).map((node, i) => pair(node, row[2 * i + 1])));
    }
    result.push({ start, size, rows });
    start += size;
    left -= size;
  }
  return result;
}

const peakOf = ({ rows }) => rows.at(-1)[0];
const bag = (peaks) => peaks.reduceRight((bagged, peak) => (bagged ? pair(bagged, peak) : peak), undefined);

export function mmrRoot(leaves) {
  return bag(mountains(leaves).map(peakOf));
}

/** What `mmr_generateProof` answers for one leaf. */
export function mmrProof(leaves, index) {
  const all = mountains(leaves);
  const mine = all.findIndex(({ start, size }) => index >= start && index < start + size);
  const path = [];
  for (let row = 0, at = index - all[mine].start; row + 1 < all[mine].rows.length; row++, at >>= 1) {
    path.push(all[mine].rows[row][at ^ 1]);
  }
  const right = all.slice(mine + 1).map(peakOf);
  return [...all.slice(0, mine).map(peakOf), ...path, ...(right.length > 0 ? [bag(right)] : [])];
}

export function withdrawalLeaf(chainId, vault, { index, to, amount, tip }) {
  return keccak(
    concat(tag("talka/withdrawal/1"), big(chainId, 32), vault, big(index, 4), to, big(amount, 16), big(tip, 16)),
  );
}

export function resultLeaf(chainId, gateway, result) {
  const { index, callId, outcome, assurance, errorBound, digest, payloadHash } = result;
  const place = concat(tag("talka/result/1"), big(chainId, 32), gateway, big(index, 4), callId);
  return keccak(concat(place, big(outcome, 1), big(assurance, 1), big(errorBound, 4), digest, payloadHash));
}

const DEPTH = 32;

/** The outbox's root, and the proof of each leaf. */
export function outbox(leaves) {
  const proofs = leaves.map(() => []);
  let row = leaves;
  let empty = new Uint8Array(32);
  for (let level = 0; level < DEPTH; level++) {
    proofs.forEach((proof, index) => proof.push(row[(index >> level) ^ 1] ?? empty));
    const next = [];
    for (let i = 0; i < row.length; i += 2) next.push(pair(row[i], row[i + 1] ?? empty));
    row = next;
    empty = pair(empty, empty);
  }
  return { root: row[0] ?? empty, proofs };
}

export function depositsStart(chainId, vault) {
  return keccak(concat(tag("talka/deposits/1"), big(chainId, 32), vault));
}

export function depositLink(accumulator, { nonce, sender, to, amount, message }) {
  return keccak(concat(accumulator, big(nonce, 8), sender, to, big(amount, 16), keccak(message)));
}

export function callId(chainId, gateway, nonce) {
  return keccak(concat(tag("talka/call/1"), big(chainId, 32), gateway, big(nonce, 8)));
}

const scaleBytes = (value) => concat(compact(value.length), value);
const option = (value) => (value === null ? little(0, 1) : concat(little(1, 1), little(value, 4)));

export function order(requester, { app, dataset, pool, category, trust, arguments: list, parameter }) {
  return concat(
    little(1, 1),
    requester,
    little(app, 4),
    option(dataset),
    option(pool),
    little(category, 1),
    little(trust, 4),
    compact(list.length),
    ...list.map((argument) => scaleBytes(text(argument))),
    scaleBytes(text(parameter)),
  );
}

/** Keys of validators for tests, and their addresses. */
export function validator(number) {
  const secret = keccak(text(`talka test validator ${number}`));
  const address = keccak(secp256k1.getPublicKey(secret, false).slice(1)).slice(12);
  return { secret, address };
}

/** A signature as BEEFY makes it: r, s, and v that is 0 or 1. */
export function sign(secret, hash) {
  const signed = secp256k1.sign(hash, secret);
  return concat(signed.toBytes("compact"), little(signed.recovery, 1));
}
