// The page and the module in WebKit: load, classify, map; to the bit what the native program gives.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { bad, cat } from './pictures.mjs';
import { serve } from './server.mjs';
import { launchWebKit } from './webkit.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const pngs = ['picture/testdata/chelsea.png', 'picture/decode/testdata/rgb.png', 'picture/decode/testdata/palette.png', 'picture/decode/testdata/grey.png'];

describe('webkit', { timeout: 240000 }, () => {
  /** @type {Awaited<ReturnType<typeof launchWebKit>>} */ let browser;
  /** @type {Awaited<ReturnType<typeof serve>>} */ let site;

  before(async () => {
    site = await serve(`${root}dist`);
    browser = await launchWebKit();
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });

  /** @param {string} text of an expression @returns {Promise<any>} */
  const run = async (text) => {
    const answer = await browser.driver.executeAsyncScript(`const done = arguments[0];
      (async () => (${text}))().then((value) => done({ value }), (e) => done({ error: String(e) + " " + e?.stack }));`);
    const { value, error } = /** @type {any} */ (answer);
    if (error) throw new Error(error);
    return value;
  };

  /** @param {Uint8Array} bytes */
  const base64 = (bytes) => Buffer.from(bytes).toString('base64');
  const until = (/** @type {string} */ condition) => browser.driver.wait(() => browser.driver.executeScript(`return ${condition}`), 30000, condition);

  /** @param {Uint8Array} bytes @param {string} name */
  const drop = (bytes, name) => run(`await (async () => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob('${base64(bytes)}'), (c) => c.charCodeAt(0))], '${name}', { type: 'image/jpeg' }));
    document.getElementById('frame').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
  })()`);

  test('the page loads, classifies a picture that is dropped, and shows where', async () => {
    await browser.driver.get(site.url);
    await until(`/Ready/.test(document.getElementById('title').textContent)`);
    await drop(cat, 'cat.jpg');
    await until(`!document.getElementById('classes').hidden`);
    const names = await run(`[...document.querySelectorAll('#classes .name')].map((e) => e.textContent)`);
    assert.equal(names.length, 5);
    assert.match(names[0], /cat|tabby/);
    await run(`document.querySelector('#classes button').click()`);
    await until(`document.getElementById('heat').classList.contains('shown')`);
    const [middle, corner] = await run(`(() => {
      const canvas = document.getElementById('heat'), context = canvas.getContext('2d');
      return [[0.5, 0.5], [0.98, 0.9]].map(([x, y]) => context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data[3]);
    })()`);
    assert.ok(middle < corner - 50, `the cat's face (${middle}) is brighter than the corner (${corner})`);
  });

  test('what is no picture is refused, and the page goes on', async () => {
    await drop(bad[0].bytes, bad[0].name);
    await until(`!document.getElementById('error').hidden`);
    assert.match(await run(`document.getElementById('error').textContent`), bad[0].says);
    await drop(cat, 'cat.jpg');
    await until(`document.getElementById('error').hidden && !document.getElementById('classes').classList.contains('old')`);
  });

  test('the same bits as the native program', async () => {
    for (const [model, precision] of [['squeezenet1_1.sqz', 'int8'], ['squeezenet1_1-f32.sqz', 'float32']]) {
      const native = execFileSync('go', ['run', './e2e/native', `dist/${model}`, ...pngs], { cwd: root, encoding: 'utf8' }).trim().split('\n');
      const given = await run(`await (async () => {
        const { load } = await import('${site.url}squeezenet.mjs');
        // float32 is promised to the bit where the kernels multiply, then add: kernels.wasm
        const model = await load({ precision: '${precision}', kernels: new URL('${site.url}kernels.wasm') });
        const text = ({ data }) => btoa(Array.from(new Uint8Array(data.buffer), (c) => String.fromCharCode(c)).join(''));
        const results = [];
        for (const picture of ${JSON.stringify(pngs.map((p) => base64(readFileSync(root + p))))}) {
          const file = new Blob([Uint8Array.from(atob(picture), (c) => c.charCodeAt(0))]);
          results.push([text(await model.infer(file)), text(await model.infer(file, { output: 'conv10' }))]);
        }
        const check = await model.selfTest();
        await model.dispose();
        return { results, check };
      })()`);
      assert.equal(given.check.ok, true, `${precision}: self-test ${JSON.stringify(given.check)}`);
      for (const [i, pair] of given.results.entries()) {
        const hashes = pair.map((/** @type {string} */ text) => createHash('sha256').update(Buffer.from(text, 'base64')).digest('hex'));
        assert.equal(hashes.join(' '), native[i], `${precision}, ${pngs[i]}`);
      }
    }
  });

  test('every source gives an answer: a file, pixels, an img, a canvas, an ImageBitmap', async () => {
    const best = await run(`await (async () => {
      const { load } = await import('${site.url}squeezenet.mjs');
      const model = await load();
      const file = new Blob([Uint8Array.from(atob('${base64(cat)}'), (c) => c.charCodeAt(0))], { type: 'image/jpeg' });
      const img = new Image();
      img.src = URL.createObjectURL(file);
      await img.decode();
      const canvas = document.createElement('canvas');
      canvas.width = img.naturalWidth, canvas.height = img.naturalHeight;
      const context = canvas.getContext('2d');
      context.drawImage(img, 0, 0);
      const sources = { file, img, canvas, bitmap: await createImageBitmap(img), pixels: context.getImageData(0, 0, canvas.width, canvas.height) };
      const best = {};
      for (const name in sources) best[name] = (await model.classify(sources[name]))[0].className;
      await model.dispose();
      return best;
    })()`);
    for (const name in best) assert.match(best[name], /cat|tabby/, name);
  });
});
