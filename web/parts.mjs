// Where the module's files lie, how any file is read, and the one class of errors.

/** @typedef {URL | string | ArrayBuffer | Uint8Array | Blob | Response} Part a file that load() needs */

export const inNode = typeof process === 'object' && Boolean(process.versions?.node) && typeof window === 'undefined';

/**
 * The files that lie next to this one, each by its own literal address, so that bundlers find them;
 * functions, so that none is asked for where provide() put its bytes in its place.
 * @type {Record<'engine' | 'simd' | 'relaxed' | 'wasm' | 'nodeWasm' | 'manifest' | 'int8' | 'float32', () => URL | Response>}
 */
export const files = {
  engine: () => new URL('./engine.mjs', import.meta.url), // wasm_exec.js, instantiate.mjs and worker.mjs in one, by the build
  simd: () => new URL('./kernels.wasm', import.meta.url),
  relaxed: () => new URL('./kernels-relaxed.wasm', import.meta.url),
  wasm: () => new URL('./squeezenet.wasm', import.meta.url),
  nodeWasm: () => new URL('./squeezenet-node.wasm', import.meta.url),
  manifest: () => new URL('./manifest.json', import.meta.url),
  int8: () => new URL('./squeezenet1_1.sqz', import.meta.url),
  float32: () => new URL('./squeezenet1_1-f32.sqz', import.meta.url),
};

/**
 * Puts other files in the place of those next to this one.
 * @hidden
 * @param {Partial<typeof files>} others
 */
export function provide(others) {
  Object.assign(files, others);
}

/**
 * The best kernels file that this engine can run: 'relaxed' for kernels-relaxed.wasm, 'simd' for
 * kernels.wasm, or null for none, where Go computes by itself.
 * @returns {'relaxed' | 'simd' | null}
 */
export function supported() {
  // One function without parameters that returns a v128: i32.const 0, i8x16.splat ...
  const splat = [0x41, 0, 0xfd, 0x0f];
  const valid = (/** @type {number[]} */ ...body) => WebAssembly.validate(new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0,
    10, body.length + 4, 1, body.length + 2, 0, ...body, 0x0b,
  ]));
  // ... and i32x4.relaxed_dot_i8x16_i7x16_add_s of three of them
  if (valid(...splat, ...splat, ...splat, 0xfd, 0x93, 0x02)) return 'relaxed';
  return valid(...splat) ? 'simd' : null;
}

/** A module of Node's own, by a name that bundlers for browsers do not stumble on. @param {string} name */
export const builtIn = (name) => import(/* webpackIgnore: true */ /* @vite-ignore */ name);

/**
 * The errors of this module: `message` says what was found and what to do, `code` is one of these and stays so.
 *
 * | code | what |
 * | --- | --- |
 * | `bad-option` | an option or argument that may not be so |
 * | `bad-source` | what was given is no picture, video or list of them |
 * | `bad-training` | classes or pictures from which nothing can be learned |
 * | `picture-missing` | nothing can be read at a picture's address or path |
 * | `picture-not-decoded` | no picture, a damaged one, or one whose format is not known here |
 * | `picture-tainted` | another site's picture, which the page may show and not read |
 * | `picture-too-large` | more than 100 megapixels, or 32,767 pixels a side |
 * | `video-empty`, `video-failed`, `camera-ended` | a video without a picture, one that cannot be played, a camera that is gone |
 * | `model-missing`, `wasm-missing`, `kernels-missing` | a file that load() needs cannot be read |
 * | `model-html`, `wasm-html`, `kernels-html` | a web page is in its place |
 * | `model-damaged`, `wasm-damaged`, `kernels-damaged` | it is damaged, or of another build |
 * | `model-version` | a model file of another version, perhaps of a newer program |
 * | `worker-failed`, `worker-died` | the worker cannot be started, or ended twice with the same picture |
 * | `canvas` | the browser is short of memory |
 * | `disposed` | the model was disposed of |
 * | `not-ready` | the adapter's values were read before they were there |
 * | `not-loaded`, `no-picture`, `internal` | a fault of this module: please report it |
 */
export class SqueezeNetError extends Error {
  /** @readonly @type {string} */ code;

  /** @param {string} code @param {string} message @param {unknown} [cause] */
  constructor(code, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SqueezeNetError';
    this.code = code;
  }
}

/** @param {string} message */
export const badOption = (message) => new SqueezeNetError('bad-option', message);

/** @param {boolean} well @param {string} what of which function @param {unknown} value @param {string} wanted what it may be */
export function must(well, what, value, wanted) {
  if (!well) throw badOption(`${what} is ${typeof value === 'string' ? `"${value}"` : String(value) || 'empty'}; it may be ${wanted}.`);
}

/** @param {string} what @param {any} value @param {number} least @param {number} [most] */
export function mustCount(what, value, least, most = Infinity) {
  must(Number.isSafeInteger(value) && value >= least && value <= most, what, value, most < Infinity ? `${least} to ${most}` : `an integer, ${least} or more`);
}

/** "Blob", "HTMLCanvasElement" ...: also of another window's objects. @param {unknown} value */
export const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** @param {string} wanted @param {unknown} found @param {string} [code] */
export const badSource = (wanted, found, code = 'bad-source') => new SqueezeNetError(code, `${wanted} was expected, and ${kindOf(found)} was given.`);

/** @param {unknown} e */
export const reason = (e) => (e instanceof Error ? e.message : String(e));

/**
 * What lies at an address: in Node a path too. A data URL is read here, as a page's Content-Security-Policy
 * rarely lets fetch do it. Throws where the server has no such file.
 * @param {URL | string} address @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
export async function fetchOrRead(address, signal) {
  const data = /^data:([^,]*?)(;base64)?,(.*)$/is.exec(String(address));
  if (data) {
    const text = decodeURIComponent(data[3]);
    const bytes = data[2] ? Uint8Array.from(atob(text), (c) => c.charCodeAt(0)) : new TextEncoder().encode(text);
    return new Response(bytes, { headers: { 'content-type': data[1] } });
  }
  const url = address instanceof URL ? address : /^(file|https?|blob):/.test(address) ? new URL(address) : null;
  if (!inNode || (url && url.protocol !== 'file:')) return there(await fetch(address, { signal }));
  const { readFile } = /** @type {typeof import('node:fs/promises')} */ (await builtIn('node:fs/promises'));
  return new Response(/** @type {BodyInit} */ (await readFile(url ?? address, { signal })));
}

/** @param {Response} response */
export function there(response) {
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response;
}

/**
 * A controller that a signal aborts too. Once it is aborted it lets go of the signal.
 * @param {AbortSignal} [signal]
 */
export function following(signal) {
  const own = new AbortController();
  signal?.addEventListener('abort', () => own.abort(signal.reason), { signal: own.signal });
  return own;
}
