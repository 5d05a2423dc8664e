// The public module in Node: on this thread and in a worker, with the same answers as the native program.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import threads from 'node:worker_threads';

import { bad, cat, chelsea, odd, oriented } from './pictures.mjs';

/** @typedef {import('../web/squeezenet.mjs').Model} Model */
/** @typedef {import('../web/squeezenet.mjs').Progress} Progress */

/** What the build made of web/. @type {typeof import('../web/squeezenet.mjs')} */
const { load, SqueezeNetError } = await import(new URL('../dist/squeezenet.mjs', import.meta.url).href);

const root = fileURLToPath(new URL('../', import.meta.url));
const sha = (/** @type {Float32Array} */ values) => createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');

/** @param {Promise<unknown>} promise @param {string} code @param {RegExp} says */
async function fails(promise, code, says) {
  await assert.rejects(promise, (e) => {
    assert.ok(e instanceof SqueezeNetError, String(e));
    assert.equal(e.code, code, e.message);
    assert.match(e.message, says);
    return true;
  });
}

for (const worker of [true, false]) {
  describe(worker ? 'in a worker' : 'on the calling thread', () => {
    /** @type {Model} */ let model;
    const globals = Object.keys(globalThis).sort();
    before(async () => {
      model = await load({ worker });
    });
    after(() => model.dispose());

    test('a cat is a cat', async () => {
      const [best, ...others] = await model.classify(cat);
      assert.match(best.className, /cat/);
      assert.match(best.wnid, /^n\d{8}$/);
      assert.equal(others.length, 4);
      assert.ok(others.every((p, i) => p.probability <= [best, ...others][i].probability), 'likeliest first');
      assert.equal((await model.classify(`${root}web/pictures/cat.jpg`, 1))[0].index, best.index, 'by path');
      assert.equal((await model.classify(new URL('../web/pictures/cat.jpg', import.meta.url), { topK: 1 }))[0].index, best.index, 'by URL');
      assert.equal((await model.classify(new Blob([cat]), 1))[0].index, best.index, 'as a Blob');
      assert.equal((await model.classify(new Blob([cat]), 1000)).length, 1000);
    });

    test('no name is left on globalThis', () => {
      assert.deepEqual(Object.keys(globalThis).sort(), globals);
    });

    test('the self-test gives the golden hash', async () => {
      const { hash, expected, ok } = await model.selfTest();
      assert.equal(hash, expected);
      assert.equal(ok, true);
    });

    test('outputs have their shapes, and the class map its mean', async () => {
      const { data, shape } = await model.infer(cat);
      assert.deepEqual(shape, [1000]);
      assert.deepEqual((await model.infer(cat, { output: 'features' })).shape, [14, 14, 512]);
      assert.deepEqual((await model.infer(cat, { output: 'pool1' })).shape, [56, 56, 64]);
      const sum = (await model.infer(cat, { output: 'probabilities' })).data.reduce((a, b) => a + b);
      assert.ok(Math.abs(sum - 1) < 1e-5, `probabilities sum up to ${sum}`);
      const map = await model.classMap(cat, 282);
      assert.equal(map.data.length, map.width * map.height);
      const mean = map.data.reduce((a, b) => a + b) / map.data.length;
      assert.ok(Math.abs(mean - data[282]) < 1e-3, `mean ${mean}, logit ${data[282]}`);
      await fails(model.infer(cat, { output: 'conv11' }), 'bad-option', /conv11.*layers\(\)/);
      await fails(model.classMap(cat, 1000), 'bad-option', /0 to 999/);
    });

    test('layers add up to the paper\'s number of parameters', async () => {
      const layers = await model.layers();
      assert.equal(layers.reduce((n, l) => n + l.parameters, 0), 1235496);
      assert.equal(model.info().parameters, 1235496);
    });

    test('many pictures in their order, by path and as bytes; only some classes; a map as an image', async () => {
      const found = [];
      for await (const { index, predictions, error } of model.classifyAll([`${root}web/pictures/coffee.jpg`, Buffer.from(cat), '/no/such.jpg', `data:image/jpeg;base64,${Buffer.from(cat).toString('base64')}`], { topK: 1, concurrency: 2 })) {
        found.push([index, error?.code ?? predictions?.[0].className.includes('cat')]);
      }
      assert.deepEqual(found, [[0, false], [1, true], [2, 'picture-missing'], [3, true]]);
      const [dog] = await model.classify(cat, { classes: ['n02085620', 'Japanese spaniel'], topK: 1 });
      assert.ok(dog.index === 151 || dog.index === 152);
      const { image } = await model.classMap(cat, 282);
      assert.equal(image.data.length, 4 * image.width * image.height);
      assert.ok(image.data instanceof Uint8ClampedArray && image.data[0] === 255);
    });

    test('train, export, load', async () => {
      const plain = (/** @type {number} */ from, /** @type {number} */ n) => Array.from({ length: n }, (_, i) => ({ data: new Uint8Array(1024).fill(from + i), width: 16, height: 16 }));
      let slices = 0, training = false;
      const turns = new Set();
      const timer = setInterval(() => training && turns.add(slices), 1); // this thread goes on with other things
      const mine = await model.train({ cat: [...Array(8).fill(cat), chelsea], cup: Array(8).fill(`${root}web/pictures/coffee.jpg`), dark: plain(0, 40), grey: plain(3, 40) }, {
        onProgress({ phase }) {
          training = phase === 'train';
          if (training) slices++;
        },
      });
      clearInterval(timer);
      assert.ok(slices > 3 && turns.size > 2, `${turns.size} turns between ${slices} slices`);
      assert.equal(mine.training?.of, 97);
      const [best] = await mine.classify(`${root}web/pictures/coffee.jpg`);
      assert.equal(best.className, 'cup');
      const again = await load({ model: await mine.export(), worker });
      assert.deepEqual(await again.classify(`${root}web/pictures/coffee.jpg`), await mine.classify(`${root}web/pictures/coffee.jpg`));
      await mine.dispose();
      await again.dispose();
      assert.equal((await model.classify(cat)).length, 5, 'the one that it was made from goes on');
      await fails(model.train({ cat: [cat, cat], cup: [cat, '/no/such.jpg'] }), 'picture-missing', /Picture 1 of class "cup" \(\/no\/such\.jpg\)/);
    });

    test('crops differ, and unknown ones are refused', async () => {
      const hashes = new Set();
      for (const crop of /** @type {const} */ (['squash', 'center', 'fit'])) hashes.add(sha((await model.infer(chelsea, { crop })).data));
      assert.equal(hashes.size, 3);
      await fails(model.classify(cat, { crop: /** @type {any} */ ('round') }), 'bad-option', /"round".*"squash"/);
    });

    test('EXIF orientation is applied once', async () => {
      const upright = await model.infer(cat);
      const turned = await model.infer(oriented(cat, 6));
      assert.notEqual(sha(upright.data), sha(turned.data));
      assert.equal(sha((await model.infer(oriented(cat, 1))).data), sha(upright.data));
    });

    for (const { name, bytes, says, code } of bad) {
      test(`bad picture: ${name}`, () => fails(model.classify(bytes), code, says));
    }
    for (const { name, bytes } of odd) {
      test(`odd picture: ${name}`, async () => assert.equal((await model.classify(bytes)).length, 5));
    }
    test('bad sources and options', async () => {
      await fails(model.classify(/** @type {any} */ (7)), 'bad-source', /Number/);
      await fails(model.classify(/** @type {any} */ (null)), 'bad-source', /Null/);
      await fails(model.classify({ data: new Uint8Array(5), width: 2, height: 2 }), 'bad-source', /16 bytes/);
      await fails(model.classify('/no/such/picture.jpg'), 'picture-missing', /picture\.jpg/);
      await fails(model.classify(cat, 0), 'bad-option', /1 to 1000/);
      assert.equal((await model.classify(cat)).length, 5, 'and it goes on');
    });

    test('many at once are answered in order', async () => {
      /** @type {number[]} */ const order = [];
      await Promise.all([3, 1, 2, 5, 4].map(async (k, i) => {
        assert.equal((await model.classify(i % 2 ? cat : chelsea, k)).length, k);
        order.push(i);
      }));
      assert.deepEqual(order, [0, 1, 2, 3, 4]);
    });

    test('aborting rejects with the reason, and the queue goes on', async () => {
      const stop = new AbortController();
      const waiting = model.classify(cat, { signal: stop.signal });
      const next = model.classify(cat);
      stop.abort();
      await assert.rejects(waiting, { name: 'AbortError' });
      assert.equal((await next).length, 5);
      await assert.rejects(model.classify(cat, { signal: AbortSignal.abort() }), { name: 'AbortError' });
    });
  });
}

test('logits and maps are the native program\'s, to the bit', async () => {
  const pictures = ['picture/testdata/chelsea.png', 'picture/decode/testdata/rgb.png', 'picture/decode/testdata/alpha.png', 'web/pictures/cat.jpg'];
  for (const [precision, file] of /** @type {const} */ ([['int8', 'squeezenet1_1.sqz'], ['float32', 'squeezenet1_1-f32.sqz']])) {
    const lines = execFileSync('go', ['run', './e2e/native', `dist/${file}`, ...pictures], { cwd: root, encoding: 'utf8' }).trim().split('\n');
    // float32 is promised to the bit where the kernels multiply, then add: kernels.wasm
    const model = await load({ precision, kernels: new URL('../dist/kernels.wasm', import.meta.url) });
    for (const [i, picture] of pictures.entries()) {
      const logits = await model.infer(`${root}${picture}`);
      const maps = await model.infer(`${root}${picture}`, { output: 'conv10' });
      assert.equal(`${sha(logits.data)} ${sha(maps.data)}`, lines[i], `${precision}, ${picture}`);
    }
    await model.dispose();
  }
});

test('over 1000 pictures of any size memory grows no more after the first ones, and stays below 48 MB', async () => {
  const model = await load();
  let seed = 1;
  const random = (/** @type {number} */ n) => 1 + (seed = (seed * 16807) % 2147483647) % n; // Park and Miller's minimal standard
  const some = async (/** @type {number} */ n) => {
    for (let i = 0; i < n; i++) {
      const width = random(1600), height = random(1200);
      await model.classify({ data: new Uint8Array(4 * width * height).fill(i), width, height });
    }
    return model.info().memory;
  };
  const first = await some(20);
  const settled = await some(230);
  assert.ok(settled - first <= 2 ** 20, `${first} bytes after 20 pictures, ${settled} after 250`); // once, as the heap settles
  assert.equal(await some(750), settled);
  assert.ok(settled <= 48e6, `${settled} bytes`);
  await model.dispose();
});

test('the bridge answers with faults, never throws, before a model and a picture are there', async () => {
  const { createEngine, instantiate } = await import(new URL('../dist/engine.mjs?anew', import.meta.url).href);
  /** @type {any} */ let bridge;
  const engine = createEngine({
    choose: () => 'go',
    /** @param {WebAssembly.Module} wasm */
    async instantiate(wasm) {
      const started = await instantiate(wasm, null);
      bridge = started.bridge;
      return started;
    },
  }, () => {});
  const wasm = await WebAssembly.compile(readFileSync(new URL('../dist/squeezenet-node.wasm', import.meta.url)));
  assert.deepEqual(await engine('start', { wasm, kernels: null }), { value: undefined });
  for (const name of ['begin', 'finish', 'top', 'labels', 'output', 'embedding', 'classMap', 'layers', 'selfTest', 'rest', 'feed', 'decode', 'trainFinish']) {
    const { error } = bridge[name](1, 1, 'squash');
    assert.ok(['not-loaded', 'no-picture'].includes(error.code), `${name}: ${JSON.stringify(error)}`);
    assert.match(error.message, /first/);
  }
  assert.equal(bridge.init().error.code, 'internal', 'a panic is a fault too');
  const { value } = await engine('init', { model: new Uint8Array(readFileSync(new URL('../dist/squeezenet1_1.sqz', import.meta.url))), precision: '' });
  assert.equal(value.kernels, 'go', 'without SIMD it is the Go form, and says so');
  assert.equal(bridge.top(5).error.code, 'no-picture');
});

test('after dispose() every call says so', async () => {
  const model = await load();
  const waiting = model.classify(cat);
  const queued = model.classify(cat);
  const settled = Promise.allSettled([waiting, queued]);
  await model.dispose();
  for (const call of await settled) assert.ok(call.status === 'fulfilled' || call.reason.code === 'disposed', 'no call is left waiting');
  await fails(model.classify(cat), 'disposed', /load\(\)/);
  await fails(model.layers(), 'disposed', /load\(\)/);
  await model.dispose();
});

test('a worker that dies is replaced once, and a call with which both die says so', async () => {
  const { Worker } = threads;
  /** @type {InstanceType<typeof Worker>[]} */ const all = [];
  let hurry = false; // the next ones die when a picture is sent
  threads.Worker = class extends Worker {
    /** @param {ConstructorParameters<typeof Worker>} args */
    constructor(...args) {
      super(...args);
      all.push(this);
    }

    /** @param {any} message @param {any} transfer */
    postMessage(message, transfer) {
      super.postMessage(message, transfer);
      if (hurry && message.name === 'run') this.terminate();
    }
  };
  syncBuiltinESMExports();
  try {
    const model = await load({ workers: 2 });
    await all[0].terminate();
    assert.equal((await model.classify(cat)).length, 5, 'one that died idle');
    const pixels = { data: new Uint8Array(4 * 90 * 90), width: 90, height: 90 };
    hurry = true;
    const calls = [model.classify(cat), model.classify(pixels)];
    while (all.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    hurry = false;
    for (const call of calls) assert.equal((await call).length, 5, 'one that died at work');
    hurry = true;
    await fails(model.classify(cat), 'worker-died', /Ask again/);
    hurry = false;
    assert.equal((await model.classify(cat)).length, 5);
    await model.dispose();
  } finally {
    threads.Worker = Worker;
    syncBuiltinESMExports();
  }
});

test('the entry with everything inlined works in Node, for pixels', async () => {
  /** @type {typeof import('../web/squeezenet.mjs')} */
  const inline = await import(new URL('../dist/npm/inline.mjs', import.meta.url).href);
  for (const worker of [true, false]) {
    const model = await inline.load({ worker });
    assert.equal((await model.selfTest()).ok, true);
    assert.equal((await model.classify({ data: new Uint8Array(4 * 90 * 90), width: 90, height: 90 })).length, 5);
    await assert.rejects(model.classify(cat), { code: 'picture-not-decoded', message: /main entry/ });
    await model.dispose();
  }
});

test('load() refuses what is not a model, and says what it found where', async () => {
  const file = new URL('../dist/squeezenet1_1.sqz', import.meta.url);
  const bytes = new Uint8Array(readFileSync(file));
  const flipped = bytes.slice();
  flipped[bytes.length >> 1] ^= 4;
  await fails(load({ model: bytes.slice(0, bytes.length - 1000) }), 'model-damaged', /again/);
  await fails(load({ model: bytes.slice(0, 10) }), 'model-damaged', /again|not a model|10 bytes/);
  await fails(load({ model: flipped }), 'model-damaged', /checksum.*again/);
  await fails(load({ model: new Uint8Array(0) }), 'model-damaged', /empty/);
  await fails(load({ model: new TextEncoder().encode('<!DOCTYPE html><title>404</title>') }), 'model-html', /HTML/);
  await fails(load({ model: '/no/such/model.sqz' }), 'model-missing', /model\.sqz/);
  await fails(load({ wasm: '/no/such/program.wasm' }), 'wasm-missing', /program\.wasm/);
  await fails(load({ wasm: bytes }), 'wasm-damaged', /build/);
  await fails(load({ kernels: '/no/such/kernels.wasm' }), 'kernels-missing', /kernels\.wasm/);
  await fails(load({ kernels: bytes }), 'kernels-damaged', /build/);
  await fails(load({ model: bytes, precision: 'float32' }), 'bad-option', /int8.*float32/);
  await fails(load({ precision: /** @type {any} */ ('int4') }), 'bad-option', /int4/);
  for (const workers of /** @type {any[]} */ ([0, -1, 1.5, NaN, Infinity, '2', null])) await fails(load({ workers }), 'bad-option', /workers is .*; it may be an integer, 1 or more/);
  await fails(load({ labels: ['one'] }), 'bad-option', /1 labels.*1000/);
  const newer = bytes.slice();
  newer[8]++; // the format's version
  await fails(load({ model: newer }), 'model-version', /version 2, this program reads version 1.*update/);
  const foreign = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]); // a module with nothing in it
  await fails(load({ kernels: foreign }), 'kernels-damaged', /do not fit together.*build/);
  await fails(load({ wasm: foreign }), 'kernels-damaged', /do not fit together.*build/);
});

test('options that may not be are refused by their name', async () => {
  const model = await load();
  const any = (/** @type {any} */ value) => value;
  for (const [options, says] of /** @type {[any, RegExp][]} */ ([
    [0, /topK is 0; it may be 1 to 1000/], [1001, /topK is 1001/], [{ topK: '5' }, /topK is "5"/], [{ topK: 2.5 }, /topK is 2\.5/], [{ topK: NaN }, /topK is NaN/],
    [{ threshold: -0.1 }, /threshold is -0\.1; it may be 0 to 1/], [{ threshold: '0.5' }, /threshold is "0\.5"/], [{ threshold: NaN }, /threshold is NaN/],
    [{ crop: 'round' }, /crop is "round"; .*"squash"/], [{ crop: null }, /crop is null/],
    [{ classes: [] }, /classes is empty/], [{ classes: 'tabby' }, /classes is "tabby"; it may be a list/], [{ classes: [1000] }, /class 1000.*0 to 999/], [{ classes: [-1] }, /class -1/], [{ classes: [1.5] }, /class 1\.5/], [{ classes: ['unicorn'] }, /"unicorn".*classNames\(\)/],
  ])) await fails(model.classify(cat, options), 'bad-option', says);
  for (const index of any([-1, 1000, 1.5, '3', undefined])) await fails(model.classMap(cat, index), 'bad-option', /class is .*; it may be 0 to 999/);
  for (const seed of any([-1, 0.5, '1', NaN])) await fails(model.train({ a: [cat, cat], b: [chelsea, chelsea] }, { seed }), 'bad-option', /seed/);
  for (const concurrency of any([0, 1.5, '2'])) assert.throws(() => model.classifyAll([cat], { concurrency }), { code: 'bad-option', message: /concurrency/ });
  for (const sources of any([null, undefined, 7, cat, 'cat.jpg', {}])) assert.throws(() => model.classifyAll(sources), { code: 'bad-source', message: /an iterable of pictures/ });
  for (const output of any(['', 'fire1', null, 5])) await fails(model.infer(cat, { output }), 'bad-option', /layers\(\)/);
  assert.equal((await model.classify(cat)).length, 5, 'and it goes on');
  await model.dispose();
});

test('info() says what was loaded', async () => {
  const model = await load({ precision: 'float32' });
  const none = model.info();
  assert.equal(none.times, undefined);
  await model.classify(cat);
  const { times, ...info } = model.info();
  assert.match(info.architecture, /SqueezeNet/);
  assert.deepEqual([info.precision, info.input, info.classes, info.parameters], ['float32', 227, 1000, 1235496]);
  assert.match(info.kernels, /^(go|simd|relaxed-dot|relaxed-pair)$/);
  assert.match(info.go, /^go1\.\d+/);
  assert.ok(info.model.length >= 8 && info.source.length > 10 && info.memory > 1e6 && info.bytes > 5e6 && info.loadTime > 0, JSON.stringify(info));
  assert.ok(times && times.network > 0 && times.total >= times.network, JSON.stringify(times));
  await model.dispose();
});

test('every code of an error is in the reference, and none besides', () => {
  const web = ['cli', 'element', 'inline', 'instantiate', 'mobilenet', 'parts', 'pool', 'sources', 'squeezenet', 'streams', 'worker'].map((name) => readFileSync(new URL(`../web/${name}.mjs`, import.meta.url), 'utf8')).join('');
  const go = ['bridge', 'train', 'decode_node', 'decode_web'].map((name) => readFileSync(new URL(`../wasm/${name}.go`, import.meta.url), 'utf8')).join('');
  const used = new Set(Array.from(`${web}${go}`.matchAll(/(?:SqueezeNetError\(|fail\(|fault\{|code = |'worker-died'\)|, )['"]((?:bad|picture|model|wasm|kernels|worker|video|camera|not|no)-[a-z-]+|disposed|internal|canvas)['"]/g), ([, code]) => code));
  for (const part of ['model', 'wasm', 'kernels']) for (const kind of ['missing', 'html', 'damaged']) used.add(`${part}-${kind}`);
  const told = new Set(Array.from(readFileSync(new URL('../web/parts.mjs', import.meta.url), 'utf8').matchAll(/^ \* \| (`.*?`) \|/gm), ([, codes]) => codes.split(', ')).flat().map((code) => code.slice(1, -1)));
  assert.deepEqual([...used].sort(), [...told].sort());
});

test('load() takes parts in every form, and tells of its progress', async () => {
  const bytes = readFileSync(new URL('../dist/squeezenet1_1.sqz', import.meta.url));
  for (const part of [bytes, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length), new Blob([bytes]), new Response(bytes)]) {
    const model = await load({ model: part, worker: false });
    assert.equal((await model.classify(cat)).length, 5);
    await model.dispose();
  }
  /** @type {Progress[]} */ const told = [];
  const model = await load({ onProgress: (p) => told.push(p) });
  assert.ok(told.every((p, i) => i === 0 || p.loaded >= told[i - 1].loaded), 'bytes only grow');
  assert.equal(told.at(-1)?.phase, 'ready');
  assert.equal(told.at(-1)?.loaded, model.info().bytes);
  await model.dispose();
});

test('load() can be aborted', async () => {
  const stop = new AbortController();
  const loading = load({ signal: stop.signal });
  stop.abort();
  await assert.rejects(loading, { name: 'AbortError' });
});

test('a model is given pictures as it was trained with, unless asked otherwise', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'squeezenet-'));
  try {
    const file = join(folder, 'cover.sqz');
    execFileSync('go', ['run', './cmd/squeezenet', 'convert', '--pipeline', 'torchvision', 'weights/shipped/squeezenet1_1-f32.sqz', file], { cwd: root });
    const model = await load({ model: readFileSync(file) });
    const logits = async (/** @type {import('../web/squeezenet.mjs').RunOptions} */ options) => sha((await model.infer(cat, options)).data);
    assert.equal(await logits({}), await logits({ crop: 'center' }));
    assert.notEqual(await logits({}), await logits({ crop: 'squash' }));
    await model.dispose();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a signal is let go when its call has ended', async () => {
  const model = await load();
  const { signal } = new AbortController();
  for (let i = 0; i < 3; i++) await model.classify(cat, { signal });
  await assert.rejects(model.classify(new Uint8Array(9), { signal }));
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  await model.dispose();
});
