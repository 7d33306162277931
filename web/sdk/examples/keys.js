// Keys of development chains, as signers: `signer('Requester1')`. On other chains a wallet signs: see wallet.js.

import { sr25519CreateDerive } from '@polkadot-labs/hdkd';
import { DEV_MINI_SECRET } from '@polkadot-labs/hdkd-helpers';
import { getPolkadotSigner } from 'polkadot-api/signer';

const derive = sr25519CreateDerive(DEV_MINI_SECRET);

/** The signer of an account that a development chain has money for. */
export function signer(name) {
  const { publicKey, sign } = derive(`//${name}`);
  return getPolkadotSigner(publicKey, 'Sr25519', sign);
}
