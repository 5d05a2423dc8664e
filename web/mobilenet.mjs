/**
 * The interface of `@tensorflow-models/mobilenet` 2.1.1 on SqueezeNet, without TensorFlow.js: change the
 * import, and a page that classified pictures with it goes on doing so.
 *
 *     import * as mobilenet from 'squeezenet-wasm/mobilenet';
 *     const model = await mobilenet.load();
 *     const predictions = await model.classify(img);   // three of {className, probability}
 *
 * What differs, because the network runs in a worker: `infer()` gives a {@link Tensor} of its own, not a
 * `tf.Tensor`, whose values are on their way: `await model.infer(img)` (or its `data()`) before `dataSync()`.
 * For TensorFlow.js: `const t = await model.infer(img, true); tf.tensor(t.dataSync(), t.shape)`.
 * The logits and the (512) embedding are SqueezeNet's, so a classifier that was trained on MobileNet's
 * embeddings must be trained again.
 *
 * @module
 */

/**
 * @typedef {1 | 2} MobileNetVersion
 * @typedef {0.25 | 0.50 | 0.75 | 1.0} MobileNetAlpha
 *
 * @typedef {object} MobileNetConfig
 * @property {MobileNetVersion} [version] 1 (the default) or 2; checked, and the network is SqueezeNet all the same
 * @property {MobileNetAlpha} [alpha] 1 unless given; 0.25 only with version 1; checked likewise
 * @property {string} [modelUrl] the address of a model file (.sqz) of your own, in place of the network that comes along;
 *   version and alpha are then not looked at
 * @property {[number, number]} [inputRange] checked; a model file says itself what its input's range is
 *
 * @typedef {MobileNetConfig & Omit<import('./squeezenet.mjs').LoadOptions, 'model'>} ModelConfig
 *   the options of squeezenet.mjs's load() may be given too
 *
 * @typedef {object} TensorLike what a `tf.Tensor` is to this module: pixels as rows of red, green and blue, from 0 to 255
 * @property {number[]} shape [height, width, 3]; for infer() also [pictures, height, width, 3]
 * @property {() => Promise<ArrayLike<number>>} [data]
 * @property {() => ArrayLike<number>} [dataSync] is called where there is no data()
 *
 * @typedef {import('./squeezenet.mjs').Source | TensorLike} MobileNetSource img, canvas, video, ImageData, a tensor, and
 *   what classify() of squeezenet.mjs takes besides
 *
 * @typedef {{className: string, probability: number}} MobileNetPrediction
 */

import { load as loadModel, SqueezeNetError } from './squeezenet.mjs';

/** The version of `@tensorflow-models/mobilenet` whose interface this is. */
export const version = '2.1.1';

/** @type {Record<string, string[]>} */
const alphas = { '1.00': ['0.25', '0.50', '0.75', '1.00'], '2.00': ['0.50', '0.75', '1.00'] };

/** Channels of what the classifier reads: the same in each of SqueezeNet's versions. */
const embeddingSize = 512;

/** @param {string} message */
const badOption = (message) => new SqueezeNetError('bad-option', message);

/**
 * Loads the network. Rejects with a SqueezeNetError, of code 'bad-option' for a version, alpha or
 * inputRange that does not exist.
 * @param {ModelConfig} [modelConfig]
 * @returns {Promise<MobileNet>}
 */
export async function load({ version = 1, alpha = 1, modelUrl, inputRange, ...options } = {}) {
  if (modelUrl === undefined || modelUrl === null) {
    const known = alphas[fixed(version)];
    if (!known) throw badOption(`Invalid version of MobileNet. Valid versions are: ${Object.keys(alphas)}`);
    if (!known.includes(fixed(alpha))) {
      throw badOption(`MobileNet constructed with invalid alpha ${alpha}. Valid multipliers for this version are: ${known}.`);
    }
  } else if (typeof modelUrl !== 'string') {
    throw badOption('modelUrl is no string: an IOHandler of TensorFlow.js cannot be read here. Give the address of a model file (.sqz).');
  }
  if (inputRange && !(Array.isArray(inputRange) && inputRange.length === 2 && inputRange.every(Number.isFinite))) {
    throw badOption('inputRange may be two numbers, as [0, 1] or [-1, 1].');
  }
  return new MobileNet(await loadModel({ ...options, ...(modelUrl ? { model: modelUrl } : {}) }));
}

/** @param {unknown} value */
const fixed = (value) => (typeof value === 'number' ? value.toFixed(2) : '');

/** A loaded network, as load() gives it. */
export class MobileNet {
  #model;

  /** @param {import('./squeezenet.mjs').Model} model @internal */
  constructor(model) {
    this.#model = model;
  }

  /** Is there because the interface has it: the network is loaded already. @returns {Promise<void>} */
  async load() {}

  /**
   * The likeliest classes of a picture, likeliest first.
   * @param {MobileNetSource} img
   * @param {number} [topk] how many
   * @returns {Promise<MobileNetPrediction[]>}
   */
  async classify(img, topk = 3) {
    if (topk === 0) return [];
    const [source, ...others] = pictures(img);
    if (others.length > 0) throw new SqueezeNetError('bad-source', `classify() takes one picture, and a tensor of ${others.length + 1} was given. Call it for each.`);
    const predictions = await this.#model.classify(await source(), topk);
    return predictions.map(({ className, probability }) => ({ className, probability }));
  }

  /**
   * What the network computes for a picture: the (1, 1000) logits, or the (1, 512) embedding, which is
   * what its classifier reads. Await the tensor, or its data().
   * @param {MobileNetSource} img
   * @param {boolean} [embedding]
   * @returns {PendingTensor}
   */
  infer(img, embedding = false) {
    const sources = pictures(img);
    const size = embedding ? embeddingSize : this.#model.info().classes;
    const stop = new AbortController();
    const compute = async () => {
      const values = new Float32Array(sources.length * size);
      for (const [i, source] of sources.entries()) {
        const { data } = await this.#model.infer(await source(), { output: embedding ? 'embedding' : 'logits', signal: stop.signal });
        values.set(data, i * size);
      }
      return values;
    };
    return new PendingTensor([sources.length, size], compute(), () => stop.abort());
  }

  /** Ends the worker and frees its memory; not in the interface. @returns {Promise<void>} */
  dispose() {
    return this.#model.dispose();
  }

  async [/** @type {typeof Symbol.asyncDispose} */ (Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose'))]() {
    await this.dispose();
  }
}

/**
 * The pictures of a source: a tensor's are read at once, as its owner may dispose of it after the call.
 * @param {any} img
 * @returns {(() => Promise<import('./squeezenet.mjs').Source>)[]}
 */
function pictures(img) {
  if (img === null || img === undefined) throw new SqueezeNetError('bad-source', `A picture was expected (an img, canvas, video, ImageData or tensor), and ${img} was given.`);
  if (!Array.isArray(img.shape) || !(typeof img.data === 'function' || typeof img.dataSync === 'function')) return [async () => img];
  const [height, width, channels] = img.shape.slice(-3);
  const count = img.shape.length === 3 ? 1 : img.shape[0];
  if (img.shape.length < 3 || img.shape.length > 4 || channels !== 3 || !(count > 0 && height > 0 && width > 0)) {
    throw new SqueezeNetError('bad-source', `A tensor of shape [height, width, 3] was expected, and one of [${img.shape}] was given.`);
  }
  const size = height * width;
  const reading = (async () => {
    const values = await (img.data ? img.data() : img.dataSync());
    if (values.length !== count * size * 3) throw new SqueezeNetError('bad-source', `A tensor of shape [${img.shape}] has ${count * size * 3} values, and this one gave ${values.length}.`);
    return values;
  })();
  reading.catch(() => {});
  return Array.from({ length: count }, (_, n) => async () => {
    const values = await reading;
    const data = new Uint8ClampedArray(size * 4).fill(255); // rounds, and keeps within 0 to 255
    for (let i = 0, at = n * size * 3, end = at + size * 3; at < end; i += 4, at += 3) {
      data[i] = values[at];
      data[i + 1] = values[at + 1];
      data[i + 2] = values[at + 2];
    }
    return { data, width, height };
  });
}

/** Values and their shape: the part of a `tf.Tensor` with which values are read. */
export class Tensor {
  /** @readonly */
  dtype = 'float32';
  /** @readonly @type {number[]} */ shape;
  /** @type {Float32Array | undefined} */ #values;

  /** @param {number[]} shape @param {Float32Array} [values] @internal */
  constructor(shape, values) {
    this.shape = shape;
    this.#values = values;
  }

  /** How many values it has. @returns {number} */
  get size() {
    return this.shape.reduce((a, b) => a * b, 1);
  }

  /** How many dimensions it has. @returns {number} */
  get rank() {
    return this.shape.length;
  }

  /** @returns {boolean} */
  get isDisposed() {
    return !this.#values;
  }

  /** The values in row-major order. @returns {Promise<Float32Array>} */
  async data() {
    return this.dataSync();
  }

  /** The values in row-major order. Throws where they are still on their way. @returns {Float32Array} */
  dataSync() {
    if (!this.#values) throw new SqueezeNetError('disposed', 'Tensor is disposed.');
    return this.#values;
  }

  /** The values as rows. @returns {Promise<number[][]>} */
  async array() {
    return rows(this.shape, await this.data());
  }

  /** The values as rows. Throws where they are still on their way. @returns {number[][]} */
  arraySync() {
    return rows(this.shape, this.dataSync());
  }

  /** Lets the values go. */
  dispose() {
    this.#values = undefined;
  }
}

/** A tensor whose values are being computed. Awaited, it gives the {@link Tensor} that has them. */
export class PendingTensor extends Tensor {
  #computing;
  #stop;
  /** @type {Tensor | undefined} once the values are there */ #tensor;
  #disposed = false;

  /** @param {number[]} shape @param {Promise<Float32Array>} values @param {() => void} stop @internal */
  constructor(shape, values, stop) {
    super(shape);
    this.#stop = stop;
    this.#computing = values.then((v) => (this.#tensor = new Tensor(shape, v)));
    this.#computing.catch(() => {}); // whoever reads the values is told
  }

  get isDisposed() {
    return this.#disposed;
  }

  async data() {
    if (this.#disposed) return super.dataSync();
    return (await this.#computing).data();
  }

  dataSync() {
    if (this.#disposed) return super.dataSync();
    if (!this.#tensor) throw new SqueezeNetError('not-ready', 'The values are being computed in a worker. Await the tensor first, as in (await model.infer(img)).dataSync(), or its data().');
    return this.#tensor.dataSync();
  }

  /** Lets the values go, or stops computing them. */
  dispose() {
    this.#disposed = true;
    this.#stop();
    this.#tensor?.dispose();
  }

  /**
   * @template [T=Tensor] @template [U=never]
   * @param {((tensor: Tensor) => T | PromiseLike<T>) | null} [done]
   * @param {((reason: any) => U | PromiseLike<U>) | null} [failed]
   * @returns {Promise<T | U>}
   */
  then(done, failed) {
    return this.#computing.then(done, failed);
  }
}

/** @param {number[]} shape @param {Float32Array} values */
function rows([count, size], values) {
  return Array.from({ length: count }, (_, i) => Array.from(values.subarray(i * size, (i + 1) * size)));
}
