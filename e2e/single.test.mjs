// The page in one file: opened from a disk, without a server and without a request.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { launch } from './browsers.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

const built = readFileSync(fileURLToPath(new URL('../dist/squeezenet.html', import.meta.url)), 'utf8');

for (const name of /** @type {const} */ (['chromium', 'firefox'])) {
  describe(name, { timeout: 120000 }, () => {
    /** @type {Awaited<ReturnType<typeof launch>>} */ let browser;
    const dir = mkdtempSync(path.join(tmpdir(), 'single '));
    before(async () => {
      browser = await launch(name);
    });
    after(async () => {
      await browser?.close();
      rmSync(dir, { recursive: true });
    });

    /** Opens the file, changed or not, and gives what it asked for. @param {string} text */
    async function open(text) {
      const file = path.join(dir, 'squeezenet 1.html'); // as a second download is named
      writeFileSync(file, text);
      const page = await browser.newPage();
      /** @type {string[]} */ const asked = [];
      page.on('request', (request) => {
        if (!/^(data|blob):/.test(request.url())) asked.push(request.url());
      });
      const url = pathToFileURL(file).href;
      await page.goto(url);
      return { page, asked, url };
    }

    /** @param {Page} page */
    const answer = (page) => page.waitForFunction(() => {
      const classes = document.querySelector('#classes:not([hidden]):not(.old)');
      return classes && [...classes.querySelectorAll('.name')].map((e) => e.textContent);
    }, { timeout: 30000 }).then((found) => /** @type {Promise<string[]>} */ (found.jsonValue()));

    test('it classifies, shows where, computes every bit right, opens every view, and asks for nothing', async () => {
      const { page, asked, url } = await open(built);
      await page.waitForSelector('#check:not([disabled])', { timeout: 30000 });
      await page.click('[data-picture="coffee"]');
      const names = await answer(page);
      assert.equal(names.length, 5);
      assert.match(names[0], /espresso|cup|mug/);
      await page.click('#classes button');
      await page.waitForSelector('#heat.shown', { timeout: 30000 });
      const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('#tools input'));
      await page.$eval('#classes', (e) => e.classList.add('old'));
      await input.uploadFile(fileURLToPath(new URL('../web/pictures/cat.jpg', import.meta.url)));
      assert.match((await answer(page))[0], /cat|tabby/);
      await page.$eval('#check', (e) => /** @type {HTMLElement} */ (e).click());
      await page.waitForFunction(() => /Every bit is right/.test(String(document.getElementById('checked')?.textContent)), { timeout: 30000 });
      for (const view of await page.$$eval('nav a', (links) => links.map((a) => String(a.getAttribute('href'))))) {
        await page.evaluate((view) => void (location.hash = view), view);
        await page.waitForFunction((id) => document.getElementById(id)?.hidden === false, { timeout: 20000 }, `view-${view.slice(1)}`);
      }
      assert.equal(await page.$eval('#kept', (e) => e.textContent), 'This page is one file: keep it anywhere, it works without a connection.');
      assert.equal(await page.$('a[href="LICENSES.txt"], a[href="squeezenet.html"]'), null, 'it names no file beside it');
      await page.waitForFunction(() => document.getElementById('requests')?.textContent === '0', { timeout: 5000 });
      await page.goto(`${url}?lang=zh`);
      await page.waitForSelector('#check:not([disabled])', { timeout: 30000 });
      await page.click('[data-picture="coffee"]');
      assert.match((await answer(page))[0], /咖啡/);
      await page.evaluate(() => localStorage.clear());
      assert.deepEqual(asked.filter((address) => !address.startsWith(url)), []);
      await page.close();
    });

    test('its policy lets it fetch nothing, and lets no other script or style in', async () => {
      const { page } = await open(built.replace('<footer>', '<script>document.title = "another"</script><style>footer { display: none }</style><footer>'));
      await page.waitForSelector('#check:not([disabled])', { timeout: 30000 });
      assert.doesNotMatch(await page.title(), /another/);
      assert.notEqual(await page.$eval('footer', (e) => getComputedStyle(e).display), 'none');
      assert.equal(await page.evaluate(() => fetch('http://127.0.0.1:9/', { mode: 'no-cors' }).then(() => 'fetched', () => 'refused')), 'refused');
      assert.equal(await page.evaluate(() => fetch('data:,known').then((r) => r.text())), 'known', 'the check itself works');
      await page.close();
      const broken = await open(built.replace('<script type="module">', '<script type="module"> '));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      assert.equal(await broken.page.$eval('#check', (e) => /** @type {HTMLButtonElement} */ (e).disabled), true, 'a script that was changed does not run');
      await broken.page.close();
    });
  });
}
