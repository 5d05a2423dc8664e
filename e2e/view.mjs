// What the tests of the page's views share.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {import('puppeteer-core').Page} Page */

export const root = fileURLToPath(new URL('../', import.meta.url));
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** Real pictures: ImageNet's where they are, else the page's samples. */
const imagenet = path.join(root, '../shared/imagenet200');
if (!existsSync(imagenet) && process.env.SQUEEZENET_NEED_SHARED === '1') throw new Error(`${imagenet} is missing`);
const from = existsSync(imagenet) ? imagenet : path.join(root, 'web/pictures');
export const pictures = readdirSync(from).filter((name) => /\.jpe?g$/i.test(name) && !/-small/.test(name)).sort().map((name) => path.join(from, name));

/** A folder for files, removed at the end of the process. */
export function folder() {
  const dir = mkdtempSync(path.join(tmpdir(), 'squeezenet-'));
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** n copies of real pictures under names of their own. @param {string} dir @param {number} n @param {string} [name] */
export function copies(dir, n, name = 'picture') {
  mkdirSync(dir, { recursive: true });
  return Array.from({ length: n }, (_, i) => {
    const to = path.join(dir, `${name} ${i}.jpg`);
    copyFileSync(pictures[i % pictures.length], to);
    return to;
  });
}

/**
 * Drops files on an element: bytes by name, names with slashes being in folders.
 * @param {Page} page @param {string} at @param {{name: string, bytes: Uint8Array}[]} files
 */
export const drop = (page, at, files) => page.evaluate((at, files) => {
  /** @type {any[]} */ const top = [];
  const folder = (/** @type {any[]} */ list, /** @type {string} */ name, /** @type {string} */ full) => {
    let found = list.find((e) => e.isDirectory && e.name === name);
    if (!found) {
      /** @type {any[]} */ const entries = [];
      list.push(found = {
        name, fullPath: full, isDirectory: true, isFile: false, entries,
        createReader() {
          let at = 0; // readers give some, then the rest, then none
          return { readEntries: (/** @type {any} */ give) => setTimeout(() => give(entries.slice(at, at += 3))) };
        },
      });
    }
    return found.entries;
  };
  for (const { name, data } of files) {
    const parts = name.split('/');
    const file = new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], String(parts.at(-1)), { type: /jpg$/.test(name) ? 'image/jpeg' : '' });
    let list = top;
    for (let i = 0; i + 1 < parts.length; i++) list = folder(list, parts[i], `/${parts.slice(0, i + 1).join('/')}`);
    list.push({ name: file.name, fullPath: `/${name}`, isDirectory: false, isFile: true, file: (/** @type {any} */ give) => setTimeout(() => give(file)), plain: file });
  }
  const items = top.map((entry) => ({ kind: 'file', webkitGetAsEntry: () => entry, getAsFile: () => entry.plain }));
  for (const type of ['dragover', 'drop']) {
    const event = new DragEvent(type, { bubbles: true, cancelable: true });
    Object.defineProperty(event, 'dataTransfer', { value: { items, files: top.map((e) => e.plain).filter(Boolean) } });
    document.querySelector(at)?.dispatchEvent(event);
  }
}, at, files.map(({ name, bytes }) => ({ name, data: Buffer.from(bytes).toString('base64') })));

/** Catches what the page saves, in place of a download. @param {Page} page */
export const catchSaved = (page) => page.evaluate(() => {
  const w = /** @type {any} */ (window);
  w.saved = [];
  const create = URL.createObjectURL;
  /** @type {any} */ let last;
  URL.createObjectURL = (blob) => create.call(URL, last = blob);
  HTMLAnchorElement.prototype.click = function () {
    if (this.download) w.saved.push({ name: this.download, blob: last });
  };
});

/** The last file that the page saved. @param {Page} page */
export async function saved(page) {
  await page.waitForFunction(() => /** @type {any} */ (window).saved.length > 0);
  const { name, data } = await page.evaluate(async () => {
    const { name, blob } = /** @type {any} */ (window).saved.pop();
    const bytes = new Uint8Array(await blob.arrayBuffer());
    let text = '';
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return { name, data: btoa(text) };
  });
  return { name, bytes: Buffer.from(data, 'base64') };
}

/**
 * Fails when a task of the page's thread takes more than 50 ms while something happens: of its processor's time, as what other
 * programs on the machine take from it is no fault of the page. Chromium's.
 * @param {Page} page @param {() => Promise<unknown>} work
 */
export async function noLongTask(page, work) {
  await page.tracing.start({ categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  await work();
  const { traceEvents } = JSON.parse(new TextDecoder().decode(await page.tracing.stop()));
  const started = traceEvents.find((/** @type {any} */ e) => e.name === 'TracingStartedInBrowser');
  const { processId } = started.args.data.frames.find((/** @type {any} */ f) => f.url.split('#')[0] === page.url().split('#')[0]);
  const thread = traceEvents.find((/** @type {any} */ e) => e.pid === processId && e.name === 'thread_name' && e.args.name === 'CrRendererMain');
  const events = traceEvents.filter((/** @type {any} */ e) => e.pid === processId && e.tid === thread.tid && e.ph === 'X');
  const tasks = events.filter((/** @type {any} */ e) => /RunTask$/.test(e.name));
  assert.ok(tasks.length > 50 && tasks.some((/** @type {any} */ e) => e.tdur > 2000), `${tasks.length} tasks were seen`);
  const long = tasks.filter((/** @type {any} */ e) => e.tdur > 50000).map((/** @type {any} */ task) => {
    const parts = events.filter((/** @type {any} */ e) => e.ts >= task.ts && e.ts + e.dur <= task.ts + task.dur && e.tdur > 10000 && !/RunTask$/.test(e.name));
    return `${Math.round(task.tdur / 1000)} ms: ${parts.map((/** @type {any} */ e) => `${e.name} ${e.args.data?.functionName ?? e.args.data?.type ?? ''} ${Math.round(e.tdur / 1000)}`).join(', ')}`;
  });
  assert.deepEqual(long, []);
}

/** @param {Page} page opened with setBypassCSP(true), for axe alone @param {string} state */
export async function accessible(page, state) {
  await new Promise((resolve) => setTimeout(resolve, 400)); // colours in transition are no fault
  await page.evaluate(axe);
  const faults = await page.evaluate(async () => (await /** @type {any} */ (window).axe.run()).violations
    .map((/** @type {any} */ v) => `${v.id}: ${v.help} ${v.nodes.map((/** @type {any} */ n) => n.html).join(' ')}`));
  assert.deepEqual(faults, [], state);
}

/** @param {Page} page */
export async function fits(page) {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scrolling');
}
