// The site kept in the browser: without its server, through updates whole and broken, in several tabs.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch } from './browsers.mjs';
import { serve } from './server.mjs';

/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {Awaited<ReturnType<typeof serve>>} Site */

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const manifest = JSON.parse(readFileSync(`${dist}/manifest.json`, 'utf8'));
const texts = Object.keys(manifest.files).filter((name) => /\.(mjs|css|js|html)$/.test(name));

/** A new version of the site: every text ends in another line. The rest is unchanged. */
function newVersion() {
  const dir = mkdtempSync(path.join(tmpdir(), 'squeezenet-'));
  cpSync(dist, dir, { recursive: true });
  const next = structuredClone(manifest);
  for (const name of texts) {
    const mark = /html$/.test(name) ? '<!-- new -->' : '/* new */';
    const text = Buffer.concat([readFileSync(`${dist}/${name}`), Buffer.from(`\n${mark}\n`)]);
    writeFileSync(`${dir}/${name}`, text);
    next.files[name] = { bytes: text.length, sha256: createHash('sha256').update(text).digest('base64') };
  }
  next.version = 'fedcba9876543210';
  writeFileSync(`${dir}/manifest.json`, JSON.stringify(next));
  const worker = readFileSync(`${dist}/sw.js`, 'utf8');
  assert.equal(worker.split(manifest.version).length, 2, 'sw.js holds the version once');
  writeFileSync(`${dir}/sw.js`, worker.replace(manifest.version, next.version));
  return dir;
}

/** @param {Page} page @param {string} state @returns {Promise<string>} what the page says of it */
async function state(page, state) {
  await page.waitForFunction((state) => document.getElementById('kept')?.dataset.state === state, { timeout: 60000, polling: 100 }, state);
  return page.$eval('#kept', (e) => /** @type {HTMLElement} */ (e).innerText);
}

/** The version of every text as this page gets it: 'old', 'new', or both where they are mixed. @param {Page} page */
const versions = (page) => page.evaluate(async (names) => {
  const found = new Set();
  for (const name of names) found.add(/new (-->|\*\/)\n$/.test(await (await fetch(name)).text()) ? 'new' : 'old');
  found.add([...document.childNodes].some((node) => node.nodeType === Node.COMMENT_NODE) ? 'new' : 'old'); // the page itself
  return [...found].sort().join(' and ');
}, texts);

/** Takes a sample picture, and gives its likeliest class. @param {Page} page */
async function classifyCat(page) {
  await page.waitForSelector('[data-picture=cat]');
  await page.$eval('[data-picture=cat]', (e) => /** @type {HTMLElement} */ (e).click());
  await page.waitForFunction(() => document.querySelector('#classes:not([hidden]):not(.old) .name'), { timeout: 30000, polling: 100 });
  return page.$eval('#classes .name', (e) => /** @type {HTMLElement} */ (e).innerText);
}

/** @param {Page} page */
const cacheNames = (page) => page.evaluate(() => caches.keys());

for (const name of /** @type {const} */ (['chromium', 'firefox'])) {
  describe(name, { timeout: 300000 }, () => {
    /** @type {Awaited<ReturnType<typeof launch>>} */ let browser;
    /** @type {string} */ let next;
    /** @type {Site} */ let site;
    before(async () => {
      browser = await launch(name);
      next = newVersion();
    });
    after(async () => {
      await browser?.close();
      await site?.close();
      rmSync(next, { recursive: true, force: true });
    });

    /** @param {string} [url] */
    async function open(url = site.url) {
      const page = await browser.newPage();
      await page.goto(url);
      return page;
    }

    /** A page on a site of its own (another port, so another origin), kept. */
    async function first() {
      site = await serve(dist);
      const page = await open();
      assert.match(await state(page, 'ready'), /without a connection/);
      return page;
    }

    /** The same address, with the new version. */
    async function update() {
      const { port } = site;
      await site.close();
      site = await serve(next, { port });
    }

    /** Opens every view. @param {Page} page */
    async function everyView(page) {
      const views = await page.$$eval('nav a[href^="#"]', (links) => links.map((a) => String(a.getAttribute('href'))));
      assert.equal(views.length, 5);
      for (const view of views) {
        await page.evaluate((view) => void (location.hash = view), view);
        await page.waitForFunction((id) => document.getElementById(id)?.hidden === false, { timeout: 20000, polling: 100 }, `view-${view.slice(1)}`);
      }
      await page.evaluate(() => void (location.hash = 'picture'));
    }

    /** @param {Page} page */
    async function fullWeights(page) {
      await page.$eval('#about', (e) => /** @type {HTMLDetailsElement} */ (e).open = true);
      await page.select('#precision', 'float32');
      await page.waitForFunction(() => /float32/.test(document.getElementById('facts')?.innerText ?? ''), { timeout: 60000, polling: 100 });
    }

    test('once it is kept no server is needed, not even for what the first visit did not open yet', async () => {
      const page = await first();
      await site.close();
      assert.match(await classifyCat(page), /cat|tabby/);
      await page.waitForFunction(() => document.getElementById('requests')?.innerText === '0', { timeout: 10000, polling: 100 });
      await everyView(page);
      await fullWeights(page); // another worker, another file
      await page.goto(`${site.url}?lang=zh`);
      assert.match(await state(page, 'ready'), /没有网络/);
      assert.match(await classifyCat(page), /猫/);
      await page.close();
    });

    test('after the first visit no server is needed', async () => {
      const page = await first();
      const asked = (/** @type {string} */ file) => site.requests.filter((p) => p.endsWith(`/${file}`)).length;
      assert.deepEqual([asked('squeezenet1_1-f32.sqz'), asked('squeezenet.wasm')], [1, 2], 'by the page, and to keep it');
      // a second visit asks for nothing but whether there is a new version
      site.requests.length = 0;
      await page.goto(`${site.url}?lang=en`);
      await state(page, 'ready');
      await classifyCat(page);
      assert.deepEqual(site.requests.filter((p) => !p.endsWith('/sw.js')), [], 'requests at the second visit');

      await site.close();
      await page.reload();
      await state(page, 'ready');
      assert.match(await classifyCat(page), /cat|tabby/);
      await fullWeights(page);
      await page.waitForSelector('#check:enabled');
      await page.$eval('#check', (e) => /** @type {HTMLElement} */ (e).click());
      await page.waitForFunction(() => /Every bit is right/.test(document.getElementById('checked')?.innerText ?? ''), { timeout: 60000, polling: 100 });
      await everyView(page);
      await page.close();
    });

    /** What goes wrong in an update. @type {[string, (site: Site) => void][]} */
    const broken = [
      ['half a file', ({ special }) => special.set('page/shared.mjs', (response, file) => {
        const bytes = readFileSync(file);
        response.writeHead(200, { 'content-type': 'text/javascript', 'content-length': bytes.length });
        response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
        return true;
      })],
      ['an HTML page in place of a file', ({ special }) => special.set('page/shared.mjs', (response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Oops</title>');
        return true;
      })],
      ['an old file among new ones', ({ special }) => special.set('page/shared.mjs', (response) => {
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(`${dist}/page/shared.mjs`));
        return true;
      })],
      ['an old list', ({ special }) => special.set('manifest.json', (response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(readFileSync(`${dist}/manifest.json`));
        return true;
      })],
    ];
    test('an update that goes wrong leaves the old version whole, without its server too', async () => {
      const page = await first();
      await page.reload();
      await state(page, 'ready');
      for (const [what, harm] of broken) {
        await update();
        harm(site);
        // the page looks for an update when it is loaded; here one is asked for, to wait for its end
        const outcome = await page.evaluate(async () => {
          const registration = await navigator.serviceWorker.ready;
          await registration.update().catch(() => {});
          const { installing } = registration;
          if (!installing) return `no update: ${registration.waiting?.state}`;
          return new Promise((resolve) => {
            installing.addEventListener('statechange', () => resolve(installing.state));
          });
        });
        assert.equal(outcome, 'redundant', what);
        assert.equal(await state(page, 'ready').then(() => versions(page)), 'old', what);
        await site.close(); // cut off altogether
        await page.reload();
        await state(page, 'ready');
        assert.equal(await versions(page), 'old', what);
        assert.match(await classifyCat(page), /cat|tabby/, what);
        assert.equal((await cacheNames(page)).length, 1, `${what}: nothing of the new version is left`);
      }
      // and when the server is well again, so is the update
      site = await serve(next, { port: site.port });
      await page.reload();
      await state(page, 'update');
      await page.close();
      await site.close();
    });

    test('an update is offered, not forced; taken, it is whole, and other tabs stay as they are', async () => {
      const page = await first();
      await page.reload();
      await state(page, 'ready');
      const other = await open();
      await state(other, 'ready');
      await update();
      await page.reload();
      assert.match(await state(page, 'update'), /new version/);
      assert.deepEqual(site.requests.filter((p) => /\.(sqz|wasm|jpg|png)$/.test(p)), [], 'files that did not change were fetched');
      assert.equal(await versions(page), 'old', 'offered, not forced');
      await page.reload();
      await state(page, 'update');
      assert.equal(await versions(page), 'old', 'nor by loading again');
      assert.equal((await cacheNames(page)).length, 2);

      await page.bringToFront();
      await Promise.all([page.waitForNavigation(), page.click('#kept button')]);
      await state(page, 'ready');
      assert.equal(await versions(page), 'new', 'taken');
      assert.match(await classifyCat(page), /cat|tabby/);
      assert.equal(await versions(other), 'old', 'the other tab has the version that it began with');
      assert.match(await state(other, 'update'), /new version/);
      await new Promise((resolve) => setTimeout(resolve, 3000)); // longer than the worker waits before it tidies up
      assert.equal(await versions(other), 'old', 'also after a while');

      await site.close();
      await other.reload();
      await state(other, 'ready');
      assert.equal(await versions(other), 'new', 'loaded again, without the server');
      for (let i = 0; (await cacheNames(page)).length > 1; i++) {
        assert.ok(i < 100, 'the old version is removed when no page uses it');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await page.close();
      await other.close();
    });

    test('where nothing can be stored, the page says so and goes on', async () => {
      site = await serve(dist);
      if (name === 'chromium') {
        const page = await browser.newPage();
        const devtools = await page.createCDPSession();
        await devtools.send('Storage.overrideQuotaForOrigin', { origin: site.origin, quotaSize: 1e6 });
        await page.goto(site.url);
        assert.match(await state(page, 'unavailable'), /no room/);
        assert.match(await classifyCat(page), /cat|tabby/);
        assert.equal((await cacheNames(page)).length, 0, 'nothing half stored is left');
        await page.close();
      } else {
        const closed = await launch(name, { 'network.cookie.cookieBehavior': 2 });
        try {
          const page = await closed.newPage();
          await page.goto(site.url);
          assert.match(await state(page, 'unavailable'), /store nothing|cannot keep/);
          assert.match(await classifyCat(page), /cat|tabby/);
        } finally {
          await closed.close();
        }
      }
    });
  });
}
