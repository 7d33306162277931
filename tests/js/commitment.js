// How a result is committed to, in JavaScript. The same construction as `primitives/src/commitment.rs`:
//
//   result_hash = blake2b-256("talka/result/1" ++ SCALE(task, digest))
//   seal        = blake2b-256("talka/seal/1"   ++ SCALE(worker, task, digest))
//
// A task is two little-endian 32-bit numbers, an account and a digest are 32 bytes as they are.

import { bnToU8a, stringToU8a, u8aConcat } from '@polkadot/util';
import { blake2AsU8a } from '@polkadot/util-crypto';

const number = (value) => bnToU8a(value, { bitLength: 32, isLe: true });
const encodeTask = ({ deal, index }) => u8aConcat(number(deal), number(index));

/** The commitment that is equal for equal results of one task. */
export function resultHash(task, digest) {
  return blake2AsU8a(u8aConcat(stringToU8a('talka/result/1'), encodeTask(task), digest), 256);
}

/** The commitment that only `worker` (32 bytes) can have made, and only who knows the digest. */
export function seal(worker, task, digest) {
  return blake2AsU8a(u8aConcat(stringToU8a('talka/seal/1'), worker, encodeTask(task), digest), 256);
}
