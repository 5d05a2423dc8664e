// Pictures that come one after another: from an iterable, or as a video's frames.
import { following, kindOf, reason, SqueezeNetError } from './parts.mjs';
import { bitmapOf } from './sources.mjs';

/**
 * A promise that an abort does not wait for.
 * @template T @param {Promise<T>} promise @param {AbortSignal} [signal] @returns {Promise<T>}
 */
export function abortable(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

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
export async function* inOrder(sources, most, work, signal) {
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = /** @type {any} */ (sources);
  /** @type {Iterator<S> | AsyncIterator<S>} */ const iterator = (async ?? sync).call(sources);
  const leave = following(signal); // what is in work ends with the loop
  let count = 0, open = true;
  /** @type {Promise<IteratorResult<S>>} */ let last = Promise.resolve(/** @type {any} */ ({}));
  const pull = async () => {
    last = last.then(async (before) => {
      if (before.done) return before;
      open = false; // should it fail
      const item = await iterator.next();
      open = !item.done;
      return item;
    });
    const { done, value } = await last;
    if (done || leave.signal.aborted) return null;
    const item = { index: count++, source: value };
    try {
      item.source = await value;
      return { ...item, value: await work(item.source, leave.signal) };
    } catch (error) {
      return { ...item, error };
    }
  };
  /** @type {ReturnType<typeof pull>[]} */ const ahead = [];
  try {
    for (;;) {
      while (ahead.length < most) {
        const pulled = pull();
        pulled.catch(() => {}); // thrown when its turn has come
        ahead.push(pulled);
      }
      signal?.throwIfAborted();
      const item = await abortable(/** @type {typeof ahead[0]} */ (ahead.shift()), signal);
      if (!item) return;
      yield item;
    }
  } finally {
    leave.abort();
    // Not waited for: a source that is waiting itself would hold the abort up.
    if (open) Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

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
export function watch(video, look, callback, { fps = Infinity, signal }) {
  const quit = following(signal);
  const run = async () => {
    let dropped = 0, seen = NaN, due = 0, last = NaN, interval = NaN;
    let shown = video.readyState >= 2 ? NaN : await nextFrame(video, quit.signal);
    for (; shown !== null; shown = await nextFrame(video, quit.signal)) {
      const now = performance.now();
      if (now < due - 4) continue; // a video's frames do not come to the millisecond
      due = Math.max(now, due + 1000 / fps);
      dropped += Math.max(0, shown - seen - 1) || 0;
      seen = shown;
      interval = 0.8 * interval + 0.2 * (now - last) || now - last;
      last = now;
      const frame = await bitmapOf(video);
      try {
        const value = await look(frame, quit.signal);
        if (quit.signal.aborted) break;
        await callback(value, { frame, fps: 1000 / interval || 0, dropped });
      } finally {
        frame.close();
      }
    }
  };
  const finished = (async () => {
    try {
      signal?.throwIfAborted();
      await run();
    } catch (e) {
      if (!quit.signal.aborted) throw e;
    } finally {
      quit.abort();
    }
    signal?.throwIfAborted();
  })();
  quit.signal.addEventListener('abort', () => signal?.aborted && finished.catch(() => {})); // who aborts knows of it
  return { stop: () => quit.abort(), finished };
}

/**
 * Waits for a frame that was not there before.
 * @param {HTMLVideoElement} video @param {AbortSignal} signal
 * @returns {Promise<number | null>} how many frames there have been (NaN where that is not known); null: there will be no more
 */
function nextFrame(video, signal) {
  return new Promise((resolve, reject) => {
    const { currentTime } = video;
    const tells = Boolean(video.requestVideoFrameCallback);
    const end = (/** @type {number | null} */ count, /** @type {SqueezeNetError | null} */ fault = null) => {
      if (handle) video.cancelVideoFrameCallback(handle);
      clearInterval(timer);
      signal.removeEventListener('abort', quit);
      if (fault) reject(fault);
      else resolve(count);
    };
    const quit = () => end(null);
    const timer = setInterval(() => {
      const fault = faultOf(video);
      if (fault || video.ended) end(null, fault);
      else if (!tells && video.currentTime !== currentTime && video.readyState >= 2) end(NaN);
    }, tells ? 100 : 15);
    const handle = tells && video.requestVideoFrameCallback((_, { presentedFrames }) => end(presentedFrames));
    signal.addEventListener('abort', quit);
    if (signal.aborted) quit();
  });
}

/** Why no frame of a video will ever come, if so. @param {HTMLVideoElement} video */
function faultOf(video) {
  const { error, srcObject: stream, networkState, readyState } = video;
  if (error) return new SqueezeNetError('video-failed', `The video cannot be played (${reason(error)}). Check its address, and whether this browser knows its format.`);
  if (kindOf(stream).endsWith('MediaStream')) { // a canvas's has a longer name in Firefox
    const tracks = /** @type {MediaStream} */ (stream).getVideoTracks();
    if (tracks.length > 0 && tracks.every((track) => track.readyState === 'ended')) {
      return new SqueezeNetError('camera-ended', 'The camera\'s picture ended: it was unplugged, switched off or forbidden. Start it again.');
    }
    return tracks.length > 0 ? null : new SqueezeNetError('video-empty', 'The stream is sound alone. Ask for {video: true}.');
  }
  if (!stream && (networkState === video.NETWORK_EMPTY || networkState === video.NETWORK_NO_SOURCE)) return new SqueezeNetError('video-empty', 'The video has no source. Give it a src first, or a camera as its srcObject.');
  if (readyState >= 1 && !video.videoWidth) return new SqueezeNetError('video-empty', 'The video is sound alone. Choose another.');
  return null;
}
