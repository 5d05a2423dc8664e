// Engines, and the calls that wait for one. An engine is one Go program with one network, in a worker
// of its own or on this thread.
import { builtIn, files, inNode, reason, SqueezeNetError, there } from './parts.mjs';

/**
 * @typedef {{wasm: WebAssembly.Module, kernels: WebAssembly.Module | null, model: Uint8Array<ArrayBuffer>, precision: string}} Parts
 *   What an engine is started with; kept, so that others can be started without the server.
 * @typedef {object} Setup what a model is made of
 * @property {boolean} worker
 * @property {number} workers
 * @property {Parts} parts
 * @property {string[]} [labels]
 * @property {import('./squeezenet.mjs').Info} info
 * @property {import('./squeezenet.mjs').Training} [training]
 */

/** @type {Promise<string> | undefined} */ let engineText;

/** The engine's text, fetched once for all workers. */
function textOfEngine() {
  return engineText ??= (async () => {
    const engine = files.engine();
    return there(engine instanceof URL ? await fetch(engine) : engine).text();
  })().catch((e) => {
    engineText = undefined;
    throw e;
  });
}

/** An address from which a module worker of Node, or import(), takes the engine. */
async function addressOfEngine() {
  const engine = files.engine();
  return engine instanceof URL ? engine.href : `data:text/javascript,${encodeURIComponent(await textOfEngine())}`;
}

/** The other end of a worker (or of an engine on this thread, which has the same messages). */
export class Engine {
  #next = 0;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (e: unknown) => void}>} */
  #waiting = new Map();
  /** @type {Promise<(message: any, transfer: Transferable[]) => void>} */ #post;
  #unlock = new AbortController();
  #stop = () => {};
  #hold = (/** @type {boolean} */ _) => {};
  /** @type {SqueezeNetError | undefined} why no call will be answered any more */
  dead;
  /** Whether it has a call; the pool gives it the next one after. */
  busy = false;
  /** @type {{source: unknown, crop: string} | undefined} the picture whose values the network still holds */
  held;
  /** Bytes of WebAssembly memory, as of its last picture. */
  memory = 0;

  /** @param {boolean} worker */
  constructor(worker) {
    this.#post = worker ? (inNode ? this.#nodeWorker() : this.#webWorker()) : this.#here();
    this.#post.catch((e) => this.#die(`The worker cannot be started (${reason(e)}). Check that ${files.engine() instanceof URL ? files.engine() : 'it'} was copied.`, 'worker-failed'));
  }

  /**
   * A worker from a blob: so the page's Content-Security-Policy binds it too, and the module may
   * lie on another origin. The blob holds the engine itself, as a worker's own imports would come late.
   * @returns {Promise<(message: any, transfer: Transferable[]) => void>}
   */
  async #webWorker() {
    const text = await textOfEngine();
    if (this.dead) throw this.dead;
    const address = URL.createObjectURL(new Blob([text.slice(0, text.lastIndexOf('export{')), 'serve({ choose, instantiate }, self);'], { type: 'text/javascript' }));
    const worker = new Worker(address, { name: 'squeezenet' }); // no module: Chromium starts none from a blob on a page of file:
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
    const { Worker } = /** @type {typeof import('node:worker_threads')} */ (await builtIn('node:worker_threads'));
    const code = `import { parentPort } from 'node:worker_threads'; import { choose, instantiate, serve } from "${await addressOfEngine()}"; serve({ choose, instantiate }, parentPort);`;
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
      try {
        post({ id, name, args }, transfer);
      } catch (e) { // what cannot be sent, such as a bitmap of another site's image
        reject(e);
        this.#receive({ id });
      }
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
  const engine = await import(/* webpackIgnore: true */ /* @vite-ignore */ await addressOfEngine());
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
 * Starts an engine with parts that are there already.
 * @param {boolean} worker @param {Parts} parts
 */
export async function startEngine(worker, { wasm, kernels, model, precision }) {
  const engine = new Engine(worker);
  try {
    await engine.send('choose', { kernels });
    await engine.send('start', { wasm, kernels });
    engine.memory = (await engine.send('init', { model, precision })).memory;
    return engine;
  } catch (e) {
    engine.close();
    throw e;
  }
}

/**
 * @typedef {object} Call what an engine is asked
 * @property {string} name of the engine's operation
 * @property {(engine: Engine) => Promise<{args?: unknown, transfer?: Transferable[]}>} [prepare] called when its
 *   turn has come, and once more if the engine dies with it
 * @property {(engine: Engine) => boolean} [prefers] an engine that answers sooner than another would
 * @property {(engine: Engine, value: any) => any} [done] what the answer becomes
 * @property {AbortSignal} [signal]
 *
 * @typedef {Call & {resolve: (value: any) => void, reject: (e: unknown) => void, left: boolean, repeated: boolean}} Waiting
 *   left: its caller has gone
 */

/**
 * A queue of calls, and the engines that answer them, begun in the order in which they came. Engines are
 * started when calls wait, up to a number; one that dies leaves, and its call goes to the next.
 */
export class Pool {
  /** @type {Engine[]} the one that rests longest first, so that others keep their pictures */ #engines;
  /** @type {Waiting[]} */ #queue = [];
  #most;
  #starting = 0;
  #start;
  /** @type {SqueezeNetError | undefined} */ #closed;

  /** @param {Engine} first @param {number} most @param {() => Promise<Engine>} start */
  constructor(first, most, start) {
    this.#engines = [first];
    this.#most = most;
    this.#start = start;
  }

  get closed() {
    return Boolean(this.#closed);
  }

  /** The most calls that are answered at once. */
  get size() {
    return this.#most;
  }

  /** Bytes of WebAssembly memory, of all engines. */
  get memory() {
    return this.#engines.reduce((sum, { memory }) => sum + memory, 0);
  }

  /** Whether an engine lives of which this is true. @param {(engine: Engine) => boolean} test */
  some(test) {
    return this.#engines.some((engine) => !engine.dead && test(engine));
  }

  /** @param {Call} call @returns {Promise<any>} */
  call(call) {
    const { signal } = call;
    if (this.#closed) return Promise.reject(this.#closed);
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.left = true;
        this.#queue = this.#queue.filter((w) => w !== waiting);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      const settled = () => signal?.removeEventListener('abort', leave);
      /** @type {Waiting} */
      const waiting = {
        ...call, left: false, repeated: false,
        resolve: (value) => (settled(), resolve(value)),
        reject: (e) => (settled(), reject(e)),
      };
      this.#queue.push(waiting);
      this.#work();
    });
  }

  #work() {
    this.#engines = this.#engines.filter((engine) => !engine.dead);
    while (this.#queue.length > 0) {
      const idle = this.#engines.filter((engine) => !engine.busy);
      if (idle.length === 0) break;
      const call = /** @type {Waiting} */ (this.#queue.shift());
      this.#give(idle.find((engine) => call.prefers?.(engine)) ?? idle[0], call);
    }
    while (this.#queue.length > this.#starting && this.#engines.length + this.#starting < this.#most) this.#grow();
  }

  /** @param {Engine} engine @param {Waiting} call */
  async #give(engine, call) {
    engine.busy = true;
    try {
      const { args, transfer } = await call.prepare?.(engine) ?? {};
      if (!call.left) {
        const value = await engine.send(call.name, args, transfer);
        call.resolve(call.done ? call.done(engine, value) : value);
      }
    } catch (e) {
      if (!engine.dead || this.#closed) {
        call.reject(this.#closed ?? e);
      } else if (!call.repeated) {
        call.repeated = true;
        if (!call.left) this.#queue.unshift(call);
      } else {
        call.reject(workerDied(e));
      }
    }
    engine.busy = false;
    this.#engines = [...this.#engines.filter((other) => other !== engine), engine];
    this.#work();
  }

  async #grow() {
    this.#starting++;
    try {
      const engine = await this.#start();
      if (this.#closed) engine.close();
      else this.#engines.push(engine);
    } catch (e) {
      // Those that live go on alone; without any, nobody would ever answer.
      this.#most = Math.max(1, this.#engines.length);
      if (this.#engines.length === 0) for (const call of this.#queue.splice(0)) call.reject(e);
    }
    this.#starting--;
    this.#work();
  }

  /** Ends all engines; waiting calls reject, and so does every later one. */
  async close() {
    if (this.#closed) return;
    this.#closed = new SqueezeNetError('disposed', 'The model was disposed of. Call load() for a new one.');
    for (const call of this.#queue.splice(0)) call.reject(this.#closed);
    await Promise.all(this.#engines.map(async (engine) => {
      await engine.send('dispose').catch(() => {});
      engine.close();
    }));
  }
}

/** @param {unknown} [cause] */
export const workerDied = (cause) => new SqueezeNetError('worker-died', 'The worker ended while it had this picture, perhaps for lack of memory. Ask again, or with a smaller picture: a new worker is started.', cause);
