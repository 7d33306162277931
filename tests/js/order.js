// How an order is named and signed, in JavaScript. The same construction as `primitives/src/order.rs`:
//
//   id = blake2b-256("talka/order/1" ++ genesis hash ++ SCALE(Order))
//
// What SCALE makes of an order is known from the chain's metadata.

import { stringToU8a, u8aConcat, u8aToHex, u8aWrapBytes } from '@polkadot/util';
import { blake2AsU8a } from '@polkadot/util-crypto';

const ORDER = 'TalkaPrimitivesOrder';

/** An order's SCALE encoding. */
export const encode = (api, order) => api.createType(ORDER, order).toU8a();

/** What an order is known by on the chain with this genesis hash. */
export function orderId(api, order, genesis = api.genesisHash) {
  return blake2AsU8a(u8aConcat(stringToU8a('talka/order/1'), genesis, encode(api, order)), 256);
}

/** Signs an order: as a program, or as a wallet does it, which puts what it signs between `<Bytes>` and `</Bytes>`. */
export function signOrder(api, order, pair, form = 'wrapped') {
  const id = orderId(api, order);
  const signature = pair.sign(form === 'wrapped' ? u8aWrapBytes(id) : id);
  const kind = { sr25519: 'Sr25519', ed25519: 'Ed25519', ecdsa: 'Ecdsa' }[pair.type];
  const [[, content]] = Object.entries(order);
  return {
    Signed: {
      order: content,
      genesis: api.genesisHash,
      signature: { [form === 'wrapped' ? 'Wrapped' : 'Raw']: { [kind]: u8aToHex(signature) } },
    },
  };
}
