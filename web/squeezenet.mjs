/**
 * SqueezeNet: a picture in, the likeliest of ImageNet's 1000 classes out, computed where this module
 * runs (a browser, or Node 20 and later) by a Go program in WebAssembly. Nothing is sent anywhere.
 *
 *     const model = await load();
 *     const [best] = await model.classify(picture);   // {index, wnid, className, probability}
 *
 * @module
 */

/**
 * @typedef {object} Prediction
 * @property {number} index the class's place in the model's list, from 0
 * @property {string} wnid WordNet id, such as "n02123045"
 * @property {string} className synset, such as "tabby, tabby cat"
 * @property {number} probability 0 to 1
 *
 * @typedef {{data: Uint8Array | Uint8ClampedArray, width: number, height: number}} Pixels
 *   rows of RGBA bytes, not premultiplied; an ImageData is one
 * @typedef {Blob | URL | string | ArrayBuffer | Uint8Array | Pixels | CanvasImageSource} Source
 *   a picture: a file's Blob or bytes, an address (in Node also a path), pixels; in browsers also
 *   ImageBitmap, img, canvas, OffscreenCanvas, video, VideoFrame
 * @typedef {import('./parts.mjs').Part} Part
 *
 * @typedef {object} Progress
 * @property {'download' | 'start' | 'ready'} phase
 * @property {number} loaded bytes, as stored on the server before compression
 * @property {number | undefined} total bytes; undefined while it is not known
 * @property {number} cached how many of the bytes did not come over the network: from the browser's cache,
 *   a file, or the caller; known of a part when it is there wholly
 *
 * @typedef {object} LoadOptions
 * @property {'int8' | 'float32'} [precision] which of the two models that lie next to this module
 * @property {Part} [model] a model file (.sqz) in place of those
 * @property {Part} [wasm] squeezenet.wasm, where it lies elsewhere
 * @property {Part} [kernels] kernels.wasm or kernels-relaxed.wasm, where it lies elsewhere
 * @property {boolean} [worker] false: compute on the calling thread; otherwise in a worker, where workers can be started
 * @property {number} [workers] how many pictures may be in work at once, each in a worker of its own (1). The
 *   first starts now, the others when calls wait
 * @property {string[]} [labels] names of the classes in place of the model's
 * @property {(progress: Progress) => void} [onProgress]
 * @property {AbortSignal} [signal]
 *
 * @typedef {'squash' | 'center' | 'fit'} Crop how a picture that is not square meets the square input:
 *   squash changes its shape, center cuts off the longer side's ends, fit fills up with the mean colour;
 *   without it, as the model was trained
 * @typedef {{signal?: AbortSignal, crop?: Crop}} RunOptions
 * @typedef {object} Choice
 * @property {number} [topK] how many classes at most (5)
 * @property {(number | string)[]} [classes] the only classes to choose from, by index, WordNet id or name (one of
 *   a class's names is enough); probabilities stay those among all classes
 * @property {number} [threshold] leaves out what is less probable than this, 0 to 1
 * @typedef {RunOptions & Choice} ClassifyOptions
 *
 * @typedef {object} Stream
 * @property {number} [concurrency] how many pictures are in work or wait to be taken at once (twice `workers`)
 * @property {(progress: {done: number, failed: number, total: number | undefined}) => void} [onProgress] after every
 *   picture; total where the source has a length or size
 * @typedef {{index: number, source: any, predictions?: Prediction[], error?: SqueezeNetError}} Classified a picture
 *   of many: its place, and either predictions or an error
 * @typedef {import('./streams.mjs').VideoFrameFacts} VideoFrameFacts
 * @typedef {import('./streams.mjs').Watch} Watch
 *
 * @typedef {{data: Float32Array, shape: number[]}} Output values in row-major order of the shape
 * @typedef {object} ClassMap where in the picture a class is seen
 * @property {Float32Array} data height x width scores, 0 and above; their mean is the class's logit
 * @property {number} width
 * @property {number} height
 * @property {{x: number, y: number, width: number, height: number}} region the part of the picture that
 *   the map and its image cover, as fractions of the picture's sides (below 0 or beyond 1 where the input was filled up)
 * @property {ImageData} image the map to be laid over the picture: white, its alpha the score as a share of
 *   the map's largest, refined along the picture's edges; in Node {data, width, height}
 *
 * @typedef {{decode: number, resize: number, network: number, total: number}} Times milliseconds in the worker
 * @typedef {object} Info
 * @property {string} architecture
 * @property {'int8' | 'float32'} precision
 * @property {string} kernels the form in use: "go" (this machine has no SIMD: slower), "simd", "relaxed-dot" or "relaxed-pair"
 * @property {number} input the side of the network's square input in pixels
 * @property {number} classes
 * @property {number} parameters
 * @property {number} memory bytes of WebAssembly memory, of all workers
 * @property {number} requests that the workers made over the network until their last answers: none, as they need none
 * @property {string} model the model file's id
 * @property {string} source where the weights come from, and their licence
 * @property {string} go the version of Go that built the program
 * @property {number} bytes of wasm, kernels and model
 * @property {number} loadTime milliseconds from load() to its answer
 * @property {Times | undefined} times of the last picture
 *
 * @typedef {object} Layer
 * @property {string} name
 * @property {string} kind "convolution", "max pooling", "sum" or "average pooling"
 * @property {string[]} inputs names of the layers that it reads, in the order of their channels; none: the picture
 * @property {number[]} shape height, width, channels of its output
 * @property {number} parameters
 * @property {number} macs multiply-adds
 * @property {number} [milliseconds] with {times: true}
 *
 * @typedef {object} TrainOptions
 * @property {(progress: {phase: 'features' | 'train', done: number, total: number}) => void} [onProgress] pictures
 *   looked at, then the part of the training that is done (of 1; it leaps when the training stops early)
 * @property {number} [seed] an integer, 0 and above (1): the same pictures with the same seed give the same model
 * @property {AbortSignal} [signal]
 * @typedef {object} Training how good a trained model is: each picture was judged by a classifier that had not seen it
 * @property {number} right pictures
 * @property {number} of how many
 * @property {{name: string, pictures: number, right: number}[]} classes
 * @property {number[][]} confusion [i][j]: pictures of class i that were taken for class j
 * @property {{name: string, picture: number, className: string, probability: number}[]} answers each picture's class,
 *   its index there, and what it was taken for
 *
 * @typedef {object} SelfTest
 * @property {string} hash over logits and class maps of made-up pictures
 * @property {string} expected the hash that every machine must give; empty for a model that is not ours
 * @property {boolean | undefined} ok undefined where there is nothing to compare with: a model without a hash
 *
 * @import { Picture, Wanted } from './worker.mjs'
 */

import { Engine, Pool, startEngine, workerDied } from './pool.mjs';
import { lasting, release, tainted, take } from './sources.mjs';
import { abortable, inOrder, watch } from './streams.mjs';
import { badOption, badSource, fetchOrRead, files, following, inNode, kindOf, must, mustCount, provide, reason, SqueezeNetError, supported, there } from './parts.mjs';

export { provide, SqueezeNetError };

/**
 * Loads the model: fetches the Go program, its kernels and the weights (all at once), and starts them
 * in a worker. Rejects with a SqueezeNetError, or as the signal says.
 * @param {LoadOptions} [options]
 * @returns {Promise<Model>}
 */
export async function load(options = {}) {
  const began = performance.now();
  const { precision = 'int8', workers = 1, labels, onProgress, signal } = options;
  // Where a worker cannot start workers, it is the one.
  const worker = options.worker !== false && (inNode || typeof Worker === 'function');
  must(precision === 'int8' || precision === 'float32', 'load: precision', precision, '"int8" or "float32"');
  mustCount('load: workers', workers, 1);
  signal?.throwIfAborted();

  const stop = following(signal); // one part that fails stops the others
  const progress = new ProgressSum(onProgress);
  const engine = new Engine(worker);
  try {
    const wanted = options.precision ?? (options.model ? '' : precision); // '': as the file has it
    const wasmSource = options.wasm ?? (inNode ? files.nodeWasm() : files.wasm());
    const simd = supported();
    const kernelsSource = simd && (options.kernels ?? files[simd]());
    const modelSource = options.model ?? files[precision]();
    progress.expect([wasmSource, modelSource, ...(kernelsSource ? [kernelsSource] : [])], stop.signal);
    const wasm = compile('wasm', wasmSource, progress, stop.signal);
    const kernels = kernelsSource ? compile('kernels', kernelsSource, progress, stop.signal) : Promise.resolve(null);
    const model = open('model', modelSource, progress, stop.signal).then(read);
    // What can be done while another part is still on its way, is.
    const chosen = kernels.then((k) => engine.send('choose', { kernels: k }));
    const started = Promise.all([wasm, kernels, chosen]).then(([w, k]) => engine.send('start', { wasm: w, kernels: k }).catch((e) => {
      if (e.code === 'worker-failed') throw e;
      const places = kernelsSource ? `${placeOf('wasm', wasmSource)} and ${placeOf('kernels', kernelsSource)} do not fit together` : `${placeOf('wasm', wasmSource)} does not start`;
      throw new SqueezeNetError(kernelsSource ? 'kernels-damaged' : 'wasm-damaged', `${places} (${e.message}). Copy or fetch them again, from the same build.`, e);
    }));
    const aborted = new Promise((_, reject) => stop.signal.addEventListener('abort', () => reject(stop.signal.reason)));
    const ready = Promise.all([wasm, kernels, model, started]).then(async ([w, k, m]) => {
      progress.phase('start');
      const parts = { wasm: w, kernels: k, model: m, precision: wanted };
      const info = await engine.send('init', { model: m, precision: wanted }).catch((e) => {
        throw /^model-/.test(e.code) ? new SqueezeNetError(e.code, `${placeOf('model', modelSource)} cannot be used: ${e.message}`) : e;
      });
      if (labels && labels.length !== info.classes) throw badOption(`load: ${labels.length} labels were given, and the model has ${info.classes} classes. Give one for each, in order.`);
      engine.memory = info.memory;
      return new Model(engine, { worker, workers: worker ? workers : 1, parts, labels, info: { ...info, requests: 0, bytes: progress.loaded, loadTime: performance.now() - began } });
    });
    const loaded = await /** @type {Promise<Model>} */ (Promise.race([ready, aborted]));
    progress.phase('ready');
    return loaded;
  } catch (e) {
    engine.close();
    throw e;
  } finally {
    stop.abort();
  }
}

/** Adds up the bytes of the parts on their way; totals come from the manifest that the build writes. */
class ProgressSum {
  loaded = 0;
  /** @type {number | undefined} */ #total;
  #phase = /** @type {Progress['phase']} */ ('download');
  #report;
  /** @type {{bytes: number, address: string}[]} */ #whole = [];

  /** @param {((progress: Progress) => void) | undefined} report */
  constructor(report) {
    this.#report = report;
  }

  /** @param {Part[]} parts @param {AbortSignal} signal */
  async expect(parts, signal) {
    if (!this.#report || inNode) return;
    try {
      if (!parts.every((part) => part instanceof URL)) return;
      const address = /** @type {URL} */ (files.manifest());
      const manifest = await (await fetch(address, { signal })).json();
      const base = new URL('.', address).href;
      let total = 0;
      for (const part of parts) total += manifest.files[part.href.slice(base.length)].bytes;
      if (total > 0) this.#total = total;
      this.phase(this.#phase);
    } catch {
      // without it there is no total, and no harm
    }
  }

  /** @param {number} bytes */
  add(bytes) {
    this.loaded += bytes;
    this.phase(this.#phase);
  }

  /** A part is there. @param {number} bytes @param {string} address '' of one that the caller gave */
  whole(bytes, address) {
    this.#whole.push({ bytes, address });
  }

  /** @param {Progress['phase']} phase */
  phase(phase) {
    this.#phase = phase;
    if (!this.#report) return;
    const cached = this.#whole.reduce((sum, { bytes, address }) => sum + (overNetwork(address) ? 0 : bytes), 0);
    this.#report({ phase, loaded: this.loaded, total: this.#total, cached });
  }
}

/** Whether a file came over the network: the browser does not always tell of another origin's. @param {string} address */
function overNetwork(address) {
  if (!/^https?:/.test(address)) return false;
  const timing = /** @type {PerformanceResourceTiming | undefined} */ (performance.getEntriesByName(address, 'resource').at(-1));
  return !timing?.decodedBodySize || timing.transferSize >= timing.encodedBodySize;
}

const partNames = { wasm: 'The Go program', kernels: 'The file of kernels', model: 'The model' };

/** @param {keyof typeof partNames} name @param {Part} part */
function placeOf(name, part) {
  const place = part instanceof Response ? part.url : part instanceof URL ? part.href : typeof part === 'string' ? part : '';
  return place ? `${partNames[name]} (${place})` : partNames[name];
}

/**
 * A part as a Response whose bytes are counted as they come; and what makes an error about it, or the abort's reason.
 * @param {keyof typeof partNames} name @param {Part} part @param {ProgressSum} progress @param {AbortSignal} signal
 */
async function open(name, part, progress, signal) {
  const bad = (/** @type {string} */ kind, /** @type {string} */ text, /** @type {unknown} */ cause = undefined) => signal.aborted ? signal.reason : new SqueezeNetError(`${name}-${kind}`, `${placeOf(name, part)} ${text}`, cause);
  /** @type {Response} */ let response;
  try {
    response = part instanceof Response ? there(part) : part instanceof URL || typeof part === 'string' ? await fetchOrRead(part, signal) : new Response(/** @type {BodyInit} */ (part));
  } catch (e) {
    throw bad('missing', `cannot be fetched (${reason(e)}). Check the address, the connection, and that every file of the build was copied.`, e);
  }
  if (!response.body || response.bodyUsed) throw bad('missing', 'has no content, or was read before. Pass a fresh Response.');
  let bytes = 0;
  const address = part instanceof URL ? part.href : response.url;
  const counter = new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      progress.add(chunk.byteLength);
      controller.enqueue(chunk);
    },
    flush: () => progress.whole(bytes, address),
  });
  return { response: new Response(response.body.pipeThrough(counter), { headers: { 'content-type': response.headers.get('content-type') ?? '' } }), bad };
}

/**
 * The bytes of an opened part: not empty, and no HTML page.
 * @param {Awaited<ReturnType<typeof open>>} part
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function read({ response, bad }) {
  const bytes = new Uint8Array(await response.arrayBuffer().catch((e) => {
    throw bad('missing', `broke off while it was fetched (${reason(e)}). Try again.`, e);
  }));
  if (bytes.length === 0) throw bad('damaged', 'is empty. Copy or fetch it again.');
  if (/^\s*<(!doctype|html|\?xml)/i.test(new TextDecoder().decode(bytes.subarray(0, 64)))) throw bad('html', 'is an HTML page, perhaps the server\'s "not found" page. Check the address.');
  return bytes;
}

/**
 * Compiles while it downloads where the server names the type, else from the bytes.
 * @param {'wasm' | 'kernels'} name @param {Part} part @param {ProgressSum} progress @param {AbortSignal} signal
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(name, part, progress, signal) {
  const opened = await open(name, part, progress, signal);
  try {
    return await (!inNode && opened.response.headers.get('content-type') === 'application/wasm' ? WebAssembly.compileStreaming(opened.response) : WebAssembly.compile(await read(opened)));
  } catch (e) {
    throw e instanceof SqueezeNetError ? e : opened.bad('damaged', `is not the WebAssembly file of this build (${reason(e)}). Copy or fetch it again.`, e);
  }
}

/** A name by itself, so that the declarations have the method. @type {typeof Symbol.asyncDispose} */
const asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** A loaded model, as load() gives it. Calls are begun in the order in which they were made. */
export class Model {
  #setup;
  #pool;
  /** @type {Promise<{labels: {wnid: string, className: string}[]}> | undefined} */ #names;

  /** @param {Engine} engine @param {import('./pool.mjs').Setup} setup @internal */
  constructor(engine, setup) {
    this.#setup = setup;
    this.#pool = new Pool(engine, setup.workers, () => startEngine(setup.worker, setup.parts));
    /** @readonly @type {Training | undefined} how good it is, of a model that train() made */
    this.training = setup.training;
  }

  /**
   * The likeliest classes of a picture, likeliest first.
   * @param {Source} source
   * @param {number | ClassifyOptions} [options] how many (5), or {topK, classes, threshold, crop, signal}
   * @returns {Promise<Prediction[]>}
   */
  async classify(source, options = {}) {
    const most = this.#setup.info.classes;
    const { topK = Math.min(5, most), classes, threshold = 0, ...rest } = typeof options === 'number' ? { topK: options } : options;
    mustCount('classify: topK', topK, 1, most);
    must(typeof threshold === 'number' && threshold >= 0 && threshold <= 1, 'classify: threshold', threshold, '0 to 1');
    const only = classes === undefined ? null : this.#indices(classes);
    only?.catch(() => {});
    /** @type {Prediction[]} */
    const predictions = await this.#run(source, async () => ({ kind: 'top', k: topK, classes: await only }), rest);
    const { labels } = this.#setup;
    if (labels) for (const p of predictions) p.className = labels[p.index];
    return predictions.filter((p) => p.probability >= threshold);
  }

  /**
   * Classifies many pictures, `workers` at once, and gives what it finds in their order. No more are taken from the
   * source than are in work or wait to be given. A bad picture does not end it; aborting does, and leaving
   * the loop early closes the source.
   *
   *     for await (const { index, predictions, error } of model.classifyAll(files)) …
   * @param {Iterable<Source | Promise<Source>> | AsyncIterable<Source>} sources
   * @param {ClassifyOptions & Stream} [options]
   * @returns {AsyncGenerator<Classified, void, void>}
   */
  classifyAll(sources, { concurrency = 2 * this.#pool.size, onProgress, signal, ...options } = {}) {
    const { length, size, [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = /** @type {any} */ (sources ?? {});
    if (typeof (async ?? sync) !== 'function' || typeof sources === 'string' || ArrayBuffer.isView(sources)) {
      throw badSource('classifyAll: an iterable of pictures (an array, a FileList, a generator)', sources);
    }
    mustCount('classifyAll: concurrency', concurrency, 1);
    const counts = { done: 0, failed: 0, total: /** @type {number | undefined} */ (length ?? size) };
    const classify = async (/** @type {Source} */ source, /** @type {AbortSignal} */ signal) => {
      try {
        return await this.classify(source, { ...options, signal });
      } catch (e) {
        if (!signal.aborted) counts.failed++;
        throw e;
      } finally {
        if (!signal.aborted) {
          counts.done++;
          onProgress?.({ ...counts });
        }
      }
    };
    return (async function* () {
      for await (const { value, ...item } of inOrder(sources, concurrency, classify, signal)) {
        if (item.error && !aboutPicture(item.error)) throw item.error;
        yield value ? { ...item, predictions: value } : item;
      }
    })();
  }

  /**
   * Classifies a video's newest frame again and again (a camera's too) until it ends, is stopped or aborted. One
   * frame is in work at a time, until what the callback returns has settled; those that come meanwhile are dropped.
   * Asking classMap() for the frame in the callback costs no second run.
   * @param {HTMLVideoElement} video
   * @param {(predictions: Prediction[], facts: VideoFrameFacts) => unknown} callback
   * @param {ClassifyOptions & {fps?: number}} [options] fps: at most so many answers a second
   * @returns {Watch}
   */
  classifyVideo(video, callback, { fps, signal, ...options } = {}) {
    if (kindOf(video) !== 'HTMLVideoElement') throw badSource('classifyVideo: a <video>', video);
    must(typeof callback === 'function', 'classifyVideo: callback', callback, 'a function, called with the predictions of each frame');
    must(fps === undefined || fps > 0, 'classifyVideo: fps', fps, 'any number above 0');
    return watch(video, (frame, signal) => this.classify(frame, { ...options, signal }), callback, { fps, signal });
  }

  /**
   * What the network computes for a picture: 'logits', 'probabilities', 'features' (what the last convolution
   * reads), 'embedding' (their mean over the map: a picture's description in few numbers) or a layer by its name
   * in layers().
   * @param {Source} source
   * @param {RunOptions & {output?: string}} [options]
   * @returns {Promise<Output>}
   */
  async infer(source, { output = 'logits', ...rest } = {}) {
    return this.#run(source, { kind: 'output', name: String(output) }, rest);
  }

  /**
   * Where in a picture a class is seen. Asked after classify() for the same Blob, ImageBitmap or VideoFrame,
   * it costs no second run.
   * @param {Source} source
   * @param {number} index the class
   * @param {RunOptions} [options]
   * @returns {Promise<ClassMap>}
   */
  async classMap(source, index, options = {}) {
    const { classes } = this.#setup.info;
    mustCount('classMap: class', index, 0, classes - 1);
    const { image, ...map } = await this.#run(source, { kind: 'map', index }, options);
    return { ...map, image: typeof ImageData === 'function' ? new ImageData(image.data, image.width, image.height) : image };
  }

  /**
   * The network's layers with shapes, parameters and multiply-adds; with {times: true} also how long each takes here, on
   * the picture before: measured now, for some half a second.
   * @param {{times?: boolean, signal?: AbortSignal}} [options]
   * @returns {Promise<Layer[]>}
   */
  async layers({ times = false, signal } = {}) {
    const { layers } = await this.#pool.call({ name: 'layers', prepare: async () => ({ args: [times] }), signal });
    if (!times) for (const layer of layers) delete layer.milliseconds;
    return layers;
  }

  /** The classes, in the order of their indices. @returns {Promise<{wnid: string, className: string}[]>} */
  async classNames() {
    this.#names ??= this.#pool.call({ name: 'labels' }).catch((e) => {
      this.#names = undefined;
      throw e;
    });
    return (await this.#names).labels.map(({ wnid, className }, i) => ({ wnid, className: this.#setup.labels?.[i] ?? className }));
  }

  /** Computes made-up pictures and compares every bit with what all machines must give. @returns {Promise<SelfTest>} */
  async selfTest() {
    const { hash, expected } = await this.#pool.call({ name: 'selfTest', prepare: async (engine) => (engine.held = undefined, {}) });
    return { hash, expected, ok: expected ? hash === expected : undefined };
  }

  /** What was loaded, and the times of the last picture. @returns {Info} */
  info() {
    return { ...this.#setup.info, memory: this.#pool.memory };
  }

  /**
   * Makes a model of one's own classes: a new last layer on this network's features. The two live and are
   * disposed of apart. It takes some seconds; ten pictures a class make a fair start, two is the least.
   *
   *     const mine = await model.train({ cup: cupFiles, plate: plateFiles });
   * @param {Record<string, Iterable<Source>>} classes pictures by the name of their class
   * @param {TrainOptions} [options]
   * @returns {Promise<Model>} with `training`, which says how good it is
   */
  async train(classes, { onProgress, signal, seed = 1 } = {}) {
    if (kindOf(classes) !== 'Object') throw badSource('train: {name: pictures, ...}', classes, 'bad-training');
    mustCount('train: seed', seed, 0);
    const given = Object.entries(classes).map(([name, pictures]) => {
      if (Object(pictures) !== pictures || !(Symbol.iterator in pictures) || ArrayBuffer.isView(pictures)) throw badSource(`train: for class "${name}" a list of pictures`, pictures, 'bad-training');
      return { name, pictures: [...pictures] };
    });
    const names = given.map(({ name }) => name);
    await this.#pool.call({ name: 'trainCheck', prepare: async () => ({ args: [names, given.map(({ pictures }) => pictures.length)] }), signal });

    const all = given.flatMap(({ name, pictures }, index) => pictures.map((source, picture) => ({ name, index, picture, source })));
    const told = (/** @type {'features' | 'train'} */ phase, /** @type {number} */ done, total = 1) => onProgress?.({ phase, done, total });
    told('features', 0, all.length);
    /** @type {Float32Array | undefined} */ let features;
    const embed = (/** @type {typeof all[0]} */ { source }, /** @type {AbortSignal} */ signal) => this.infer(source, { output: 'embedding', signal });
    for await (const { index, source: { name, picture, source }, value, error } of inOrder(all, 2 * this.#pool.size, embed, signal)) {
      if (!value) {
        const file = source instanceof Blob && 'name' in source ? ` (${source.name})` : typeof source === 'string' || source instanceof URL ? ` (${String(source).slice(0, 200)})` : '';
        throw aboutPicture(error) ? new SqueezeNetError(error.code, `Picture ${picture} of class "${name}"${file} cannot be used: ${error.message} Leave it out, or give another.`, error) : error;
      }
      features ??= new Float32Array(all.length * value.data.length);
      features.set(value.data, index * value.data.length);
      told('features', index + 1, all.length);
    }

    const order = [names, new Uint8Array(/** @type {Float32Array<ArrayBuffer>} */ (features).buffer), Uint32Array.from(all, ({ index }) => index), seed];
    const made = this.#learn(order, (progress) => told('train', progress), signal).catch((e) => {
      if (e.code !== 'worker-died') throw e;
      return this.#learn(order, (progress) => told('train', progress), signal); // once more
    });
    const { engine, info, file, right, of, answers } = await abortable(made, signal);
    const confusion = names.map(() => names.map(() => 0));
    for (const [i, { class: taken }] of answers.entries()) confusion[all[i].index][taken]++;
    const { parts, info: before, worker, workers } = this.#setup;
    return new Model(engine, {
      worker, workers, parts: { ...parts, model: file, precision: '' },
      info: { ...info, requests: 0, bytes: before.bytes - parts.model.length + file.length, loadTime: before.loadTime },
      training: {
        right, of, confusion,
        classes: given.map(({ name, pictures }, i) => ({ name, pictures: pictures.length, right: confusion[i][i] })),
        answers: answers.map((a, i) => ({ name: all[i].name, picture: all[i].picture, className: names[a.class], probability: a.probability })),
      },
    });
  }

  /**
   * Trains in an engine of its own, in slices, so that an abort is noticed; the new model then runs in it.
   * @param {unknown[]} order names, features, each one's class, seed
   * @param {(progress: number) => void} told @param {AbortSignal} [signal]
   * @returns {Promise<{engine: Engine, info: Info, file: Uint8Array<ArrayBuffer>, right: number, of: number, answers: {class: number, probability: number}[]}>}
   */
  async #learn(order, told, signal) {
    const { worker, parts } = this.#setup;
    told(0);
    const engine = await startEngine(worker, parts);
    try {
      await engine.send('trainBegin', order);
      for (let more = true; more;) {
        signal?.throwIfAborted();
        if (!worker) await new Promise((resolve) => setTimeout(resolve)); // this thread has more to do
        const step = await engine.send('trainStep', [40]);
        more = step.more;
        told(step.progress);
      }
      const { file, ...report } = await engine.send('trainFinish');
      const info = await engine.send('init', { model: file, precision: '' });
      signal?.throwIfAborted();
      engine.memory = info.memory;
      return { engine, info, file, ...report };
    } catch (e) {
      engine.close();
      throw e;
    }
  }

  /** The model's file: load({model}) takes it. @returns {Promise<Uint8Array<ArrayBuffer>>} */
  async export() {
    return this.#setup.parts.model.slice();
  }

  /** Ends the workers and frees their memory. Waiting calls reject; so does every later one. */
  dispose() {
    return this.#pool.close();
  }

  async [asyncDispose]() {
    await this.dispose();
  }

  /** The classes that are meant. @param {(number | string)[]} classes */
  async #indices(classes) {
    must(Array.isArray(classes) && classes.length > 0, 'classes', classes, 'a list of one or more indices, WordNet ids or names');
    const most = this.#setup.info.classes;
    const all = classes.every((c) => typeof c === 'number') ? [] : (await this.classNames()).map(({ wnid, className }) => [wnid, className, ...className.split(', ')].map((n) => n.toLowerCase()));
    return new Uint32Array(new Set(classes.flatMap((c) => {
      const found = typeof c === 'number' ? (Number.isInteger(c) && c >= 0 && c < most ? [c] : []) : [...all.keys()].filter((i) => all[i].includes(String(c).toLowerCase()));
      if (found.length === 0) throw badOption(`classes: there is no class ${JSON.stringify(c)}. Give an index of 0 to ${most - 1}, a WordNet id, or a name that classNames() lists.`);
      return found;
    })));
  }

  /**
   * @param {Source} source @param {Wanted | (() => Promise<Wanted>)} want @param {RunOptions} options
   * @returns {Promise<any>}
   */
  async #run(source, want, { crop, signal }) {
    must(crop === undefined || /^(squash|center|fit)$/.test(crop), 'crop', crop, '"squash", "center" or "fit"');
    const form = crop ?? '';
    const stays = lasting(source);
    const holds = (/** @type {Engine} */ { held }) => stays && held?.source === source && held.crop === form;
    // What may change or be closed after this call is copied now, not when its turn comes.
    const now = () => {
      const taken = take(source, signal);
      taken.catch(() => {});
      return taken;
    };
    let spent = false;
    let taken = this.#pool.closed || signal?.aborted || this.#pool.some(holds) ? undefined : now();
    try {
      const { answer, times, requests } = await this.#pool.call({
        name: 'run', signal, prefers: holds,
        prepare: async (engine) => {
          const wanted = typeof want === 'function' ? await want() : want;
          const args = (/** @type {Picture} */ picture) => ({ picture, crop: form, want: wanted });
          if (holds(engine)) return { args: args({ again: true }) };
          engine.held = undefined;
          if (spent && !stays && kindOf(source) !== 'HTMLImageElement') throw workerDied(); // it may look otherwise by now
          const { picture, transfer } = await (taken ??= now());
          spent = transfer.length > 0;
          if (spent) taken = undefined;
          return { args: args(picture), transfer };
        },
        done: (engine, value) => {
          engine.held = stays ? { source, crop: form } : undefined;
          engine.memory = value.memory;
          return value;
        },
      });
      this.#setup.info.times = times;
      this.#setup.info.requests += requests;
      return answer;
    } catch (e) {
      throw e instanceof DOMException && e.name === 'DataCloneError' ? tainted(e) : e;
    } finally {
      release(taken);
    }
  }
}

/** Whether a picture is at fault, or its worker with it, so that others may do better. @param {any} error */
const aboutPicture = (error) => !/^(bad-option|disposed|not-loaded|worker-failed)$/.test(error?.code) && error?.name !== 'AbortError';
