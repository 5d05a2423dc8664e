// The local server: every file from memory, gzip where it helps, and its own count of the bytes sent.
import { createServer } from 'node:http';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css',
  '.wasm': 'application/wasm', '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg',
  '.webmanifest': 'application/manifest+json',
};
const PACKED = new Set(['.png', '.jpg', '.webp', '.gz']);

export class Server {
  #files = new Map();
  #server;
  /** Bodies sent since the last reset(): [{path, bytes}], bytes as encoded. */
  sent = [];

  /** Offers one file's content under a URL path. */
  add(url, content) {
    const raw = Buffer.from(content);
    const packed = PACKED.has(extname(url)) ? raw : gzipSync(raw, { level: 9 });
    this.#files.set(url, packed.length < raw.length ? { body: packed, gzip: true } : { body: raw, gzip: false });
  }

  /** Offers a folder's files, recursively, under a URL prefix that ends with "/". */
  addFolder(prefix, folder, keep = () => true) {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) this.addFolder(`${prefix}${name}/`, path, keep);
      else if (keep(name)) this.add(prefix + name, readFileSync(path));
    }
  }

  /** Starts on a free port. Pages under /isolated/ may use threads and fine timers; what they load may be shared. */
  async listen() {
    this.#server = createServer((req, res) => {
      const url = new URL(req.url, 'http://localhost').pathname;
      const path = url.startsWith('/isolated/') ? url.slice('/isolated'.length) : url;
      const file = this.#files.get(path) ?? this.#files.get(path + 'index.html');
      const headers = {
        'Cross-Origin-Opener-Policy': url.startsWith('/isolated/') ? 'same-origin' : 'unsafe-none',
        'Cross-Origin-Embedder-Policy': url.startsWith('/isolated/') || /\.m?js$/.test(path) ? 'require-corp' : 'unsafe-none',
        'Cross-Origin-Resource-Policy': 'same-origin',
      };
      if (!file) {
        if (path !== '/favicon.ico') this.sent.push({ path, bytes: 0, missing: true });
        res.writeHead(404, headers).end();
        return;
      }
      this.sent.push({ path, bytes: file.body.length });
      res.writeHead(200, {
        ...headers,
        'Content-Type': TYPES[extname(path) || '.html'] ?? 'application/octet-stream',
        'Content-Length': file.body.length,
        'Cache-Control': 'public, max-age=3600',
        ...(file.gzip && { 'Content-Encoding': 'gzip' }),
      }).end(file.body);
    });
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
