/**
 * A promise that an abort does not wait for.
 * @template T @param {Promise<T>} promise @param {AbortSignal} [signal] @returns {Promise<T>}
 */
export declare function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T>;
/**
 * Works at several items at once, and gives what came of each in their order. No more items are taken
 * than are in work or wait to be given; an item may be a promise. An early end closes the source.
 * @template S, V
 * @param {Iterable<S | Promise<S>> | AsyncIterable<S>} sources
 * @param {number} most items at once
 * @param {(source: S, signal: AbortSignal) => Promise<V>} work
 * @param {AbortSignal} [signal]
 * @returns {AsyncGenerator<{index: number, source: S, value?: V, error?: any}, void, void>}
 */
export declare function inOrder<S, V>(sources: Iterable<S | Promise<S>> | AsyncIterable<S>, most: number, work: (source: S, signal: AbortSignal) => Promise<V>, signal?: AbortSignal): AsyncGenerator<{
    index: number;
    source: S;
    value?: V;
    error?: any;
}, void, void>;
export type VideoFrameFacts = {
    /**
     * what was classified; closed when the callback's promise has settled
     */
    frame: ImageBitmap;
    /**
     * answers a second, as a running mean; 0 at the first
     */
    fps: number;
    /**
     * frames of the video so far that came while another was in work, or too soon
     */
    dropped: number;
};
export type Watch = {
    /**
     * ends it: no further callback begins
     */
    stop: () => void;
    /**
     * fulfilled when it was stopped or the video has ended; rejected with what
     * went wrong, what the callback threw, or the reason of an abort
     */
    finished: Promise<void>;
};
/**
 * @typedef {object} VideoFrameFacts
 * @property {ImageBitmap} frame what was classified; closed when the callback's promise has settled
 * @property {number} fps answers a second, as a running mean; 0 at the first
 * @property {number} dropped frames of the video so far that came while another was in work, or too soon
 * @typedef {object} Watch
 * @property {() => void} stop ends it: no further callback begins
 * @property {Promise<void>} finished fulfilled when it was stopped or the video has ended; rejected with what
 *   went wrong, what the callback threw, or the reason of an abort
 */
/**
 * Looks at a video's newest frame, one at a time, until it ends.
 * @template V
 * @param {HTMLVideoElement} video
 * @param {(frame: ImageBitmap, signal: AbortSignal) => Promise<V>} look
 * @param {(value: V, facts: VideoFrameFacts) => unknown} callback
 * @param {{fps?: number, signal?: AbortSignal}} options
 * @returns {Watch}
 */
export declare function watch<V>(video: HTMLVideoElement, look: (frame: ImageBitmap, signal: AbortSignal) => Promise<V>, callback: (value: V, facts: VideoFrameFacts) => unknown, { fps, signal }: {
    fps?: number;
    signal?: AbortSignal;
}): Watch;
