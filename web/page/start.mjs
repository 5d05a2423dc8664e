// Begins to load the network before the page is there: this script is async, and waits for neither
// style nor markup.
import { load } from '../squeezenet.mjs';

/** Where the progress goes, once the page is there to show it. */
export const watch = {
  /** @type {import('../squeezenet.mjs').Progress | undefined} */ latest: undefined,
  /** @param {import('../squeezenet.mjs').Progress} progress */
  onProgress(progress) {
    watch.latest = progress;
    watch.show?.(progress);
  },
  /** @type {((progress: import('../squeezenet.mjs').Progress) => void) | undefined} */ show: undefined,
};

/** So many engines work at once, once there is so much to do: one for each core, within reason. */
export const workers = Math.min(4, navigator.hardwareConcurrency || 1);

export const first = load({ workers, onProgress: watch.onProgress });
first.catch(() => {}); // app.mjs says it
