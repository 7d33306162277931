import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const sdk = fileURLToPath(new URL('../sdk', import.meta.url));

/** The server for development puts styles into the page, which its policy forbids. */
const loose: Plugin = {
  name: 'no-policy-in-development',
  apply: 'serve',
  transformIndexHtml: (html, { server }) =>
    server ? html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, '') : html,
};

// Addresses in the page are relative: it works in whatever folder a server has it.
export default defineConfig({
  base: './',
  plugins: [svelte(), loose],
  resolve: {
    alias: [
      { find: '@talka/sdk', replacement: `${sdk}/dist/index.js` },
      // Beside the page only the errors of the light client are needed: its code is in the worker.
      { find: /^smoldot$/, replacement: 'smoldot/no-auto-bytecode' },
    ],
    // The library has its own copies beside it: one is enough.
    dedupe: ['@polkadot-api/substrate-bindings', 'polkadot-api', 'rxjs'],
  },
  build: {
    target: 'es2022',
    // What is inlined would need more rights in the page's policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 4_000,
  },
  server: { fs: { allow: ['.', sdk] } },
});
