import { SqueezeNetError } from './parts.mjs';
export type Parts = {
    wasm: WebAssembly.Module;
    kernels: WebAssembly.Module | null;
    model: Uint8Array<ArrayBuffer>;
    precision: string;
};
/** The other end of a worker (or of an engine on this thread, which has the same messages). */
export declare class Engine {
    #private;
    /** @type {SqueezeNetError | undefined} why no call will be answered any more */
    dead: SqueezeNetError | undefined;
    /** Whether it has a call; the pool gives it the next one after. */
    busy: boolean;
    /** @type {{source: unknown, crop: string} | undefined} the picture whose values the network still holds */
    held: {
        source: unknown;
        crop: string;
    } | undefined;
    /** Bytes of WebAssembly memory, as of its last picture. */
    memory: number;
    /** @param {boolean} worker */
    constructor(worker: boolean);
    /**
     * @param {string} name @param {unknown} [args] @param {Transferable[]} [transfer]
     * @returns {Promise<any>}
     */
    send(name: string, args?: unknown, transfer?: Transferable[]): Promise<any>;
    close(): void;
}
/**
 * Starts an engine with parts that are there already.
 * @param {boolean} worker @param {Parts} parts
 */
export declare function startEngine(worker: boolean, { wasm, kernels, model, precision }: Parts): Promise<Engine>;
export type Call = {
    /**
     * of the engine's operation
     */
    name: string;
    /**
     * called when its
     * turn has come, and once more if the engine dies with it
     */
    prepare?: (engine: Engine) => Promise<{
        args?: unknown;
        transfer?: Transferable[];
    }>;
    /**
     * an engine that answers sooner than another would
     */
    prefers?: (engine: Engine) => boolean;
    /**
     * what the answer becomes
     */
    done?: (engine: Engine, value: any) => any;
    signal?: AbortSignal;
};
export type Waiting = Call & {
    resolve: (value: any) => void;
    reject: (e: unknown) => void;
    left: boolean;
    repeated: boolean;
};
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
export declare class Pool {
    #private;
    /** @param {Engine} first @param {number} most @param {() => Promise<Engine>} start */
    constructor(first: Engine, most: number, start: () => Promise<Engine>);
    get closed(): boolean;
    /** The most calls that are answered at once. */
    get size(): number;
    /** Bytes of WebAssembly memory, of all engines. */
    get memory(): number;
    /** Whether an engine lives of which this is true. @param {(engine: Engine) => boolean} test */
    some(test: (engine: Engine) => boolean): boolean;
    /** @param {Call} call @returns {Promise<any>} */
    call(call: Call): Promise<any>;
    /** Ends all engines; waiting calls reject, and so does every later one. */
    close(): Promise<void>;
}
/** @param {unknown} [cause] */
export declare const workerDied: (cause?: unknown) => SqueezeNetError;
