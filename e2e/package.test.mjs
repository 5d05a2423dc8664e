// The npm package as a stranger gets it: packed, installed elsewhere, typed, run; the examples; the element.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch } from './browsers.mjs';
import { cat } from './pictures.mjs';
import { serve } from './server.mjs';

/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {Awaited<ReturnType<typeof launch>>} Browser */

const root = fileURLToPath(new URL('../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'squeezenet-package-'));
const consumer = join(folder, 'consumer');
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
let tarball = '';

/** @param {string} cwd @param {string} command @param {string[]} args */
function run(cwd, command, ...args) {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (e) {
    const { message, stdout } = /** @type {any} */ (e); // what it said to standard error is in the message
    throw new Error(`${message}\n${stdout}`);
  }
}

before(() => {
  const [{ filename }] = JSON.parse(run(root, 'npm', 'pack', './dist/npm', '--json', '--pack-destination', folder));
  tarball = join(folder, filename);
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), '{"type": "module", "private": true}');
  run(consumer, 'npm', 'install', '--no-audit', '--no-fund', tarball);
});
after(() => rmSync(folder, { recursive: true }));

describe('installed', () => {
  test('it is imported, and classifies', () => {
    const script = `import { load } from 'squeezenet-wasm';
      import * as inline from 'squeezenet-wasm/inline';
      import * as mobilenet from 'squeezenet-wasm/mobilenet';
      const picture = ${JSON.stringify(`${root}web/pictures/cat.jpg`)};
      const [a, b] = await Promise.all([load(), mobilenet.load()]);
      console.log((await a.classify(picture, 1))[0].className, '|', (await b.classify(picture))[0].className);
      const c = await inline.load();
      const pixels = { data: new Uint8Array(4 * 64 * 64), width: 64, height: 64 };
      console.log(JSON.stringify(await c.classify(pixels)) === JSON.stringify(await a.classify(pixels)), (await c.selfTest()).ok);
      await inline.load({ precision: 'float32' }).catch((e) => console.log(e.code));
      await Promise.all([a.dispose(), b.dispose(), c.dispose()]);`;
    const [classes, same, missing] = run(consumer, process.execPath, '--input-type=module', '--eval', script).trim().split('\n');
    assert.match(classes, /cat.* \| .*cat/);
    assert.equal(same, 'true true');
    assert.equal(missing, 'model-missing');
  });

  test('npx squeezenet', () => {
    const line = JSON.parse(run(consumer, 'npx', 'squeezenet', '--top', '2', `${root}web/pictures/cat.jpg`));
    assert.equal(line.predictions.length, 2);
    assert.match(line.predictions[0].className, /cat/);
    assert.match(run(consumer, 'npx', 'squeezenet', '--version'), /^\d+\.\d+\.\d+\n$/);
  });

  test('it holds what its package.json and its modules name, and its notices', () => {
    const installed = join(consumer, 'node_modules/squeezenet-wasm');
    const files = readdirSync(installed);
    const { exports, bin } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const named = Object.values(exports).flatMap((e) => (typeof e === 'string' ? [e] : Object.values(e))).concat(Object.values(bin));
    for (const name of named.filter((n) => !n.includes('*'))) assert.ok(files.includes(name.replace('./', '')), name);
    for (const file of files.filter((f) => /\.m[jt]s$/.test(f) && f !== 'inline.mjs' && f !== 'engine.mjs')) {
      const names = file.endsWith('.mjs') ? /(?:^(?:import|export) .*from |new URL\()'\.\/([^']+)'/gm : /(?:from |import\()'\.\/([^']+)\.mjs'/g;
      for (const [, named] of readFileSync(join(installed, file), 'utf8').matchAll(names)) {
        const name = file.endsWith('.mjs') ? named : `${named}.d.mts`;
        assert.ok(files.includes(name), `${file} names ${name}`);
      }
    }
    for (const holder of ['Go Authors', 'x/image', 'Apache License']) assert.match(readFileSync(join(installed, 'LICENSES.txt'), 'utf8'), new RegExp(holder));
  });

  for (const resolution of ['bundler', 'nodenext']) {
    test(`types, as ${resolution} resolves them`, () => {
      const project = join(consumer, resolution);
      mkdirSync(project);
      cpSync(`${root}e2e/types`, project, { recursive: true });
      // The page that uses the original, and the same with one line changed.
      const page = readFileSync(join(project, 'mobilenet-page.mts'), 'utf8');
      const moved = page.replace("from '@tensorflow-models/mobilenet'", "from 'squeezenet-wasm/mobilenet'");
      assert.notEqual(moved, page);
      writeFileSync(join(project, 'moved.mts'), moved);
      mkdirSync(join(project, 'node_modules'));
      for (const name of ['@tensorflow-models', '@tensorflow', '@types', '@webgpu']) {
        try {
          symlinkSync(`${root}node_modules/${name}`, join(project, 'node_modules', name));
        } catch {}
      }
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({
        compilerOptions: {
          strict: true, noEmit: true, target: 'es2022', skipLibCheck: false, lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable'], types: [],
          moduleResolution: resolution, module: resolution === 'bundler' ? 'esnext' : 'nodenext',
        },
        files: ['use.mts'],
      }));
      const tsc = `${root}node_modules/typescript/bin/tsc`;
      run(project, process.execPath, tsc, '--project', project);
      // TensorFlow.js's own declarations have errors
      const config = JSON.parse(readFileSync(join(project, 'tsconfig.json'), 'utf8'));
      writeFileSync(join(project, 'pages.json'), JSON.stringify({ ...config, compilerOptions: { ...config.compilerOptions, skipLibCheck: true }, files: ['mobilenet-page.mts', 'moved.mts'] }));
      run(project, process.execPath, tsc, '--project', join(project, 'pages.json'));
    });
  }
});

/** An example where a stranger has it, with the package installed. @param {string} name */
function example(name) {
  const to = join(folder, name);
  cpSync(`${root}examples/${name}`, to, { recursive: true, filter: (from) => !/node_modules|package-lock|\/dist$/.test(from.slice(root.length)) });
  const file = join(to, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(manifest.dependencies['squeezenet-wasm'], 'file:../../dist/npm');
  manifest.dependencies['squeezenet-wasm'] = `file:${tarball}`;
  writeFileSync(file, JSON.stringify(manifest));
  run(to, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline');
  return to;
}

test('examples/node-script', () => {
  const lines = run(example('node-script'), 'npm', 'start', '--silent', '--', `${root}web/pictures`).trim().split('\n');
  assert.equal(lines[0], 'file,class,probability,error');
  assert.match(lines.find((l) => l.includes('/cat.jpg')) ?? '', /^".*cat\.jpg",".*cat.*","0\.\d{3}",""$/);
  assert.equal(lines.length, 1 + readdirSync(`${root}web/pictures`).filter((n) => n.endsWith('.jpg')).length);
});

/** @param {Page} page @param {string} url @param {RegExp} ready */
async function openApp(page, url, ready) {
  const errors = /** @type {string[]} */ ([]);
  page.on('pageerror', (e) => errors.push(String(e)));
  await page.goto(url);
  const says = (/** @type {RegExp} */ what) => page.waitForFunction((source) => new RegExp(source).test(String(document.querySelector('pre')?.textContent)), { timeout: 30000 }, what.source)
    .catch(() => page.evaluate(() => document.body.innerText).then((text) => assert.fail(`${url} says "${text}"; ${errors}`)));
  await says(ready);
  const input = /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (await page.$('input'));
  await input.uploadFile(`${root}web/pictures/cat.jpg`);
  await says(/\d % .*cat/);
  assert.deepEqual(errors, []);
}

describe('examples in Chromium', () => {
  /** @type {Browser} */ let browser;
  before(async () => {
    browser = await launch('chromium');
  });
  after(() => browser?.close());

  test('plain-page', async () => {
    const site = await serve(root, { base: '/clone/' });
    try {
      const page = await browser.newPage();
      await page.goto(`${site.url}examples/plain-page/index.html`);
      await page.waitForFunction(() => document.querySelectorAll('li').length === 3, { timeout: 30000 });
      assert.match(await page.$eval('li', (e) => String(e.textContent)), /cat: \d+ %/);
      await page.goto(`${site.url}examples/plain-page/mobilenet.html`);
      await page.waitForFunction(() => /probability/.test(String(document.querySelector('pre')?.textContent)), { timeout: 30000 });
      const predictions = JSON.parse(await page.$eval('pre', (e) => String(e.textContent)));
      assert.equal(predictions.length, 3);
      assert.match(predictions[0].className, /cat/);
      await page.goto(`${site.url}examples/plain-page/element.html`);
      await page.waitForFunction(() => /** @type {any} */ (document.querySelector('squeezenet-classifier'))?.predictions?.length === 3, { timeout: 30000 });
      await page.close();
    } finally {
      await site.close();
    }
  });

  test('bundled-app: built, and on Vite\'s own server', async () => {
    const app = example('bundled-app');
    run(app, 'npm', 'run', 'build');
    const site = await serve(join(app, 'dist'), { base: '/' });
    const vite = spawn('npm', ['run', 'dev', '--', '--host', '127.0.0.1', '--port', '0'], { cwd: app, detached: true });
    try {
      await openApp(await browser.newPage(), site.url, /ready/);
      const address = await new Promise((resolve, reject) => {
        let text = '';
        vite.stdout.on('data', (d) => {
          text += String(d).replace(/\x1b\[\d*m/g, '');
          const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(text);
          if (found) resolve(found[0]);
        });
        vite.on('exit', () => reject(new Error(text)));
      });
      await openApp(await browser.newPage(), address, /ready/);
    } finally {
      process.kill(-Number(vite.pid));
      await site.close();
    }
  });

  test('one-file-app', async () => {
    const app = example('one-file-app');
    run(app, 'npm', 'run', 'build');
    const site = await serve(app, { base: '/' });
    try {
      await openApp(await browser.newPage(), site.url, /ready/);
      assert.deepEqual(site.requests.filter((r) => /wasm|sqz|mjs/.test(r)), [], 'nothing but the script is asked for');
    } finally {
      await site.close();
    }
  });
});

const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; connect-src 'self'; img-src 'self' blob:; form-action 'self'";

for (const name of /** @type {const} */ (['chromium', 'firefox'])) {
  describe(`<squeezenet-classifier> in ${name}`, () => {
    /** @type {Browser} */ let browser;
    /** @type {Awaited<ReturnType<typeof serve>>} */ let site;
    before(async () => {
      browser = await launch(name);
      site = await serve(root, { base: '/' });
    });
    after(async () => {
      await browser?.close();
      await site?.close();
    });

    /** A page of its own with the element in it, under a strict policy. @param {string} html */
    async function open(html) {
      site.special.set('page.html', (response) => {
        response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy })
          .end(`<!doctype html><html lang="en"><title>Test</title><main>${html}</main><script type="module" src="dist/npm/element.mjs"></script>`);
        return true;
      });
      const page = await browser.newPage();
      await page.goto(`${site.url}page.html`);
      await page.waitForFunction(() => customElements.get('squeezenet-classifier'));
      return page;
    }
    const answered = (/** @type {Page} */ page) => page.waitForFunction(() => {
      const e = /** @type {import('../web/element.mjs').SqueezeNetClassifier | null} */ (document.querySelector('squeezenet-classifier'));
      return Boolean(e?.predictions.length) && e?.shadowRoot?.querySelector('.error[hidden]');
    }, { timeout: 30000 });

    test('src, topk; its events; nothing global, and nothing against the policy', async () => {
      const page = await open('<squeezenet-classifier topk="3"></squeezenet-classifier>');
      const { events, rows, globals, broken } = await page.evaluate(async () => {
        const element = /** @type {import('../web/element.mjs').SqueezeNetClassifier} */ (document.querySelector('squeezenet-classifier'));
        const before = new Set(Object.getOwnPropertyNames(window));
        const events = /** @type {string[]} */ ([]), broken = /** @type {string[]} */ ([]);
        document.addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective));
        for (const name of ['load', 'progress', 'result', 'error']) document.addEventListener(`squeezenet-${name}`, () => events.at(-1) === name || events.push(name));
        const result = new Promise((resolve) => element.addEventListener('squeezenet-result', resolve));
        element.src = 'web/pictures/cat.jpg';
        await result;
        return {
          events, broken, rows: [...(element.shadowRoot?.querySelectorAll('.row') ?? [])].map((r) => /** @type {HTMLElement} */ (r).innerText),
          globals: Object.getOwnPropertyNames(window).filter((n) => !before.has(n)),
        };
      });
      assert.deepEqual(events.filter((e) => e !== 'progress'), ['load', 'result']);
      assert.ok(events.includes('progress'));
      assert.equal(rows.length, 3);
      assert.match(rows[0], /cat\s+\d+%/);
      assert.deepEqual(globals, []);
      assert.deepEqual(broken, []);
      await page.close();
    });

    test('a picture of the page\'s in the slot; a form takes its value, and resets it', async () => {
      const page = await open('<form><squeezenet-classifier name="seen"><img src="web/pictures/rocket.jpg" alt="A rocket"></squeezenet-classifier></form>');
      await answered(page);
      const before = await page.evaluate(() => new FormData(/** @type {HTMLFormElement} */ (document.querySelector('form'))).get('seen'));
      assert.equal(before, await page.$eval('squeezenet-classifier', (e) => /** @type {any} */ (e).value));
      assert.ok(String(before).length > 2);
      const after = await page.evaluate(() => {
        const form = /** @type {HTMLFormElement} */ (document.querySelector('form'));
        form.reset();
        return new FormData(form).get('seen');
      });
      assert.equal(after, null);
      await page.close();
    });

    test('a file that is chosen, dropped or pasted; none while it is disabled', async () => {
      const page = await open('<squeezenet-classifier disabled></squeezenet-classifier>');
      const give = (/** @type {string} */ how) => page.evaluate(async (base64, how) => {
        const element = /** @type {import('../web/element.mjs').SqueezeNetClassifier} */ (document.querySelector('squeezenet-classifier'));
        element.clear();
        const transfer = new DataTransfer();
        transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'cat.jpg', { type: 'image/jpeg' }));
        const changed = new Promise((resolve) => element.addEventListener('change', () => resolve(element.value), { once: true }));
        if (how === 'drop') {
          for (const type of ['dragover', 'drop']) element.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
        } else if (how === 'paste') {
          const event = new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true });
          if (!event.clipboardData?.files.length) Object.defineProperty(event, 'clipboardData', { value: transfer });
          element.dispatchEvent(event);
        } else {
          const input = /** @type {HTMLInputElement} */ (element.shadowRoot?.querySelector('input'));
          input.files = transfer.files;
          input.dispatchEvent(new Event('change'));
        }
        return element.disabled ? new Promise((resolve) => setTimeout(() => resolve(element.value), 300)) : changed;
      }, Buffer.from(cat).toString('base64'), how);
      assert.equal(await give('drop'), '');
      assert.equal(await page.$eval('squeezenet-classifier', (e) => /** @type {HTMLButtonElement} */ (e.shadowRoot?.querySelector('.choose')).disabled), true);
      await page.$eval('squeezenet-classifier', (e) => e.removeAttribute('disabled'));
      for (const how of ['drop', 'paste', 'choose']) assert.match(String(await give(how)), /cat/, how);
      assert.match(await page.$eval('squeezenet-classifier', (e) => String(e.shadowRoot?.querySelector('[aria-live]')?.textContent)), /cat, \d+%/);
      await page.close();
    });

    test('what is wrong is said, and is an event; the next picture is answered', async () => {
      const page = await open('<squeezenet-classifier></squeezenet-classifier>');
      const said = await page.evaluate(async () => {
        const element = /** @type {import('../web/element.mjs').SqueezeNetClassifier} */ (document.querySelector('squeezenet-classifier'));
        const sentences = [];
        for (const act of [() => (element.src = 'web/pictures/nowhere.jpg'), () => element.classify(new Blob(['words'])).catch(() => {})]) {
          const failed = new Promise((resolve) => element.addEventListener('squeezenet-error', (e) => resolve(/** @type {CustomEvent} */ (e).detail.error.message), { once: true }));
          act();
          const shown = await failed;
          sentences.push([shown, element.shadowRoot?.querySelector('[role=alert]')?.textContent, element.matches(':state(error)')]);
        }
        return sentences;
      });
      assert.match(String(said[0][0]), /nowhere\.jpg.*404/);
      assert.match(String(said[1][0]), /not a picture/);
      for (const [event, shown, state] of said) assert.deepEqual([shown, state], [event, true]);
      await page.$eval('squeezenet-classifier', (e) => e.setAttribute('src', 'web/pictures/cat.jpg'));
      await answered(page);
      await page.close();
    });

    test('heatmap: a row shows by mouse and keyboard where its class is seen', async () => {
      const page = await open('<squeezenet-classifier src="web/pictures/cat.jpg" heatmap></squeezenet-classifier>');
      await answered(page);
      const shown = (/** @type {boolean} */ wanted) => page.waitForFunction((wanted) => document.querySelector('squeezenet-classifier')?.shadowRoot?.querySelector('canvas')?.classList.contains('shown') === wanted, { timeout: 10000 }, wanted);
      await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector('squeezenet-classifier')?.shadowRoot?.querySelector('.choose')).focus());
      await page.keyboard.press('Tab');
      await shown(true);
      const [face, behind] = await page.$eval('squeezenet-classifier', (e) => {
        const canvas = /** @type {HTMLCanvasElement} */ (e.shadowRoot?.querySelector('canvas'));
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        return [[0.2, 0.4, 0.4, 0.4], [0.85, 0.6, 0.15, 0.4]].map(([x, y, w, h]) => {
          const { data } = context.getImageData(x * canvas.width, y * canvas.height, w * canvas.width, h * canvas.height);
          return data.reduce((sum, v, i) => (i % 4 === 3 ? sum + v : sum), 0) / (data.length / 4);
        });
      });
      assert.ok(face < behind - 40, `the cat's face is darkened by ${face}, what is behind it by ${behind}`);
      await page.keyboard.press(' ');
      assert.equal(await page.$eval('squeezenet-classifier', (e) => e.shadowRoot?.querySelector('.row')?.getAttribute('aria-pressed')), 'true');
      await page.keyboard.press(' ');
      await page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector('squeezenet-classifier')?.shadowRoot?.querySelector('.choose')).focus());
      await shown(false);
      await page.close();
    });

    test('attributes and properties are one; a change asks again', async () => {
      const page = await open('<squeezenet-classifier src="web/pictures/cat.jpg" topk="2"></squeezenet-classifier>');
      await answered(page);
      const facts = await page.evaluate(async () => {
        const element = /** @type {import('../web/element.mjs').SqueezeNetClassifier} */ (document.querySelector('squeezenet-classifier'));
        const next = () => new Promise((resolve) => element.addEventListener('squeezenet-result', (e) => resolve(/** @type {CustomEvent} */ (e).detail.predictions.map((/** @type {any} */ p) => p.index)), { once: true }));
        const counts = [element.predictions.length];
        let result = next();
        element.topK = 4;
        counts.push((/** @type {any} */ (await result)).length);
        result = next();
        element.classes = [281, 'n02124075'];
        const chosen = await result;
        result = next();
        element.setAttribute('classes', '');
        element.threshold = 0.9;
        const unlikely = await result;
        return { counts, chosen, unlikely, attributes: ['topk', 'classes', 'threshold'].map((n) => element.getAttribute(n)) };
      });
      assert.deepEqual(facts, { counts: [2, 4], chosen: [285, 281], unlikely: [], attributes: ['4', '', '0.9'] });
      await page.close();
    });

    test('one network for all elements with the same settings, ended with the last', async () => {
      const page = await open('<squeezenet-classifier src="web/pictures/cat.jpg"></squeezenet-classifier><squeezenet-classifier src="web/pictures/rocket.jpg"></squeezenet-classifier>');
      const facts = await page.evaluate(async () => {
        const [a, b] = /** @type {import('../web/element.mjs').SqueezeNetClassifier[]} */ ([...document.querySelectorAll('squeezenet-classifier')]);
        const model = await a.load();
        const shared = model === await b.load();
        a.remove();
        await new Promise((resolve) => setTimeout(resolve, 50));
        const lives = await model.selfTest().then(({ ok }) => ok);
        const parent = document.createElement('div');
        document.body.append(parent);
        parent.append(b); // moved, not removed
        await new Promise((resolve) => setTimeout(resolve, 50));
        const moved = model === await b.load();
        b.remove();
        await new Promise((resolve) => setTimeout(resolve, 50));
        const ended = await model.selfTest().then(() => '', (e) => e.code);
        document.body.append(a); // and back: a new network
        const again = await a.load();
        return { shared, lives, moved, ended, again: again !== model && (await again.selfTest()).ok };
      });
      assert.deepEqual(facts, { shared: true, lives: true, moved: true, ended: 'disposed', again: true });
      await page.close();
    });

    if (name === 'chromium') {
      for (const scheme of ['light', 'dark']) {
        test(`axe finds no fault, ${scheme}`, async () => {
          const page = await open(`<meta name="color-scheme" content="${scheme}"><h1>Test</h1><squeezenet-classifier src="web/pictures/cat.jpg" heatmap></squeezenet-classifier>`);
          await answered(page);
          await page.evaluate(axe);
          const found = await page.evaluate(async () => /** @type {any} */ (window).axe.run());
          assert.deepEqual(found.violations.map((/** @type {any} */ v) => `${v.id}: ${v.nodes.map((/** @type {any} */ n) => n.html)}`), []);
          await page.close();
        });
      }
    }
  });
}
