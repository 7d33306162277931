// Serves the built page: node serve.js [PORT]. Any web server can do it as well: the page is the files in dist/.

import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};
const USUAL_PORT = 4930;

/** The files of the page, by path: what is not in it is not served. */
function filesOf(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    names.map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      return [`/${relative(folder, path).replaceAll('\\', '/')}`, { path, gzip: undefined }];
    })
  );
}

/** Serves a folder at a port of this machine, or at a free one. Gives the address, and how to stop. */
export async function serve(folder, port = 0) {
  const files = filesOf(folder);
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '/').split('?', 1);
    const name = path === '/' ? '/index.html' : path;
    const file = files.get(name);
    if (!file || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(file ? 405 : 404, { 'content-type': 'text/plain' }).end(file ? 'only GET\n' : 'there is no such file\n');
      return;
    }
    const headers = {
      'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
      // Names in assets/ have the hash of what is in them.
      'cache-control': name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    };
    if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
      response.writeHead(200, headers);
      createReadStream(file.path).pipe(response);
      return;
    }
    file.gzip ??= gzipSync(readFileSync(file.path));
    response.writeHead(200, { ...headers, 'content-encoding': 'gzip', 'content-length': file.gzip.length });
    response.end(request.method === 'HEAD' ? undefined : file.gzip);
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(undefined));
  });
  const { port: bound } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${bound}`, stop };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = join(import.meta.dirname, 'dist');
  if (!existsSync(join(folder, 'index.html'))) {
    console.error('error: the page is not built\nhint: scripts/page builds and serves it');
    process.exit(1);
  }
  try {
    const { url } = await serve(folder, Number(process.argv[2] ?? USUAL_PORT));
    console.log(`the page is at ${url}; stop with Ctrl-C`);
  } catch (error) {
    console.error(`error: the page cannot be served: ${error.message}\nhint: name a free port: scripts/page --port 4931`);
    process.exit(1);
  }
}
