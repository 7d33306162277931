// A wallet that injects itself into the page, as extensions do. It signs bytes as they do: between <Bytes> and </Bytes>.

import { accountOf } from '../dist/index.js';
import { signer } from '../examples/keys.js';

const key = signer('Provider');

// What a page has, as far as wallets need it.
Object.assign(globalThis, {
  window: {
    injectedWeb3: {
      'test-wallet': {
        enable: async () => ({
          accounts: {
            get: async () => [{ address: accountOf(key), name: 'Provider', type: 'sr25519' }],
            subscribe: (hear) => {
              hear([{ address: accountOf(key), name: 'Provider', type: 'sr25519' }]);
              return () => {};
            },
          },
          signer: {
            signPayload: () => Promise.reject(new Error('only bytes are signed here')),
            signRaw: async ({ data }) => {
              const signature = await key.signBytes(Buffer.from(data.slice(2), 'hex'));
              return { id: 0, signature: `0x${Buffer.from(signature).toString('hex')}` };
            },
          },
        }),
      },
    },
  },
});
