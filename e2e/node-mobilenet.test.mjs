// The adapter beside the original: what a page may rely on, asked of both. The original runs on TensorFlow.js
// with its weights faked, as its own tests do it.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';

const require = createRequire(import.meta.url);
const tf = /** @type {typeof import('@tensorflow/tfjs-core')} */ (require('@tensorflow/tfjs-core'));
require('@tensorflow/tfjs-backend-cpu');
const converter = require('@tensorflow/tfjs-converter');
converter.loadGraphModel = /** @type {any} */ (async () => ({
  predict: (/** @type {import('@tensorflow/tfjs-core').Tensor} */ x) => tf.tensor(Float32Array.from({ length: 1001 * x.shape[0] }, (_, i) => (i * 7919) % 1009 / 100), [x.shape[0], 1001]),
  execute: (/** @type {import('@tensorflow/tfjs-core').Tensor} */ x) => tf.zeros([x.shape[0], 1, 1, 1024]),
}));

/** @type {typeof import('@tensorflow-models/mobilenet')} */ const original = require('@tensorflow-models/mobilenet');
/** @type {typeof import('../web/mobilenet.mjs')} */ const ours = await import(new URL('../dist/npm/mobilenet.mjs', import.meta.url).href);
const squeezenet = /** @type {typeof import('../web/squeezenet.mjs')} */ (await import(new URL('../dist/npm/squeezenet.mjs', import.meta.url).href));

// A gradient with stripes: red, green, blue.
const width = 240, height = 180;
const rgb = Int32Array.from({ length: width * height * 3 }, (_, i) => (i * 31 ^ (i >> 7)) & 255);
const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 255 : rgb[(i >> 2) * 3 + i % 4]));
const pixels = { data: rgba, width, height };

for (const [name, mobilenet] of /** @type {const} */ ([['@tensorflow-models/mobilenet', original], ['squeezenet-wasm/mobilenet', ours]])) {
  describe(name, () => {
    /** @type {any} */ let model;
    before(async () => {
      model = await mobilenet.load();
    });
    after(() => model.dispose?.());

    test('it says its version', () => assert.equal(mobilenet.version, original.version));

    for (const config of /** @type {const} */ ([{ version: 1, alpha: 0.25 }, { version: 1, alpha: 1 }, { version: 2, alpha: 0.5 }, { version: 2, alpha: 0.75 }])) {
      test(`load(${JSON.stringify(config)})`, async () => {
        const loaded = /** @type {any} */ (await mobilenet.load(config));
        assert.equal((await loaded.classify(tf.zeros([4, 4, 3]))).length, 3);
        await loaded.dispose?.();
      });
    }

    test('a version or alpha that does not exist', async () => {
      const load = /** @type {(config: any) => Promise<unknown>} */ (mobilenet.load);
      await assert.rejects(load({ version: 3 }), /Invalid version of MobileNet\. Valid versions are: 1\.00,2\.00/);
      await assert.rejects(load({ version: 1, alpha: 0.3 }), /invalid alpha 0\.3\. Valid multipliers for this version are: 0\.25,0\.50,0\.75,1\.00\./);
      await assert.rejects(load({ version: 2, alpha: 0.25 }), /invalid alpha 0\.25\. Valid multipliers for this version are: 0\.50,0\.75,1\.00\./);
    });

    test('classify: three classes unless told otherwise, likeliest first, each a name and a probability', async () => {
      const three = await model.classify(pixels);
      assert.equal(three.length, 3);
      for (const prediction of three) assert.deepEqual(Object.keys(prediction).sort(), ['className', 'probability']);
      const all = await model.classify(pixels, 1000);
      assert.deepEqual(all.slice(0, 3), three);
      assert.ok(all.every((/** @type {any} */ p, /** @type {number} */ i) => i === 0 || p.probability <= all[i - 1].probability));
      const sum = all.reduce((/** @type {number} */ s, /** @type {any} */ p) => s + p.probability, 0);
      assert.ok(Math.abs(sum - 1) < 1e-4, `they add up to ${sum}`);
      assert.deepEqual(await model.classify(pixels, 0), []);
      await assert.rejects(model.classify(pixels, 1001));
    });

    test('tensors of bytes and of floats from 0 to 255 are pictures, and stay their owner\'s', async () => {
      const ints = tf.tensor3d(rgb, [height, width, 3], 'int32');
      const floats = tf.tensor3d(Float32Array.from(rgb), [height, width, 3]);
      const tensors = tf.memory().numTensors;
      assert.deepEqual(await model.classify(ints, 5), await model.classify(pixels, 5));
      assert.deepEqual(await model.classify(floats, 5), await model.classify(pixels, 5));
      assert.equal(tf.memory().numTensors, tensors);
      assert.equal(ints.isDisposed, false);
      tf.dispose([ints, floats]);
    });

    test('a tensor may be disposed of while it is classified', async () => {
      const x = tf.tensor3d(rgb, [height, width, 3], 'int32');
      const answer = model.classify(x, 5);
      x.dispose();
      assert.deepEqual(await answer, await model.classify(pixels, 5));
    });

    test('infer gives at once a tensor whose values can be had', async () => {
      const logits = model.infer(pixels);
      assert.deepEqual(logits.shape, [1, 1000]);
      assert.equal(logits.dtype, 'float32');
      assert.equal(logits.size, 1000);
      assert.equal(logits.rank, 2);
      const data = await logits.data();
      assert.ok(data instanceof Float32Array && data.length === 1000);
      assert.deepEqual(await logits.array(), [Array.from(data)]);
      assert.deepEqual(logits.dataSync(), data);
      assert.deepEqual(logits.arraySync(), [Array.from(data)]);
      assert.equal(logits.isDisposed, false);
      logits.dispose();
      assert.equal(logits.isDisposed, true);
      assert.throws(() => logits.dataSync(), /Tensor is disposed/);
    });

    test('an awaited tensor has its values', async () => {
      const logits = await model.infer(pixels);
      assert.equal(logits.dataSync().length, 1000);
    });

    test('classify is the softmax of infer\'s logits', async () => {
      const logits = await (await model.infer(pixels)).data();
      const sum = logits.reduce((/** @type {number} */ s, /** @type {number} */ l) => s + Math.exp(l), 0);
      const [best] = await model.classify(pixels, 1);
      assert.ok(Math.abs(best.probability - Math.exp(Math.max(...logits)) / sum) < 1e-5);
    });

    test('embeddings, also where something true is passed', async () => {
      const size = model.infer(pixels, true).shape[1];
      assert.equal(size, mobilenet === ours ? 512 : 1024);
      const embedding = await model.infer(pixels, 'conv_preds');
      assert.deepEqual(embedding.shape, [1, size]);
      assert.equal((await embedding.data()).length, size);
    });

    test('batches', async () => {
      const batch = tf.zeros([3, 227, 227, 3]);
      const logits = await model.infer(batch), embedding = await model.infer(batch, true);
      assert.equal(logits.shape[0], 3);
      assert.equal((await logits.array()).length, 3);
      assert.equal(embedding.shape[0], 3);
      batch.dispose();
    });

    test('no picture', async () => {
      assert.throws(() => model.infer(null));
      assert.throws(() => model.infer(undefined));
      assert.throws(() => model.infer(tf.zeros([227])));
      await assert.rejects(model.classify(null));
      await assert.rejects(model.classify('nonsense'));
      await assert.rejects(model.classify(tf.zeros([227])));
    });
  });
}

test('both have the same 1000 class names', async () => {
  const names = async (/** @type {any} */ mobilenet) => {
    const model = await mobilenet.load();
    const all = await model.classify(pixels, 1000);
    await model.dispose?.();
    return all.map((/** @type {any} */ p) => p.className).sort();
  };
  assert.deepEqual(await names(ours), await names(original));
});

test('the adapter gives squeezenet.mjs\'s answers, bit for bit', async () => {
  const model = await squeezenet.load();
  const adapter = await ours.load();
  const tensor = tf.tensor3d(rgb, [height, width, 3], 'int32');
  assert.deepEqual(await adapter.classify(tensor, 5), (await model.classify(pixels, 5)).map(({ className, probability }) => ({ className, probability })));
  assert.deepEqual((await adapter.infer(tensor)).dataSync(), (await model.infer(pixels)).data);
  const embedding = (await adapter.infer(tensor, true)).dataSync();
  const { data, shape: [h, w, channels] } = await model.infer(pixels, { output: 'features' });
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let i = 0; i < h * w; i++) sum += data[i * channels + c];
    assert.ok(Math.abs(embedding[c] - sum / (h * w)) < 1e-3, `channel ${c}: ${embedding[c]}, ${sum / (h * w)}`);
  }
  await model.dispose();
  await adapter.dispose();
});

test('where the adapter differs, it says so', async () => {
  const model = await ours.load({ version: 2 }); // the original's documentation says that alpha is 1 then
  const pending = model.infer(pixels);
  assert.throws(() => pending.dataSync(), { code: 'not-ready', message: /await model\.infer/ });
  await pending.data();
  const stopped = model.infer(pixels);
  stopped.dispose();
  await assert.rejects(stopped.data(), /disposed/);
  assert.throws(() => model.infer(tf.zeros([4, 4, 4])), { code: 'bad-source', message: /\[height, width, 3\].*\[4,4,4\]/ });
  await assert.rejects(model.classify(tf.zeros([2, 4, 4, 3])), { code: 'bad-source', message: /one picture/ });
  await assert.rejects(model.classify({ shape: [2, 2, 3], dataSync: () => new Float32Array(5) }), { code: 'bad-source', message: /12 values.*5/ });
  await model.dispose();
  await assert.rejects(ours.load({ modelUrl: /** @type {any} */ ({ load() {} }) }), { code: 'bad-option', message: /IOHandler/ });
  await assert.rejects(ours.load({ modelUrl: '/nowhere/model.json', inputRange: [0, 1] }), { code: 'model-missing' });
  await assert.rejects(ours.load({ inputRange: /** @type {any} */ ([1]) }), { code: 'bad-option' });
});
