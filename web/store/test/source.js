// The page's own modules, as its build reads them: what needs no browser is tested without one.

import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Gives how to load a module of `src/`, and how to stop. */
export async function source() {
  const server = await createServer({
    root,
    logLevel: 'error',
    server: { middlewareMode: true, ws: false, watch: null },
    appType: 'custom',
  });
  return { load: (path) => server.ssrLoadModule(`/src/${path}`), stop: () => server.close() };
}
