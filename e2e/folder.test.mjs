// The view of a folder, in real browsers.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';

import { launch } from './browsers.mjs';
import { bad, cat } from './pictures.mjs';
import { serve } from './server.mjs';
import { accessible, catchSaved, copies, drop, fits, folder, noLongTask, pictures, root, saved } from './view.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

const dir = folder();
const many = copies(path.join(dir, 'many'), 500);
const odd = path.join(dir, 'odd');
mkdirSync(odd);
const formula = path.join(odd, '=1+2,"x" y.jpg');
writeFileSync(formula, cat);
const damaged = path.join(odd, 'cut.jpg');
writeFileSync(damaged, bad[2].bytes);
const notes = path.join(odd, 'notes.txt');
writeFileSync(notes, 'no picture');
const hidden = path.join(odd, '._picture 1.jpg');
writeFileSync(hidden, 'what a Mac leaves behind');

/** Chooses files. @param {Page} page @param {string[]} files */
async function choose(page, files) {
  const empty = await page.$eval('.folder .stage', (e) => !(/** @type {HTMLElement} */ (e).hidden));
  const input = await page.$(empty ? '.folder .stage label:last-child input' : '.folder .status input');
  await /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (input).uploadFile(...files);
}

/** Waits until n pictures are done with. @param {Page} page @param {number} n */
const done = (page, n) => page.waitForFunction((n) => {
  const status = document.querySelector('.folder .status');
  return !status?.hasAttribute('hidden') && document.querySelector('.status h2')?.textContent === (n === 1 ? '1 picture' : `${n.toLocaleString('en')} pictures`)
    && /** @type {HTMLElement} */ (document.querySelector('.status progress')).hidden;
}, { timeout: 120000, polling: 50 }, n);

/** @param {Page} page @param {string} selector */
const text = (page, selector) => page.$eval(selector, (e) => /** @type {HTMLElement} */ (e).innerText);

/** Presses a button by its words. @param {Page} page @param {string} words */
const press = (page, words) => page.$$eval('.folder button', (all, words) => {
  const button = /** @type {HTMLElement | undefined} */ (all.find((b) => b.textContent === words && b.checkVisibility()));
  if (!button) throw new Error(`there is no button "${words}"`);
  button.click();
}, words);

/** What the gallery's tiles say. @param {Page} page @returns {Promise<{name: string, share: string, file: string, path: string}[]>} */
const tiles = (page) => page.$$eval('.gallery li', (all) => all.map((li) => ({
  name: String(li.querySelector('.name')?.textContent), share: String(li.querySelector('.share')?.textContent), file: String(li.querySelector('.file')?.textContent),
  path: String(li.querySelector('button')?.title),
})));

/** @param {string} text CSV with its mark @returns {string[][]} */
function parse(text) {
  assert.equal(text[0], '\ufeff');
  /** @type {string[][]} */ const rows = [[]];
  let cell = '', quoted = false;
  for (let i = 1; i < text.length; i++) {
    const c = text[i];
    if (quoted && c === '"' && text[i + 1] === '"') cell += text[++i];
    else if (c === '"') quoted = !quoted;
    else if (!quoted && (c === ',' || c === '\n')) {
      rows[rows.length - 1].push(cell.replace(/\r$/, ''));
      cell = '';
      if (c === '\n') rows.push([]);
    } else cell += c;
  }
  assert.equal(cell, '');
  return rows.slice(0, -1);
}

for (const name of /** @type {const} */ (['chromium', 'firefox'])) {
  describe(name, { timeout: 400000 }, () => {
    /** @type {Awaited<ReturnType<typeof launch>>} */ let browser;
    /** @type {Awaited<ReturnType<typeof serve>>} */ let site;

    before(async () => {
      site = await serve(`${root}dist`);
      browser = await launch(name);
    });
    after(async () => {
      await browser?.close();
      await site?.close();
    });

    /** @param {(page: Page) => Promise<unknown>} [set] before it is loaded */
    async function open(set) {
      const page = await browser.newPage();
      await page.setViewport({ width: 1280, height: 900 });
      await set?.(page);
      await page.goto(`${site.url}?lang=en#folder`);
      await page.waitForSelector('.folder input[type=file]');
      return page;
    }

    test('pictures chosen: counted, sorted, filtered, opened, saved, cleared', async () => {
      const page = await open();
      await catchSaved(page);
      await choose(page, [...pictures.slice(0, 30), formula, damaged, notes, hidden]);
      const total = Math.min(30, pictures.length) + 2;
      await done(page, total);
      assert.match(await text(page, '.status'), /Could not be read: 1; other files, left out: 2/);

      // what it found is what the module says
      await press(page, 'JSON');
      const json = await saved(page);
      assert.equal(json.name, 'squeezenet.json');
      const { model, pictures: rows } = JSON.parse(json.bytes.toString());
      assert.equal(model.precision, 'int8');
      assert.equal(rows.length, total);
      const expected = await page.evaluate(async (data, address) => {
        const { load } = await import(address);
        const model = await load();
        const predictions = await model.classify(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))]), 5);
        await model.dispose();
        return predictions;
      }, Buffer.from(cat).toString('base64'), `${site.url}squeezenet.mjs`);
      const row = rows.find((/** @type {any} */ r) => r.file === path.basename(formula));
      assert.deepEqual(row, { file: path.basename(formula), bytes: cat.length, predictions: expected });
      const broken = rows.find((/** @type {any} */ r) => r.file === 'cut.jpg');
      assert.match(broken.error, /ends early|damaged/);
      assert.equal(broken.predictions, undefined);

      await press(page, 'CSV');
      const csv = await saved(page);
      assert.equal(csv.name, 'squeezenet.csv');
      const [head, ...lines] = parse(csv.bytes.toString());
      assert.deepEqual(head, ['file', 'bytes', ...[1, 2, 3, 4, 5].flatMap((i) => [`class${i}`, `wnid${i}`, `probability${i}`]), 'error']);
      assert.deepEqual(lines, rows.map((/** @type {any} */ r) => [
        r.file.replace(/^=/, '\'='), String(r.bytes),
        ...Array.from({ length: 5 }, (_, i) => (r.predictions ? [r.predictions[i].className, r.predictions[i].wnid, String(r.predictions[i].probability)] : ['', '', ''])).flat(),
        r.error ?? '',
      ]), 'the same as the JSON; a formula is led by an apostrophe');

      // orders
      const files = (await tiles(page)).map((t) => t.file);
      assert.equal(files[0], '=1+2,"x" y.jpg');
      await page.select('.filter select', 'sure');
      await page.waitForFunction((first) => document.querySelector('.gallery li .file')?.textContent !== first, {}, files[0]);
      const best = Math.max(...rows.map((/** @type {any} */ r) => r.predictions?.[0].probability ?? 0));
      assert.equal(parseFloat((await tiles(page))[0].share), Math.round(100 * best));
      await page.select('.filter select', 'class');
      await page.waitForFunction(() => document.querySelector('.gallery p'));
      const [group] = await page.$$eval('.facets li:nth-child(2) button', (b) => b.map((b) => [...b.children].map((c) => c.textContent)));
      assert.match(await text(page, '.gallery p'), new RegExp(`^${group[0]}.* · ${group[1]}$`), 'the most frequent class comes first');

      // one class alone, and a name
      await page.click('.facets li:last-child button');
      assert.deepEqual((await tiles(page)).map((t) => t.file), ['cut.jpg'], 'what could not be read');
      assert.match((await tiles(page))[0].name, /ends early|damaged/, 'with its sentence');
      assert.equal(await page.$eval('.facets li:last-child button', (b) => b.getAttribute('aria-pressed')), 'true');
      await page.click('.facets li:first-child button');
      await page.type('.find input', 'x" Y');
      await page.waitForFunction(() => document.querySelectorAll('.gallery li').length === 1);
      assert.match(await text(page, '.pictures'), /1 shown/);

      // thumbnails are small
      await page.waitForSelector('.gallery canvas');
      assert.ok(await page.$eval('.gallery canvas', (c) => /** @type {HTMLCanvasElement} */ (c).width <= 420));

      assert.ok(await page.$eval('.gallery canvas', (c) => c.clientWidth > 140 && c.clientWidth === c.closest('li')?.clientWidth), 'and fill their tiles');

      // opened, and back: the results are still there
      await page.click('.gallery button');
      await page.waitForFunction(() => location.hash === '#picture' && document.querySelector('#classes:not([hidden]) button'));
      assert.match(await text(page, '#classes'), /cat|tabby/);
      await page.click('nav a[href="#folder"]');
      await page.waitForSelector('.folder:not([hidden])');
      assert.equal(await text(page, '.status h2'), `${total} pictures`);
      assert.equal((await tiles(page)).length, 1);

      await press(page, 'Clear');
      assert.equal(await page.$eval('.folder .stage', (e) => e.checkVisibility()), true);
      assert.equal((await tiles(page)).length, 0);
      await page.close();
    });

    test('folders that are dropped, with folders in them', async () => {
      const page = await open();
      const file = (/** @type {string} */ name, bytes = cat) => ({ name, bytes });
      await drop(page, '.folder .frame', [
        file('holiday/1.jpg'), file('holiday/10.jpg'), file('holiday/2.jpg'), file('holiday/.DS_Store'), file('holiday/beach/1.jpg'), file('holiday/beach/far/away.jpg'), file('holiday/4.jpg'), file('plain.jpg'),
      ]);
      await done(page, 7);
      assert.match(await text(page, '.status'), /other files, left out: 1/);
      assert.deepEqual((await tiles(page)).map((t) => t.path), ['holiday/1.jpg', 'holiday/2.jpg', 'holiday/4.jpg', 'holiday/10.jpg', 'holiday/beach/1.jpg', 'holiday/beach/far/away.jpg', 'plain.jpg']);
      await page.close();
    });

    test('a folder dropped on "one picture" comes here; without pictures it says so', async () => {
      const page = await open();
      await page.click('nav a[href="#picture"]');
      await page.waitForSelector('#view-picture:not([hidden])');
      await drop(page, '#frame', [{ name: 'papers/notes.txt', bytes: cat.slice(0, 9) }]);
      await page.waitForSelector('.folder .error:not([hidden])');
      assert.equal(await page.evaluate(() => location.hash), '#folder');
      assert.match(await text(page, '.folder .error'), /Among these files \(1\) is no picture/);
      assert.equal(await page.$eval('.folder .stage', (e) => e.checkVisibility()), true);
      await page.close();
    });

    test('cancel answers within half a second, and nothing is lost', async () => {
      const page = await open();
      await choose(page, many);
      await page.waitForFunction(() => Number(/^(\d+) of 500/.exec(String(document.querySelector('.status h2')?.textContent))?.[1]) >= 20, { timeout: 60000 });
      assert.match(await text(page, '.status'), /\d+ a second, \d+ s left|of 500/);
      const took = await page.evaluate(() => {
        const cancel = /** @type {HTMLElement} */ ([...document.querySelectorAll('.status button')].find((b) => b.textContent === 'Cancel'));
        const began = performance.now();
        cancel.click();
        return new Promise((resolve) => {
          const look = () => (/^Stopped after/.test(String(document.querySelector('.status h2')?.textContent)) ? resolve(performance.now() - began) : setTimeout(look, 5));
          look();
        });
      });
      assert.ok(took < 500, `${took} ms`);
      const stopped = Number(/after (\d+)/.exec(await text(page, '.status h2'))?.[1]);
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(Number(/after (\d+)/.exec(await text(page, '.status h2'))?.[1]), stopped, 'it has stopped');
      await press(page, 'Go on');
      await done(page, 500);
      assert.doesNotMatch(await text(page, '.status'), /could not be read/i);
      await page.close();
    });

    test('another network: the answers are not mixed', async () => {
      const page = await open();
      await choose(page, pictures.slice(0, 3));
      await done(page, 3);
      await page.click('summary');
      await page.select('#precision', 'float32');
      await page.waitForFunction(() => /before/.test(String(document.querySelector('.status .counts')?.textContent)), { timeout: 30000 });
      await catchSaved(page);
      await press(page, 'Look again');
      await done(page, 3);
      await press(page, 'JSON');
      const { model, pictures: rows } = JSON.parse((await saved(page)).bytes.toString());
      assert.equal(model.precision, 'float32');
      assert.equal(rows.length, 3);
      await page.close();
    });

    test('500 pictures: memory does not grow after the first 50', { skip: name === 'firefox' && 'Chromium tells' }, async (context) => {
      const page = await open();
      const memory = async () => {
        let heap = 0, wasm = 0;
        for (const client of [await page.createCDPSession(), ...page.workers().map((w) => w.client)]) {
          await client.send('HeapProfiler.collectGarbage');
          const usage = /** @type {any} */ (await client.send('Runtime.getHeapUsage'));
          heap += usage.usedSize + usage.embedderHeapUsedSize + usage.backingStorageSize;
          const { result: { objectId } } = await client.send('Runtime.evaluate', { expression: 'WebAssembly.Memory.prototype' });
          const { objects } = await client.send('Runtime.queryObjects', { prototypeObjectId: String(objectId) });
          const { result } = await client.send('Runtime.callFunctionOn', {
            objectId: objects.objectId, returnByValue: true, functionDeclaration: 'function () { return this.reduce((sum, memory) => sum + memory.buffer.byteLength, 0); }',
          });
          wasm += result.value;
        }
        return { heap: heap / 1e6, wasm: wasm / 1e6 };
      };
      await choose(page, many.slice(0, 50));
      await done(page, 50);
      await new Promise((resolve) => setTimeout(resolve, 1500)); // thumbnails
      const workers = page.workers().length;
      const early = await memory();
      assert.ok(early.wasm > 10 && early.heap > 2, JSON.stringify(early));
      await choose(page, many.slice(50));
      await done(page, 500);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.equal(page.workers().length, workers);
      const late = await memory();
      context.diagnostic(`${JSON.stringify(early)} to ${JSON.stringify(late)} MB, ${workers} workers`);
      assert.equal(late.wasm, early.wasm, 'wasm memory, which never shrinks');
      assert.ok(late.heap - early.heap < 3, `from ${early.heap.toFixed(1)} to ${late.heap.toFixed(1)} MB`); // 450 names and answers
      await page.close();
    });

    test('ten thousand files dropped at once', { skip: name === 'firefox' && 'Chromium tells of long tasks' }, async () => {
      const page = await open();
      await page.evaluate((data, notes) => {
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        const w = /** @type {any} */ (window);
        w.transfer = new DataTransfer();
        for (let i = 0; i < 10000; i++) w.transfer.items.add(new File([i % 100 === 99 ? notes : bytes], i % 100 === 99 ? `${i}.txt` : `${i * 7919 % 10000}.png`, { type: i % 100 === 99 ? 'text/plain' : 'image/png' }));
      }, readFileSync(`${root}picture/decode/testdata/palette.png`).toString('base64'), 'notes');
      await noLongTask(page, async () => {
        await page.evaluate(() => document.querySelector('.folder')?.dispatchEvent(new DragEvent('drop', { dataTransfer: /** @type {any} */ (window).transfer, bubbles: true, cancelable: true })));
        await page.waitForFunction(() => Number(/^(\d+) of 9,900/.exec(String(document.querySelector('.status h2')?.textContent))?.[1]) >= 300, { timeout: 120000 });
        // all of it is there to be scrolled, and little of it exists
        assert.match(await text(page, '.status'), /other files, left out: 100/);
        await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
        await new Promise((resolve) => setTimeout(resolve, 300));
        assert.ok(await page.evaluate(() => document.documentElement.scrollHeight > 300000));
        assert.ok(await page.$$eval('.gallery li', (all) => all.length > 5 && all.length < 100));
        await page.select('.filter select', 'class');
        await new Promise((resolve) => setTimeout(resolve, 1500));
        await page.select('.filter select', 'name');
        await page.type('.find input', '99');
        await new Promise((resolve) => setTimeout(resolve, 500));
        await press(page, 'Cancel');
        await press(page, 'Clear');
      });
      await page.close();
    });

    test('no task over 50 ms while the gallery fills', { skip: name === 'firefox' && 'Chromium tells of long tasks' }, async () => {
      const page = await open();
      await page.waitForFunction(() => !/Fetching|^$/.test(String(document.getElementById('facts')?.textContent)));
      await noLongTask(page, async () => {
        await choose(page, many.slice(0, 120));
        await page.waitForSelector('.gallery canvas');
        await done(page, 120);
        for (let i = 0; i < 5; i++) {
          await page.evaluate(() => scrollBy(0, innerHeight));
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        await press(page, 'Clear');
      });
      await page.close();
    });

    test('everything by keyboard', async () => {
      const page = await open();
      await choose(page, pictures.slice(0, 5));
      await done(page, 5);
      const at = () => page.evaluate(() => /** @type {HTMLElement | null} */ (document.activeElement)?.title ?? '');
      await page.focus('.facets li:last-child button');
      await page.keyboard.press('Tab');
      const file = (/** @type {number} */ i) => path.basename(pictures[i]);
      assert.match(await at(), new RegExp(`^${file(0)}`), 'Tab leads to the gallery');
      await page.keyboard.press('ArrowRight');
      assert.match(await at(), new RegExp(`^${file(1)}`));
      await page.keyboard.press('End');
      assert.match(await at(), new RegExp(`^${file(4)}`));
      await page.keyboard.press('ArrowUp');
      assert.match(await at(), new RegExp(`^${file(0)}`));
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate(() => document.activeElement?.closest('.gallery')), null, 'and one Tab leads out of it');
      await page.keyboard.down('Shift');
      await page.keyboard.press('Tab');
      await page.keyboard.up('Shift');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => location.hash === '#picture');
      await page.close();
    });

    for (const scheme of ['light', 'dark']) {
      test(`no fault of accessibility, ${scheme}`, { skip: name === 'firefox' && 'Chromium checks it' }, async () => {
        const page = await open(async (page) => {
          await page.setBypassCSP(true);
          await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        });
        await accessible(page, 'empty');
        await choose(page, [...pictures.slice(0, 6), damaged, notes]);
        await done(page, Math.min(6, pictures.length) + 1);
        await page.waitForSelector('.gallery canvas');
        await accessible(page, 'by name');
        await page.select('.filter select', 'class');
        await page.click('.facets li:last-child button');
        await accessible(page, 'one class');
        await page.close();
      });
    }

    test('fits 320 pixels, in Chinese too', async () => {
      for (const lang of ['en', 'zh']) {
        const page = await browser.newPage();
        await page.setViewport({ width: 320, height: 640 });
        await page.goto(`${site.url}?lang=${lang}#folder`);
        await page.waitForSelector('.folder input[type=file]');
        await fits(page);
        await choose(page, pictures.slice(0, 4));
        await page.waitForSelector('.gallery canvas', { timeout: 30000 });
        await fits(page);
        if (lang === 'zh') assert.match(await text(page, '.folder'), /张图片/);
        await page.evaluate(() => localStorage.clear());
        await page.close();
      }
    });
  });
}
