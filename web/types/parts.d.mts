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
/** A module of Node's own, by a name that bundlers for browsers do not stumble on. @param {string} name */
export declare const builtIn: (name: string) => Promise<any>;
/** The errors of this module: `code` is stable, `message` says what to do. */
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
