// A static server for the tests: the built site under a sub-path, as a host would serve it, with
// single files replaced, missing or slow when a test wants it.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { createGzip } from 'node:zlib';

const types = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.mjs': 'text/javascript', '.js': 'text/javascript', '.json': 'application/json', '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml', '.wasm': 'application/wasm', '.jpg': 'image/jpeg', '.png': 'image/png', '.txt': 'text/plain; charset=utf-8', '.sqz': 'application/octet-stream',
});

/** @typedef {(response: import('node:http').ServerResponse, file: string) => boolean | void | Promise<boolean | void>} Special */

/**
 * @param {string} dir
 * @param {{base?: string, port?: number, cors?: boolean}} [options] base: the path under which the site lies; cors:
 *   pages of other origins may read it, as on a CDN
 */
export async function serve(dir, { base = '/deep/sub-path/', port = 0, cors = false } = {}) {
  /** Answers in place of files, by name; true: it has answered. @type {Map<string, Special>} */
  const special = new Map();
  /** @type {string[]} */ const requests = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(pathname);
    if (cors) response.setHeader('access-control-allow-origin', '*');
    const name = pathname.startsWith(base) ? pathname.slice(base.length) || 'index.html' : '';
    const file = path.join(dir, path.normalize(`/${name}`));
    if (await special.get(name)?.(response, file)) return;
    const found = name ? await stat(file).catch(() => null) : null;
    if (!found?.isFile()) {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<!doctype html><title>404</title><p>Not found</p>');
      return;
    }
    const headers = { 'content-type': types[path.extname(name)] ?? 'application/octet-stream', 'cache-control': 'no-cache' };
    if (/gzip/.test(String(request.headers['accept-encoding']))) {
      response.writeHead(200, { ...headers, 'content-encoding': 'gzip', vary: 'accept-encoding' });
      createReadStream(file).pipe(createGzip({ level: 6 })).pipe(response);
    } else {
      response.writeHead(200, headers);
      createReadStream(file).pipe(response);
    }
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  const { port: listens } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${listens}${base}`,
    origin: `http://127.0.0.1:${listens}`,
    port: listens,
    special,
    requests,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}
