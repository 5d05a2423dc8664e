export type Part = URL | string | ArrayBuffer | Uint8Array | Blob | Response;
/** @typedef {URL | string | ArrayBuffer | Uint8Array | Blob | Response} Part a file that load() needs */
export declare const inNode: boolean;
/**
 * The files that lie next to this one, each by its own literal address, so that bundlers find them;
 * functions, so that none is asked for where provide() put its bytes in its place.
 * @type {Record<'engine' | 'simd' | 'relaxed' | 'wasm' | 'nodeWasm' | 'manifest' | 'int8' | 'float32', () => URL | Response>}
 */
export declare const files: Record<'engine' | 'simd' | 'relaxed' | 'wasm' | 'nodeWasm' | 'manifest' | 'int8' | 'float32', () => URL | Response>;
/**
 * Puts other files in the place of those next to this one.
 * @hidden
 * @param {Partial<typeof files>} others
 */
export declare function provide(others: Partial<typeof files>): void;
/**
 * The best kernels file that this engine can run: 'relaxed' for kernels-relaxed.wasm, 'simd' for
 * kernels.wasm, or null for none, where Go computes by itself.
 * @returns {'relaxed' | 'simd' | null}
 */
export declare function supported(): 'relaxed' | 'simd' | null;
/** A module of Node's own, by a name that bundlers for browsers do not stumble on. @param {string} name */
export declare const builtIn: (name: string) => Promise<any>;
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
export declare class SqueezeNetError extends Error {
    /** @readonly @type {string} */ readonly code: string;
    /** @param {string} code @param {string} message @param {unknown} [cause] */
    constructor(code: string, message: string, cause?: unknown);
}
/** @param {string} message */
export declare const badOption: (message: string) => SqueezeNetError;
/** @param {boolean} well @param {string} what of which function @param {unknown} value @param {string} wanted what it may be */
export declare function must(well: boolean, what: string, value: unknown, wanted: string): void;
/** @param {string} what @param {any} value @param {number} least @param {number} [most] */
export declare function mustCount(what: string, value: any, least: number, most?: number): void;
/** "Blob", "HTMLCanvasElement" ...: also of another window's objects. @param {unknown} value */
export declare const kindOf: (value: unknown) => string;
/** @param {string} wanted @param {unknown} found @param {string} [code] */
export declare const badSource: (wanted: string, found: unknown, code?: string) => SqueezeNetError;
/** @param {unknown} e */
export declare const reason: (e: unknown) => string;
/**
 * What lies at an address: in Node a path too. A data URL is read here, as a page's Content-Security-Policy
 * rarely lets fetch do it. Throws where the server has no such file.
 * @param {URL | string} address @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
export declare function fetchOrRead(address: URL | string, signal?: AbortSignal): Promise<Response>;
/** @param {Response} response */
export declare function there(response: Response): Response;
/**
 * A controller that a signal aborts too. Once it is aborted it lets go of the signal.
 * @param {AbortSignal} [signal]
 */
export declare function following(signal?: AbortSignal): AbortController;
