// The camera view, with the browsers' made-up cameras, and with one that sees a real picture.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch } from './browsers.mjs';
import { serve } from './server.mjs';
import { accessible, fits, noLongTask, root } from './view.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

for (const name of /** @type {const} */ (['chromium', 'firefox'])) {
  describe(`camera, ${name}`, { timeout: 120000 }, () => {
    /** @type {Awaited<ReturnType<typeof launch>>} */ let browser;
    /** @type {Awaited<ReturnType<typeof serve>>} */ let site;

    before(async () => {
      site = await serve(`${root}dist`);
      browser = await launch(name, { 'media.navigator.streams.fake': true, 'media.navigator.permission.disabled': true },
        ['--use-fake-ui-for-media-stream']);
    });
    after(async () => {
      await browser?.close();
      await site?.close();
    });

    /** @param {() => void} [first] run in the page before its scripts */
    async function open(first) {
      const page = await browser.newPage();
      if (first) await page.evaluateOnNewDocument(first);
      if (name === 'chromium') await page.setBypassCSP(true); // for axe alone
      await page.goto(`${site.url}?lang=en#camera`);
      await page.bringToFront();
      await page.waitForSelector('#view-camera .tools .button', { timeout: 30000 });
      return page;
    }

    /** @param {Page} page @param {string} text of the button */
    const press = (page, text) => page.evaluate((text) => [...document.querySelectorAll('#view-camera .tools button')].find((b) => b.textContent === text)
      ?.dispatchEvent(new MouseEvent('click', { bubbles: true })), text);
    /** @param {Page} page */
    const live = (page) => page.waitForFunction(() => /\d pictures a second/.test(String(document.querySelector('#view-camera .hint')?.textContent))
      && !document.querySelector('#view-camera .classes[hidden]'), { timeout: 30000 });
    /** @param {Page} page @param {RegExp} like */
    const told = (page, like) => page.waitForFunction((like) => new RegExp(like).test(String(document.querySelector('#view-camera .error:not([hidden])')?.textContent)), { timeout: 10000 }, like.source);
    /** Whether the camera is on, as its track says. @param {Page} page */
    const track = (page) => page.$eval('#view-camera video', (v) => /** @type {MediaStream | null} */ (/** @type {HTMLVideoElement} */ (v).srcObject)?.getTracks()[0].readyState);

    test('live classes, where one is, a frame for "one picture"; off when out of view, and on again', async () => {
      const page = await open(() => {
        navigator.mediaDevices.getUserMedia = async () => {
          const picture = await createImageBitmap(await (await fetch('pictures/coffee.jpg')).blob());
          const canvas = Object.assign(document.createElement('canvas'), { width: 512, height: 340 });
          const draw = () => canvas.getContext('2d')?.drawImage(picture, 0, 0);
          draw();
          setInterval(draw, 50); // a frame comes when it is drawn
          return canvas.captureStream();
        };
      });
      const use = async () => {
        await press(page, 'Start');
        await live(page);
        await page.click('#view-camera .classes button');
        await page.waitForSelector('#view-camera canvas.shown', { timeout: 10000 });
        await page.waitForFunction(() => /** @type {HTMLCanvasElement} */ (document.querySelector('#view-camera canvas')).width > 100, { timeout: 10000 });
        await new Promise((resolve) => setTimeout(resolve, 500));
      };
      await (name === 'chromium' ? noLongTask(page, use) : use());
      const rows = await page.$$eval('#view-camera .classes button', (all) => all.map((b) => [b.querySelector('.name')?.textContent, b.querySelector('.share')?.textContent]));
      assert.equal(rows.length, 5);
      assert.ok(rows.every(([n, s]) => n && /%/.test(String(s))), JSON.stringify(rows));
      assert.match(String(rows[0][0]), /espresso|cup|mug/);
      assert.equal(await page.$eval('#view-camera .classes button', (b) => b.getAttribute('aria-pressed')), 'true');
      await fits(page);

      await press(page, 'Use this frame');
      await page.waitForSelector('#classes:not([hidden]):not(.old)', { timeout: 20000 });
      assert.equal(await page.evaluate(() => location.hash), '#picture');
      assert.match(await page.$eval('#classes .name', (e) => String(e.textContent)), /espresso|cup|mug/);
      assert.equal(await track(page), 'ended', 'out of view it is off');

      await page.evaluate(() => void (location.hash = 'camera'));
      await press(page, 'Start');
      await page.waitForFunction(() => /** @type {any} */ (document.querySelector('#view-camera video')).srcObject?.active, { timeout: 10000 });
      await page.evaluate(() => {
        Object.defineProperty(document, 'hidden', { value: true, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      });
      assert.equal(await track(page), 'ended', 'nobody sees the page');
      await page.evaluate(() => {
        Reflect.deleteProperty(document, 'hidden');
        document.dispatchEvent(new Event('visibilitychange'));
      });
      await page.waitForFunction(() => /** @type {any} */ (document.querySelector('#view-camera video')).srcObject?.active, { timeout: 10000 });
      await press(page, 'Stop');
      assert.equal(await track(page), 'ended');
      await page.close();
    });

    test('a camera that is taken away, refused or not there is told of, and can be started again', async () => {
      const page = await open();
      await press(page, 'Start');
      await live(page);
      await page.$eval('#view-camera video', (v) => {
        const [track] = /** @type {any} */ (v).srcObject.getTracks();
        track.stop();
        track.dispatchEvent(new Event('ended')); // as when it was unplugged, or the permission revoked
      });
      await told(page, /ended\. Start it again/);
      await press(page, 'Start');
      await live(page);
      assert.equal(await page.$('#view-camera .error:not([hidden])'), null);
      await page.close();
      for (const [fault, says] of /** @type {const} */ ([['NotAllowedError', /Allow it in the browser/], ['NotFoundError', /No camera was found/], ['NotReadableError', /Another program/]])) {
        const page = await open();
        await page.evaluate((fault) => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', fault))), fault);
        await press(page, 'Start');
        await told(page, says);
        assert.equal(await page.$$eval('#view-camera .tools button', (all) => all[0].textContent), 'Start');
        await page.close();
      }
    });

    for (const scheme of ['light', 'dark']) {
      test(`no fault of accessibility, ${scheme}`, { skip: name === 'firefox' && 'Chromium checks it' }, async () => {
        const page = await open();
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        await accessible(page, 'before it starts');
        await press(page, 'Start');
        await live(page);
        await press(page, 'Stop');
        await accessible(page, 'after it was stopped');
        await page.setViewport({ width: 320, height: 640 });
        await fits(page);
        await page.close();
      });
    }
  });
}
