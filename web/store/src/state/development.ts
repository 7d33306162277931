// Accounts whose keys everybody knows, on chains for trying things out. They come only where they are wanted.

import { accountOf, type WalletAccount } from '@talka/sdk';

/** Who has money on development chains. */
const NAMES = ['Alice', 'Bob', 'Charlie', 'Requester1', 'Requester2', 'Provider', 'Operator', 'Worker1', 'Worker2', 'Worker3'];

/** The accounts that development chains have money for. */
export async function developers(): Promise<WalletAccount[]> {
  const [{ sr25519CreateDerive }, { DEV_MINI_SECRET }, { getPolkadotSigner }] = await Promise.all([
    import('@polkadot-labs/hdkd'),
    import('@polkadot-labs/hdkd-helpers'),
    import('polkadot-api/signer'),
  ]);
  const derive = sr25519CreateDerive(DEV_MINI_SECRET);
  return NAMES.map((name) => {
    const { publicKey, sign } = derive(`//${name}`);
    const signer = getPolkadotSigner(publicKey, 'Sr25519', sign);
    return { address: accountOf(signer), name, key: 'Sr25519', signer };
  });
}
