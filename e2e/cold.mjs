// Prints how long a first visit takes: from navigation to the first answer on the real page, nothing
// cached, a picture dropped as soon as the page can take it, on a local server that compresses.
//
//	node e2e/cold.mjs [ROUNDS]
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { launch } from './browsers.mjs';
import { cat } from './pictures.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const rounds = Number(process.argv[2] ?? 7);
const scratch = mkdtempSync(path.join(os.tmpdir(), 'cold-'));
execFileSync('go', ['build', '-o', `${scratch}/squeezenet`, './cmd/squeezenet'], { cwd: root });
const server = spawn(`${scratch}/squeezenet`, ['serve', '-addr', '127.0.0.1:0', `${root}dist`], { stdio: ['ignore', 'pipe', 'pipe'] });
const url = await new Promise((resolve) => {
  const find = (/** @type {Buffer} */ text) => {
    const match = /http:\/\/\S+/.exec(String(text));
    if (match) resolve(match[0]);
  };
  server.stdout.on('data', find);
  server.stderr.on('data', find);
});

const browser = await launch('chromium');
/** @type {Record<string, number[]>} */ const all = {};
for (let i = -1; i < rounds; i++) { // in the first, the server has yet to compress its files
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.evaluateOnNewDocument((data) => {
    addEventListener('DOMContentLoaded', () => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], 'cat.jpg', { type: 'image/jpeg' }));
      const give = (/** @type {string} */ name) => document.body.dispatchEvent(new DragEvent(name, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      const drop = () => void (give('dragover') ? setTimeout(drop) : give('drop')); // the page takes it: it forbids the browser to
      drop();
      const watch = new MutationObserver(() => {
        if (!document.getElementById('classes')?.hidden) {
          performance.mark('first answer');
          watch.disconnect();
        }
      });
      watch.observe(document.body, { subtree: true, attributes: true });
    });
  }, Buffer.from(cat).toString('base64'));
  await page.goto(url);
  await page.waitForFunction(() => performance.getEntriesByName('first answer').length > 0, { timeout: 30000 });
  const marks = await page.evaluate(() => {
    const files = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'));
    const end = (/** @type {string} */ name) => files.find((r) => r.name.endsWith(`/${name}`))?.responseEnd ?? NaN;
    return {
      'page parsed': /** @type {PerformanceNavigationTiming} */ (performance.getEntriesByType('navigation')[0]).domInteractive,
      'squeezenet.mjs there': end('squeezenet.mjs'),
      'squeezenet.wasm there': end('squeezenet.wasm'),
      'model there': end('squeezenet1_1.sqz'),
      ...Object.fromEntries(performance.getEntriesByType('mark').map((m) => [m.name, m.startTime])),
    };
  });
  if (i >= 0) for (const [name, ms] of Object.entries(marks)) (all[name] ??= []).push(ms);
  await context.close();
}
await browser.close();
server.kill();
rmSync(scratch, { recursive: true });
for (const [name, list] of Object.entries(all)) {
  list.sort((a, b) => a - b);
  console.log(`${name.padEnd(24)} median ${Math.round(list[list.length >> 1])} ms, ${Math.round(list[0])} to ${Math.round(list[list.length - 1])} ms after navigation began`);
}
