// What Go and the engine agree on (wasm/bridge.go, wasm/train.go), called as the engine calls it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { cat, chelsea } from './pictures.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const dist = (/** @type {string} */ name) => readFileSync(new URL(`../dist/${name}`, import.meta.url));

/** A bridge with a model in it. @param {Uint8Array} model @returns {Promise<any>} */
async function bridgeOf(model) {
  const { choose, createEngine, instantiate } = await import(new URL('../dist/engine.mjs', import.meta.url).href);
  /** @type {any} */ let bridge;
  const engine = createEngine({
    choose,
    instantiate: async (/** @type {WebAssembly.Module[]} */ ...parts) => {
      const started = await instantiate(...parts);
      bridge = started.bridge;
      return started;
    },
  }, () => {});
  const kernels = await WebAssembly.compile(dist('kernels.wasm'));
  assert.deepEqual(await engine('choose', { kernels }), { value: undefined });
  const wasm = await WebAssembly.compile(dist('squeezenet-node.wasm'));
  assert.deepEqual(await engine('start', { wasm, kernels }), { value: undefined });
  const { fault } = await engine('init', { model: new Uint8Array(model), precision: '' });
  assert.equal(fault, undefined);
  return bridge;
}

/** @param {any} answer */
function good(answer) {
  assert.equal(answer?.error, undefined, answer?.error?.message);
  return answer;
}

/** @param {any} answer @param {string} code @param {RegExp} says */
function fails(answer, code, says) {
  assert.equal(answer?.error?.code, code, JSON.stringify(answer));
  assert.match(answer.error.message, says);
  assert.doesNotMatch(answer.error.message, /^(train|squeezenet|weights): /);
}

const floats = (/** @type {{bytes: Uint8Array}} */ { bytes }) => new Float32Array(bytes.buffer);

const side = 64;

/**
 * Pictures of two kinds that nobody could mix up, each with its own noise: reddish rings, bluish stripes.
 * @param {any} bridge that is to see it @param {number} kind 0 or 1 @param {number} i
 */
function show(bridge, kind, i) {
  const { x: left, y: top, width, height } = good(bridge.begin(side, side, '', false));
  const rows = new Uint8Array(4 * width * height).fill(255);
  let seed = 7919 * (kind + 1) + i;
  for (let p = 0; p < width * height; p++) {
    const x = p % width + left - 32 + i, y = (p / width | 0) + top - 32;
    const v = kind === 0 ? 128 + 100 * Math.sin(Math.hypot(x, y) / (2 + i / 4)) : (x + 64) % (6 + i) < 3 ? 220 : 30;
    seed = (seed * 16807) % 2147483647;
    rows.set(kind === 0 ? [v, v / 2, seed % 32] : [seed % 32, v / 2, v], 4 * p);
  }
  good(bridge.feed(rows));
  good(bridge.finish());
}

describe('the bridge', () => {
  for (const file of ['squeezenet1_1.sqz', 'squeezenet1_1-f32.sqz']) {
    describe(file, () => {
      /** @type {any} */ let bridge;
      before(async () => {
        bridge = await bridgeOf(dist(file));
        good(bridge.decode(cat, ''));
      });

      test('top() of some classes are theirs in the order of all', () => {
        const all = good(bridge.top(1000, null)).predictions;
        const classes = Uint32Array.of(999, 281, 3, 282, 3);
        assert.deepEqual(good(bridge.top(5, classes)).predictions, all.filter((/** @type {any} */ p) => classes.includes(p.index)), 'each once');
        assert.deepEqual(good(bridge.top(2, classes.subarray(1))).predictions.length, 2);
        assert.deepEqual(good(bridge.top(5, classes.subarray(2, 3))).predictions.map((/** @type {any} */ p) => p.index), [3], 'of a part of a buffer');
        fails(bridge.top(5, Uint32Array.of(7, 1000)), 'bad-option', /class 1000; expected 0 to 999/);
        fails(bridge.top(5, new Uint32Array(0)), 'bad-option', /at least one/);
      });

      test('labels() are those of the predictions', () => {
        const { labels } = good(bridge.labels());
        assert.equal(labels.length, 1000);
        for (const { index, wnid, className } of good(bridge.top(1000, null)).predictions) assert.deepEqual(labels[index], { wnid, className });
      });

      test('embedding() is the mean of the features', () => {
        const { shape: [h, w, c], ...map } = good(bridge.output('features'));
        const embedding = good(bridge.embedding());
        assert.deepEqual(embedding.shape, [c]);
        const means = new Float64Array(c);
        floats(/** @type {any} */ (map)).forEach((v, i) => { means[i % c] += v / (h * w); });
        assert.ok(means.some((v) => v > 0.1));
        floats(embedding).forEach((v, i) => assert.ok(Math.abs(v - means[i]) <= 1e-5 * (1 + means[i]), `channel ${i}: ${v}, expected ${means[i]}`));
      });

      test('classMap() is refined when asked, and the results stay', () => {
        const { mask: none, ...plain } = good(bridge.classMap(282, false));
        assert.equal(none, undefined);
        const results = () => [good(bridge.top(5, null)), good(bridge.output('features')), good(bridge.output('logits'))];
        const before = results();
        const { mask, maskWidth, maskHeight, ...map } = good(bridge.classMap(282, true));
        assert.deepEqual(map, plain);
        assert.deepEqual([maskWidth, maskHeight, mask.length], [227, 227, 227 * 227]);
        assert.equal(Math.max(...mask), 255);
        assert.ok(mask.filter((/** @type {number} */ v) => v < 128).length > 5000, 'it is not everywhere');
        assert.deepEqual(results(), before);
        assert.deepEqual(good(bridge.classMap(282, true)).mask, mask, 'again the same');
        fails(bridge.classMap(1000, true), 'bad-option', /0 to 999/);
      });

      test('layers() name what they read, each is an output, and times are asked for', () => {
        const { layers } = good(bridge.layers(false));
        assert.deepEqual(layers.map((/** @type {any} */ l) => l.milliseconds), layers.map(() => 0));
        const named = new Map(layers.map((/** @type {any} */ l) => [l.name, l]));
        assert.deepEqual(named.get('conv1').inputs, []);
        assert.deepEqual(named.get('fire3/squeeze1x1').inputs, ['fire2/expand1x1', 'fire2/expand3x3']);
        assert.equal(named.get('pool5').kind, 'max pooling');
        for (const { name, shape, inputs } of layers) {
          for (const input of inputs) assert.ok(named.has(input), `${name} reads ${input}`);
          const out = good(bridge.output(name));
          assert.deepEqual(out.shape, shape, name);
          assert.equal(floats(out).length, shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b), name);
        }
        const before = good(bridge.top(1000, null)), fire2 = floats(good(bridge.output('fire2'))), part = floats(good(bridge.output('fire2/expand3x3')));
        part.forEach((v, i) => assert.equal(v, fire2[(i >> 6) * 128 + 64 + i % 64]));
        const timed = good(bridge.layers(true)).layers;
        assert.ok(timed.every((/** @type {any} */ l) => l.milliseconds > 0), JSON.stringify(timed));
        assert.deepEqual(good(bridge.top(1000, null)), before, 'the picture stays');
        fails(bridge.output('fire10'), 'bad-option', /"fire10".*layers\(\)/);
      });

      test('a training, its file, and what it says of itself', async () => {
        /** @type {Uint8Array<ArrayBuffer>[]} */ const features = [];
        /** @type {number[]} */ const classes = [];
        for (let i = 0; i < 8; i++) {
          for (const kind of [0, 1]) {
            show(bridge, kind, i);
            features.push(good(bridge.embedding()).bytes);
            classes.push(kind);
          }
        }
        const bytes = new Uint8Array(await new Blob(features).arrayBuffer());
        const names = ['rings 圈', 'stripes'];
        const run = (/** @type {number} */ seed) => {
          good(bridge.trainBegin(names, bytes, Uint32Array.from(classes), seed));
          fails(bridge.trainFinish(), 'bad-training', /trainStep/);
          let progress = -1, more = true;
          for (let step; more; { progress, more } = step) {
            step = good(bridge.trainStep(5));
            assert.ok(step.progress >= progress && step.progress <= 1, `${progress} to ${step.progress}`);
          }
          assert.equal(progress, 1);
          return good(bridge.trainFinish());
        };
        const { file: trained, right, of, answers } = run(1);
        assert.equal(of, 16);
        assert.equal(answers.length, 16);
        assert.equal(answers.filter((/** @type {any} */ a, /** @type {number} */ i) => a.class === classes[i]).length, right);
        assert.equal(right, 16, 'rings and stripes are told apart unseen');
        assert.ok(answers.every((/** @type {any} */ a) => a.probability > 0.5 && a.probability <= 1));
        fails(bridge.trainFinish(), 'bad-training', /no training/);
        assert.deepEqual(run(1).file, trained, 'the same seed, the same file');
        assert.notDeepEqual(run(2).file, trained);

        const own = await bridgeOf(trained);
        assert.deepEqual(good(own.labels()).labels, names.map((className) => ({ wnid: '', className })));
        for (const kind of [0, 1]) {
          show(own, kind, 9);
          assert.equal(good(own.top(1, null)).predictions[0].className, names[kind]);
        }
        assert.equal(Math.max(...good(own.classMap(1, true)).mask), 255, 'its own classes have masks');
        const { hash, expected } = good(own.selfTest());
        assert.equal(hash, expected);
        good(own.decode(chelsea, ''));

        // the command line reads the file, and computes the same bits with it
        const folder = mkdtempSync(join(tmpdir(), 'squeezenet-'));
        try {
          const path = join(folder, 'own.sqz');
          writeFileSync(path, trained);
          const go = (/** @type {string[]} */ ...args) => execFileSync('go', ['run', ...args], { cwd: root, encoding: 'utf8' });
          assert.match(go('./cmd/squeezenet', 'inspect', path), /2 classes[^]*Last layer trained on 16 pictures of 2 classes/);
          const sha = (/** @type {string} */ name) => createHash('sha256').update(good(own.output(name)).bytes).digest('hex');
          assert.equal(go('./e2e/native', path, 'picture/testdata/chelsea.png').trim(), `${sha('logits')} ${sha('conv10')}`);
        } finally {
          rmSync(folder, { recursive: true });
        }

        good(bridge.decode(chelsea, ''));
        assert.deepEqual(good(own.output('features')), good(bridge.output('features')), 'the features stay the base\'s own, to the bit');
      });

      test('a training that cannot begin says why', () => {
        const check = (/** @type {string[]} */ names, /** @type {number[]} */ counts, /** @type {RegExp} */ says) => fails(bridge.trainCheck(names, counts), 'bad-training', says);
        assert.equal(bridge.trainCheck(['a', 'b'], [2, 2]), null);
        check([], [], /no class; give two or more/);
        check(['a'], [3], /one class; give two or more/);
        check(['a', 'a'], [3, 3], /two classes are named "a"/);
        check(['a', ' '], [3, 3], /class 2 is named " "/);
        check(['a', 'b'], [3, 0], /"b" has no picture; give it two/);
        check(['a', 'b'], [1, 3], /"a" has one picture/);
        const features = new Float32Array(4 * 512), bytes = new Uint8Array(features.buffer), classes = Uint32Array.of(0, 0, 1, 1);
        fails(bridge.trainBegin(['a', 'b'], bytes.subarray(4), classes, 1), 'bad-training', /8188 bytes.*expected 8192/);
        fails(bridge.trainBegin(['a', 'b'], bytes, Uint32Array.of(0, 0, 1, 2), 1), 'bad-training', /class 2; expected 0 to 1/);
        fails(bridge.trainBegin(['a', 'b'], bytes, Uint32Array.of(0, 0, 0, 1), 1), 'bad-training', /"b" has one picture/);
        features[700] = NaN;
        fails(bridge.trainBegin(['a', 'b'], bytes, classes, 1), 'bad-training', /picture 1.*finite/);
        fails(bridge.trainStep(5), 'bad-training', /trainBegin/);
        features[700] = 0;
        good(bridge.trainBegin(['a', 'b'], bytes, classes, 1));
        good(bridge.trainStep(1));
        good(bridge.trainCancel());
        fails(bridge.trainStep(5), 'bad-training', /no training/);
        good(bridge.trainCancel());
      });
    });
  }
});
