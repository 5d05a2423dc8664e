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
 * @typedef {URL | string | ArrayBuffer | Uint8Array | Blob | Response} Part a file that load() needs
 *
 * @typedef {object} Progress
 * @property {'download' | 'start' | 'ready'} phase
 * @property {number} loaded bytes, as stored on the server before compression
 * @property {number | undefined} total bytes; undefined while it is not known
 *
 * @typedef {object} LoadOptions
 * @property {'int8' | 'float32'} [precision] which of the two models that lie next to this module
 * @property {Part} [model] a model file (.sqz) in place of those
 * @property {Part} [wasm] squeezenet.wasm, where it lies elsewhere
 * @property {Part} [kernels] kernels.wasm or kernels-relaxed.wasm, where it lies elsewhere
 * @property {boolean} [worker] false: compute on the calling thread; otherwise in a worker
 * @property {(progress: Progress) => void} [onProgress]
 * @property {AbortSignal} [signal]
 *
 * @typedef {'squash' | 'center' | 'fit'} Crop how a picture that is not square meets the square input:
 *   squash changes its shape, center cuts off the longer side's ends, fit fills up with the mean colour;
 *   without it, as the model was trained
 * @typedef {{signal?: AbortSignal, crop?: Crop}} RunOptions
 * @typedef {RunOptions & {topK?: number}} ClassifyOptions
 *
 * @typedef {{data: Float32Array, shape: number[]}} Output values in row-major order of the shape
 * @typedef {object} ClassMap where in the picture a class is seen
 * @property {Float32Array} data height x width scores, 0 and above; their mean is the class's logit
 * @property {number} width
 * @property {number} height
 * @property {{x: number, y: number, width: number, height: number}} region the part of the picture that
 *   the map covers, as fractions of the picture's sides (below 0 or beyond 1 where the input was filled up)
 *
 * @typedef {{decode: number, resize: number, network: number, total: number}} Times milliseconds in the worker
 * @typedef {object} Info
 * @property {string} architecture
 * @property {'int8' | 'float32'} precision
 * @property {string} kernels the form in use: "go" (this machine has no SIMD: slower), "simd", "relaxed-dot" or "relaxed-pair"
 * @property {number} input the side of the network's square input in pixels
 * @property {number} classes
 * @property {number} parameters
 * @property {number} memory bytes of WebAssembly memory
 * @property {string} model the model file's id
 * @property {string} source where the weights come from, and their licence
 * @property {string} go the version of Go that built the program
 * @property {number} bytes of wasm, kernels and model
 * @property {number} loadTime milliseconds from load() to its answer
 * @property {Times | undefined} times of the last picture
 *
 * @typedef {{name: string, shape: number[], parameters: number, macs: number}} Layer
 * @typedef {object} SelfTest
 * @property {string} hash over logits and class maps of made-up pictures
 * @property {string} expected the hash that every machine must give; empty for a model that is not ours
 * @property {boolean | undefined} ok undefined where there is nothing to compare with: a model without a hash
 *
 * @typedef {import('./worker.mjs').Picture} Picture
 * @typedef {import('./worker.mjs').Wanted} Wanted
 * @typedef {import('./worker.mjs').Fault} Fault
 */

import { supported } from './instantiate.mjs';

const inNode = typeof process === 'object' && Boolean(process.versions?.node) && typeof window === 'undefined';

// Each file by its own literal address, so that bundlers find them.
const files = {
  engine: new URL('./engine.mjs', import.meta.url), // wasm_exec.js, instantiate.mjs and worker.mjs in one, by the build
  simd: new URL('./kernels.wasm', import.meta.url),
  relaxed: new URL('./kernels-relaxed.wasm', import.meta.url),
  wasm: new URL('./squeezenet.wasm', import.meta.url),
  nodeWasm: new URL('./squeezenet-node.wasm', import.meta.url),
  manifest: new URL('./manifest.json', import.meta.url),
  int8: new URL('./squeezenet1_1.sqz', import.meta.url),
  float32: new URL('./squeezenet1_1-f32.sqz', import.meta.url),
};

/** The errors of this module: `code` is stable, `message` says what to do. */
export class SqueezeNetError extends Error {
  /** @param {string} code @param {string} message @param {unknown} [cause] */
  constructor(code, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SqueezeNetError';
    /** @readonly */
    this.code = code;
  }
}

/** @param {string} message */
const badOption = (message) => new SqueezeNetError('bad-option', message);

/** @param {unknown} e */
const reason = (e) => (e instanceof Error ? e.message : String(e));

/**
 * Loads the model: fetches the Go program, its kernels and the weights (all at once), and starts them
 * in a worker. Rejects with a SqueezeNetError, or as the signal says.
 * @param {LoadOptions} [options]
 * @returns {Promise<Model>}
 */
export async function load(options = {}) {
  const began = performance.now();
  const { precision = 'int8', worker = true, onProgress, signal } = options;
  if (precision !== 'int8' && precision !== 'float32') throw badOption(`load: precision is "${precision}"; it may be "int8" or "float32".`);
  signal?.throwIfAborted();

  const stop = new AbortController(); // one part that fails stops the others
  const abort = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  const progress = new ProgressSum(onProgress);
  const engine = new Engine(worker);
  try {
    const wanted = options.precision ?? (options.model ? '' : precision); // '': as the file has it
    const wasmSource = options.wasm ?? (inNode ? files.nodeWasm : files.wasm);
    const simd = supported();
    const kernelsSource = simd && (options.kernels ?? files[simd]);
    const modelSource = options.model ?? files[precision];
    progress.expect([wasmSource, modelSource, ...(kernelsSource ? [kernelsSource] : [])], stop.signal);
    const wasm = compile('wasm', wasmSource, progress, stop.signal);
    const kernels = kernelsSource ? compile('kernels', kernelsSource, progress, stop.signal) : Promise.resolve(null);
    const model = open('model', modelSource, progress, stop.signal).then((response) => read('model', placeOf('model', modelSource), response, stop.signal));
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
        throw e.code === 'model-damaged' ? new SqueezeNetError(e.code, `${placeOf('model', modelSource)} cannot be used: ${e.message}`) : e;
      });
      return new Model(engine, worker, parts, { ...info, bytes: progress.loaded, loadTime: performance.now() - began });
    });
    const loaded = await /** @type {Promise<Model>} */ (Promise.race([ready, aborted]));
    progress.phase('ready');
    return loaded;
  } catch (e) {
    stop.abort(e);
    engine.close();
    throw e;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Adds up the bytes of the parts on their way; totals come from the manifest that the build writes. */
class ProgressSum {
  loaded = 0;
  /** @type {number | undefined} */ #total;
  #phase = /** @type {Progress['phase']} */ ('download');
  #report;

  /** @param {((progress: Progress) => void) | undefined} report */
  constructor(report) {
    this.#report = report;
  }

  /** @param {Part[]} parts @param {AbortSignal} signal */
  async expect(parts, signal) {
    if (!this.#report || inNode) return;
    try {
      const manifest = await (await fetch(files.manifest, { signal })).json();
      const base = new URL('.', files.manifest).href;
      let total = 0;
      for (const part of parts) {
        total += part instanceof URL ? manifest.files[part.href.slice(base.length)].bytes : NaN;
      }
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

  /** @param {Progress['phase']} phase */
  phase(phase) {
    this.#phase = phase;
    this.#report?.({ phase, loaded: this.loaded, total: this.#total });
  }
}

const partNames = { wasm: 'The Go program', kernels: 'The file of kernels', model: 'The model' };

/** @param {keyof typeof partNames} name @param {Part} part */
function placeOf(name, part) {
  const place = part instanceof Response ? part.url : part instanceof URL ? part.href : typeof part === 'string' ? part : '';
  return place ? `${partNames[name]} (${place})` : partNames[name];
}

/**
 * A part as a Response whose bytes are counted as they come.
 * @param {keyof typeof partNames} name @param {Part} part @param {ProgressSum} progress @param {AbortSignal} signal
 * @returns {Promise<Response>}
 */
async function open(name, part, progress, signal) {
  const place = placeOf(name, part);
  /** @type {Response} */ let response;
  if (part instanceof Response) {
    response = part;
  } else if (part instanceof URL || typeof part === 'string') {
    try {
      response = await fetchOrRead(part, signal);
    } catch (e) {
      signal.throwIfAborted();
      throw new SqueezeNetError(`${name}-missing`, `${place} cannot be fetched (${reason(e)}). Check the address and the connection, and try again.`, e);
    }
  } else {
    response = new Response(/** @type {BodyInit} */ (part));
  }
  if (!response.ok) throw new SqueezeNetError(`${name}-missing`, `${place} is not there: the server answered ${response.status}. Check that every file of the build was copied.`);
  if (!response.body || response.bodyUsed) throw new SqueezeNetError(`${name}-missing`, `${place} has no content, or was read before. Pass a fresh Response.`);
  const counter = new TransformStream({
    transform(chunk, controller) {
      progress.add(chunk.byteLength);
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: { 'content-type': response.headers.get('content-type') ?? '' } });
}

/** @param {URL | string} address @param {AbortSignal} signal @returns {Promise<Response>} */
async function fetchOrRead(address, signal) {
  const url = address instanceof URL ? address : /^(file|https?|data|blob):/.test(address) ? new URL(address) : null;
  if (!inNode || (url && url.protocol !== 'file:')) return fetch(address, { signal });
  const { readFile } = await import('node:fs/promises');
  return new Response(/** @type {BodyInit} */ (await readFile(url ?? address, { signal })));
}

/**
 * The bytes of an opened part: not empty, and no HTML page.
 * @param {keyof typeof partNames} name @param {string} place @param {Response} response @param {AbortSignal} signal
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
async function read(name, place, response, signal) {
  const bytes = new Uint8Array(await response.arrayBuffer().catch((e) => {
    signal.throwIfAborted();
    throw new SqueezeNetError(`${name}-missing`, `${place} broke off while it was fetched (${reason(e)}). Try again.`, e);
  }));
  if (bytes.length === 0) throw new SqueezeNetError(`${name}-damaged`, `${place} is empty. Copy or fetch it again.`);
  if (/^\s*<(!doctype|html|\?xml)/i.test(new TextDecoder().decode(bytes.subarray(0, 64)))) {
    throw new SqueezeNetError(`${name}-html`, `${place} is an HTML page, perhaps the server's "not found" page: check the address.`);
  }
  return bytes;
}

/**
 * Compiles while it downloads where the server names the type, else from the bytes.
 * @param {'wasm' | 'kernels'} name @param {Part} part @param {ProgressSum} progress @param {AbortSignal} signal
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(name, part, progress, signal) {
  const place = placeOf(name, part);
  const response = await open(name, part, progress, signal);
  const streams = !inNode && response.headers.get('content-type') === 'application/wasm';
  try {
    return await (streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await read(name, place, response, signal)));
  } catch (e) {
    signal.throwIfAborted();
    if (e instanceof SqueezeNetError) throw e;
    throw new SqueezeNetError(`${name}-damaged`, `${place} is not the WebAssembly file of this build (${reason(e)}). Copy or fetch it again.`, e);
  }
}

/**
 * @typedef {{wasm: WebAssembly.Module, kernels: WebAssembly.Module | null, model: Uint8Array, precision: string}} Parts
 *   What an engine is started with; kept, so that another can take a dead one's place without the server.
 */

/** @type {string | undefined} */ let engineText;

/** The other end of a worker (or of an engine on this thread, which has the same messages). */
class Engine {
  #next = 0;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (e: unknown) => void}>} */
  #waiting = new Map();
  /** @type {Promise<(message: any, transfer: Transferable[]) => void>} */ #post;
  #unlock = new AbortController();
  #stop = () => {};
  #hold = (/** @type {boolean} */ _) => {};
  /** @type {SqueezeNetError | undefined} why no call will be answered any more */
  dead;

  /** @param {boolean} worker */
  constructor(worker) {
    this.#post = worker ? (inNode ? this.#nodeWorker() : this.#webWorker()) : this.#here();
    this.#post.catch((e) => this.#die(`The worker cannot be started (${reason(e)}). Check that ${files.engine} was copied.`, 'worker-failed'));
  }

  /**
   * A module worker from a blob: so the page's Content-Security-Policy binds it too, and the module may
   * lie on another origin. The blob holds the engine itself, as a worker's own imports would come late.
   * @returns {Promise<(message: any, transfer: Transferable[]) => void>}
   */
  async #webWorker() {
    if (!engineText) {
      const response = await fetch(files.engine);
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      engineText = await response.text();
      if (this.dead) throw this.dead;
    }
    const address = URL.createObjectURL(new Blob([engineText, '\nserve({ choose, instantiate }, self);'], { type: 'text/javascript' }));
    const worker = new Worker(address, { type: 'module', name: 'squeezenet' });
    this.#stop = () => worker.terminate();
    return new Promise((resolve, reject) => {
      let started = false;
      worker.onmessage = ({ data }) => {
        if (data.ready) {
          started = true;
          resolve(worker.postMessage.bind(worker));
        } else {
          this.#receive(data);
        }
        URL.revokeObjectURL(address);
      };
      worker.onerror = (e) => {
        e.preventDefault();
        if (started) this.#die(`The worker ended: ${e.message}.`);
        else reject(new Error(e.message || 'the page\'s Content-Security-Policy may lack worker-src blob:'));
      };
    });
  }

  async #nodeWorker() {
    const { Worker } = await import('node:worker_threads');
    const code = `import { parentPort } from 'node:worker_threads'; import { choose, instantiate, serve } from "${files.engine}"; serve({ choose, instantiate }, parentPort);`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    worker.on('message', (data) => this.#receive(data));
    worker.on('error', (e) => this.#die(`The worker ended: ${reason(e)}.`));
    worker.on('exit', () => this.#die('The worker ended.'));
    this.#hold = (busy) => (busy ? worker.ref() : worker.unref());
    this.#stop = () => void worker.terminate();
    if (this.dead) this.#stop(); // closed before it was there
    return (/** @type {any} */ message, /** @type {any} */ transfer) => worker.postMessage(message, transfer);
  }

  /** On this thread: Go's shim leaves its names on globalThis only while Go starts. */
  async #here() {
    const { choose, createEngine, instantiate } = await importEngine();
    const engine = createEngine({ choose, instantiate: (...args) => withShim(() => instantiate(...args)) }, () => this.#die('The Go program ended.'));
    let last = Promise.resolve();
    return (/** @type {any} */ { id, name, args }) => {
      last = last.then(async () => this.#receive({ id, ...await engine(name, args) }));
    };
  }

  /** @param {any} message */
  #receive({ id, value, fault, lock, died }) {
    if (lock) {
      // Granted when the worker is gone, however it went.
      navigator.locks.request(lock, { signal: this.#unlock.signal }, () => this.#die('The worker ended.')).catch(() => {});
    } else if (died) {
      this.#die('The Go program ended.');
    } else {
      const call = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#hold(false);
      if (fault) call?.reject(new SqueezeNetError(fault.code, fault.message));
      else call?.resolve(value);
    }
  }

  /** @param {string} message @param {string} [code] */
  #die(message, code = 'worker-died') {
    if (this.dead) return;
    this.dead = new SqueezeNetError(code, message);
    this.#unlock.abort();
    this.#stop();
    for (const { reject } of this.#waiting.values()) reject(this.dead);
    this.#waiting.clear();
  }

  /**
   * @param {string} name @param {unknown} [args] @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  async send(name, args, transfer = []) {
    const post = await this.#post.catch(() => null);
    if (this.dead || !post) throw this.dead;
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#hold(true);
      post({ id, name, args }, transfer);
    });
  }

  close() {
    this.#die('The model was disposed of.', 'disposed');
  }
}

const world = /** @type {Record<string, any>} */ (globalThis);

/** @type {Record<string, any> | undefined} what Go's shim, a part of the engine, puts on globalThis */
let shim;
/** @type {Promise<unknown>} */ let starting = Promise.resolve();

/** @returns {Promise<typeof import('./worker.mjs') & typeof import('./instantiate.mjs')>} */
async function importEngine() {
  const names = ['Go', 'fs', 'path', 'process'].filter((name) => !(name in world));
  const engine = await import(files.engine.href);
  if (!shim) {
    shim = Object.fromEntries(names.map((name) => [name, world[name]]));
    for (const name of names) delete world[name];
  }
  return engine;
}

/** Lends the shim to globalThis while a Go program starts. @template T @param {() => Promise<T>} start @returns {Promise<T>} */
function withShim(start) {
  const turn = starting.then(async () => {
    Object.assign(world, shim);
    try {
      return await start();
    } finally {
      for (const name in shim) delete world[name];
    }
  });
  starting = turn.catch(() => {});
  return turn;
}

/**
 * @typedef {object} Job
 * @property {string} name
 * @property {() => Promise<{args: unknown, transfer: Transferable[]}>} prepare
 * @property {boolean} again whether prepare may be called once more, after a worker's death
 * @property {(value: any) => void} resolve
 * @property {(e: unknown) => void} reject
 * @property {boolean} cancelled
 */

/** A loaded model, as load() gives it. Calls are answered in the order in which they were made. */
export class Model {
  #engine;
  #parts;
  #worker;
  /** @type {Info} */ #info;
  /** @type {Job[]} */ #queue = [];
  #running = false;
  #disposed = false;
  /** @type {{engine: Engine, source: unknown, crop: string} | undefined} the picture that the network still holds */
  #held;

  /** @param {Engine} engine @param {boolean} worker @param {Parts} parts @param {Info} info @internal */
  constructor(engine, worker, parts, info) {
    this.#engine = engine;
    this.#worker = worker;
    this.#parts = parts;
    this.#info = info;
  }

  /**
   * The likeliest classes of a picture, likeliest first.
   * @param {Source} source
   * @param {number | ClassifyOptions} [options] how many (5), or {topK, crop, signal}
   * @returns {Promise<Prediction[]>}
   */
  async classify(source, options = {}) {
    const { topK = 5, ...rest } = typeof options === 'number' ? { topK: options } : options;
    if (!Number.isInteger(topK) || topK < 1 || topK > this.#info.classes) {
      throw badOption(`classify: ${topK} classes were asked for; it may be 1 to ${this.#info.classes}.`);
    }
    return this.#run(source, { kind: 'top', k: topK }, rest);
  }

  /**
   * What the network computes for a picture: 'logits', 'probabilities', 'features' (what the classifier
   * reads) or a layer by its name in layers().
   * @param {Source} source
   * @param {RunOptions & {output?: string}} [options]
   * @returns {Promise<Output>}
   */
  async infer(source, { output = 'logits', ...rest } = {}) {
    return this.#run(source, { kind: 'output', name: String(output) }, rest);
  }

  /**
   * Where in a picture a class is seen. Asked after classify() for the same Blob or ImageBitmap, it
   * costs no second run.
   * @param {Source} source
   * @param {number} index the class
   * @param {RunOptions} [options]
   * @returns {Promise<ClassMap>}
   */
  async classMap(source, index, options = {}) {
    if (!Number.isInteger(index) || index < 0 || index >= this.#info.classes) {
      throw badOption(`classMap: class ${index} was asked for; it may be 0 to ${this.#info.classes - 1}.`);
    }
    return this.#run(source, { kind: 'map', index }, options);
  }

  /** The network's layers with shapes, parameters and multiply-adds. @returns {Promise<Layer[]>} */
  layers() {
    return this.#simple('layers');
  }

  /** Computes made-up pictures and compares every bit with what all machines must give. @returns {Promise<SelfTest>} */
  selfTest() {
    return this.#simple('selfTest');
  }

  /** What was loaded, and the times of the last picture. @returns {Info} */
  info() {
    return { ...this.#info };
  }

  /** Ends the worker and frees its memory. Waiting calls reject; so does every later one. */
  async dispose() {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const job of this.#queue.splice(0)) job.reject(disposed());
    await this.#engine.send('dispose').catch(() => {});
    this.#engine.close();
  }

  async [/** @type {typeof Symbol.asyncDispose} */ (Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose'))]() {
    await this.dispose();
  }

  /** @param {string} name */
  #simple(name) {
    this.#held = undefined;
    return this.#enqueue({ name, prepare: async () => ({ args: undefined, transfer: [] }), again: true });
  }

  /**
   * @param {Source} source @param {Wanted} want @param {RunOptions} options
   * @returns {Promise<any>}
   */
  async #run(source, want, options) {
    const { crop = '', signal } = /** @type {{crop?: string, signal?: AbortSignal}} */ (options);
    if (!['', 'squash', 'center', 'fit'].includes(crop)) throw badOption(`crop is "${crop}"; it may be "squash", "center" or "fit".`);
    const lasting = source instanceof Blob || (typeof ImageBitmap === 'function' && source instanceof ImageBitmap);
    // What may change after this call is copied now, not when its turn comes.
    let picture = lasting || this.#disposed ? undefined : take(source);
    picture?.catch(() => {});
    const prepare = async () => {
      const held = this.#held;
      if (lasting && held && held.engine === this.#engine && held.source === source && held.crop === crop) {
        return { args: { picture: { again: true }, crop, want }, transfer: [] };
      }
      this.#held = undefined;
      const { transfer, ...p } = await (picture ?? take(source));
      return { args: { picture: p, crop, want }, transfer };
    };
    const { answer, times, memory } = await this.#enqueue({
      name: 'run', prepare, again: lasting, signal,
      done: (engine) => {
        if (lasting) this.#held = { engine, source, crop };
      },
    });
    Object.assign(this.#info, { times, memory });
    return answer;
  }

  /**
   * @param {Pick<Job, 'name' | 'prepare' | 'again'> & {signal?: AbortSignal, done?: (engine: Engine) => void}} job
   * @returns {Promise<any>}
   */
  #enqueue({ name, prepare, again, signal, done }) {
    if (this.#disposed) return Promise.reject(disposed());
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      /** @type {Job & {done?: (engine: Engine) => void}} */
      const job = {
        name, prepare, again, cancelled: false, done,
        resolve: (value) => (signal?.removeEventListener('abort', abort), resolve(value)),
        reject: (e) => (signal?.removeEventListener('abort', abort), reject(e)),
      };
      const abort = () => {
        job.cancelled = true;
        job.reject(signal?.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#queue.push(job);
      this.#work();
    });
  }

  async #work() {
    if (this.#running) return;
    this.#running = true;
    for (let job; (job = this.#queue.shift());) {
      if (job.cancelled) continue;
      try {
        job.resolve(await this.#send(job));
      } catch (e) {
        job.reject(e);
      }
    }
    this.#running = false;
  }

  /** @param {Job & {done?: (engine: Engine) => void}} job */
  async #send(job) {
    for (let attempt = 0; ; attempt++) {
      const engine = await this.#living();
      const { args, transfer } = await job.prepare();
      try {
        const value = await engine.send(job.name, args, transfer);
        job.done?.(engine);
        return value;
      } catch (e) {
        if (this.#disposed) throw disposed();
        if (!engine.dead) throw e;
        if (attempt > 0 || !job.again) {
          throw new SqueezeNetError('worker-died', 'The worker ended while it had this picture, perhaps for lack of memory. Ask again (with a smaller picture): a new worker is started.', e);
        }
      }
    }
  }

  /** The engine, or a new one in the place of a dead one. */
  async #living() {
    if (this.#engine.dead) {
      const { wasm, kernels, model, precision } = this.#parts;
      const engine = new Engine(this.#worker);
      try {
        await engine.send('choose', { kernels });
        await engine.send('start', { wasm, kernels });
        await engine.send('init', { model, precision });
        if (this.#disposed) throw disposed();
      } catch (e) {
        engine.close();
        throw e;
      }
      this.#engine = engine;
    }
    return this.#engine;
  }
}

const disposed = () => new SqueezeNetError('disposed', 'The model was disposed of. Call load() for a new one.');

/**
 * A picture in the form in which it goes to the engine.
 * @param {Source} source
 * @returns {Promise<Picture & {transfer: Transferable[]}>}
 */
async function take(source) {
  if (source instanceof Blob) return { blob: source, transfer: [] };
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) return { blob: new Blob([/** @type {BlobPart} */ (source)]), transfer: [] };
  if (typeof source === 'string' || source instanceof URL) {
    let response;
    try {
      response = await fetchOrRead(source, new AbortController().signal);
    } catch (e) {
      throw new SqueezeNetError('picture-missing', `The picture ${source} cannot be read (${reason(e)}). Check the address; a page may fetch only what the other server allows.`, e);
    }
    if (!response.ok) throw new SqueezeNetError('picture-missing', `The picture ${source} is not there: the server answered ${response.status}. Check the address.`);
    return { blob: await response.blob(), transfer: [] };
  }
  if (source && typeof source === 'object' && 'data' in source && ArrayBuffer.isView(source.data)) {
    const { width, height } = source;
    const data = /** @type {Uint8Array | Uint8ClampedArray} */ (source.data);
    if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray) || !Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1 || data.length !== 4 * width * height) {
      throw new SqueezeNetError('bad-source', `Pixels of ${width} x ${height} need ${4 * width * height} bytes of RGBA in a Uint8Array or Uint8ClampedArray; ${data.constructor.name} of length ${data.length} was given.`);
    }
    if ('rotation' in (globalThis.VideoFrame?.prototype ?? {})) {
      try { // Chromium copies 12 megapixels so in 3 ms, and in 30 into an array
        const frame = new VideoFrame(data, { format: 'RGBA', codedWidth: width, codedHeight: height, timestamp: 0 });
        return { frame, transfer: [frame] };
      } catch {} // larger than its frames may be
    }
    const copy = data.slice();
    return { pixels: { data: copy, width, height }, transfer: [copy.buffer] };
  }
  if (typeof createImageBitmap === 'function' && source && typeof source === 'object') {
    try {
      // A canvas goes as it is stored: other options cost this thread 25 ms for 12 megapixels.
      const premultiplied = typeof VideoFrame === 'function' && /Canvas/.test(Object.prototype.toString.call(source));
      const bitmap = await createImageBitmap(/** @type {ImageBitmapSource} */ (source), premultiplied ? {} : { imageOrientation: 'from-image', premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
      return { bitmap, premultiplied, transfer: [bitmap] };
    } catch (e) {
      if (e instanceof DOMException && e.name === 'SecurityError') {
        throw new SqueezeNetError('picture-tainted', 'The picture comes from another site that does not let this page read it. Load it with crossorigin="anonymous" from a server that allows it, or choose a file.', e);
      }
      if (e instanceof TypeError) throw badSource(source);
      throw new SqueezeNetError('picture-not-decoded', `The picture has no pixels to read (${reason(e)}). Wait until it is loaded, or choose another.`, e);
    }
  }
  throw badSource(source);
}

/** @param {any} source */
function badSource(source) {
  const found = source === null ? 'null' : typeof source === 'object' ? source.constructor?.name ?? 'an object' : typeof source;
  return new SqueezeNetError('bad-source', `A picture was expected (a Blob, bytes, an address, pixels, ${inNode ? 'a path' : 'ImageBitmap, img, canvas or video'}), and ${found} was given.`);
}
