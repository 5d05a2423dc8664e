// Small pictures of large ones, made away from the page's thread: to decode twelve megapixels takes a tenth of a second.

import { h } from './dom.mjs';

/** The worker: its text is what runs there, so it uses nothing of this module. */
function work() {
  addEventListener('message', async ({ data: { blob, side, whole } }) => {
    try {
      const bitmap = await createImageBitmap(blob);
      const { width, height } = bitmap, least = Math.min(width, height);
      const [w, h] = whole ? [width, height] : [least, least];
      const scale = Math.min(1, side / Math.max(w, h));
      const canvas = new OffscreenCanvas(Math.max(1, Math.round(w * scale)), Math.max(1, Math.round(h * scale)));
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
      context.imageSmoothingQuality = 'medium';
      context.drawImage(bitmap, (width - w) / 2, (height - h) / 2, w, h, 0, 0, canvas.width, canvas.height);
      bitmap.close();
      const made = canvas.transferToImageBitmap();
      postMessage(made, /** @type {any} */ ([made]));
    } catch {
      postMessage(null);
    }
  });
}

/** @typedef {{blob: Blob, side: number, whole: boolean, wanted: () => boolean, resolve: (made: HTMLCanvasElement | null) => void}} Job */

/** @type {Worker | undefined} */ let worker;
/** @type {Job[]} */ const waiting = [];
/** @type {Job | undefined} */ let current;

function next() {
  while (!current && waiting.length > 0) {
    const job = /** @type {Job} */ (waiting.pop()); // what was asked for last is what is looked at
    if (!job.wanted()) {
      job.resolve(null);
      continue;
    }
    if (!worker) {
      worker = new Worker(URL.createObjectURL(new Blob([`(${work})()`], { type: 'text/javascript' })), { name: 'thumbnails' });
      worker.onmessage = ({ data }) => {
        const canvas = data && h('canvas', { width: data.width, height: data.height });
        canvas?.getContext('bitmaprenderer').transferFromImageBitmap(data);
        const { resolve } = /** @type {Job} */ (current);
        current = undefined;
        resolve(canvas);
        next();
      };
    }
    current = job;
    worker.postMessage({ blob: job.blob, side: job.side, whole: job.whole });
  }
}

/**
 * A picture in small: its middle as a square, or the whole of it.
 * @param {Blob} blob one that the network could read: this one does not look how large it is
 * @param {number} side pixels at most
 * @param {() => boolean} wanted asked when its turn comes
 * @param {boolean} [whole]
 * @returns {Promise<HTMLCanvasElement | null>} null where it is not wanted any more, or cannot be made
 */
export const thumbnail = (blob, side, wanted, whole = false) => new Promise((resolve) => {
  waiting.push({ blob, side, whole, wanted, resolve });
  next();
});

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob | null>} */
export const jpeg = (canvas) => new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92));
