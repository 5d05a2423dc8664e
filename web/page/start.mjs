// Begins to load the network before the page is there: app.mjs is async, imports this first, and waits
// for neither style nor markup.
import { load } from '../squeezenet.mjs';
import { labelsAt } from './places.mjs';
import { language } from './text.mjs';

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

/** The classes' names in Chinese, or undefined: English then. */
const labels = language === 'zh' ? fetch(labelsAt('zh')).then(async (response) => {
  const names = (await response.text()).trim().split('\n');
  return names.length === 1000 ? names : undefined;
}).catch(() => undefined) : undefined;

/** ImageNet's network. @param {import('../squeezenet.mjs').LoadOptions} [options] */
export const imagenet = async (options) => load({ workers, labels: await labels, onProgress: watch.onProgress, ...options });

/** Of the visitor's own networks the one that was in use when the page was left, and why it is not, if so. */
export const own = { id: '', name: '', lost: /** @type {unknown} */ (null) };
try {
  Object.assign(own, JSON.parse(localStorage.getItem('own') ?? '{}'));
} catch {} // storage is forbidden

/** Loads it from where it is kept, or else ImageNet's. */
async function loadOwn() {
  try {
    const { model } = await import('./views.mjs');
    const kept = await model(own.id);
    if (kept) return await load({ model: kept, workers, onProgress: watch.onProgress });
    own.lost = 'it is not kept any more';
  } catch (e) {
    own.lost = e;
  }
  return imagenet();
}

export const first = own.id ? loadOwn() : imagenet();
first.catch(() => {}); // app.mjs says it
