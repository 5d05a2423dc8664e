// Small pictures of large ones, made away from the page's thread: to decode twelve megapixels takes a tenth of a second.

/** The worker: its text is what runs there, so it uses nothing of this module. */
function work() {
  addEventListener('message', async ({ data: { blob, side, whole } }) => {
    try {
      const bitmap = await createImageBitmap(blob);
      const { width, height } = bitmap;
      // the middle square, or the whole at most `side` long
      const cut = whole ? { width, height } : { width: Math.min(width, height), height: Math.min(width, height) };
      const scale = Math.min(1, side / Math.max(cut.width, cut.height));
      const canvas = new OffscreenCanvas(Math.max(1, Math.round(cut.width * scale)), Math.max(1, Math.round(cut.height * scale)));
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
      context.imageSmoothingQuality = 'medium';
      context.drawImage(bitmap, (width - cut.width) / 2, (height - cut.height) / 2, cut.width, cut.height, 0, 0, canvas.width, canvas.height);
      bitmap.close();
      const made = whole ? await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 }) : canvas.transferToImageBitmap();
      postMessage(made, /** @type {any} */ (whole ? [] : [made]));
    } catch {
      postMessage(null);
    }
  });
}

/** @typedef {{blob: Blob, side: number, whole: boolean, wanted: () => boolean, resolve: (made: any) => void}} Job */

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
      const address = URL.createObjectURL(new Blob([`(${work})()`], { type: 'text/javascript' }));
      worker = new Worker(address, { name: 'thumbnails' });
      worker.onmessage = ({ data }) => {
        const { resolve } = /** @type {Job} */ (current);
        current = undefined;
        resolve(data);
        next();
      };
    }
    current = job;
    worker.postMessage({ blob: job.blob, side: job.side, whole: job.whole });
  }
}

/** @param {Omit<Job, 'resolve'>} job @returns {Promise<any>} */
const ask = (job) => new Promise((resolve) => {
  waiting.push({ ...job, resolve });
  next();
});

/**
 * A picture's middle as a square bitmap.
 * @param {Blob} blob one that the network could read: this one does not look how large it is
 * @param {number} side pixels
 * @param {() => boolean} wanted asked when its turn comes
 * @returns {Promise<ImageBitmap | null>} null where it is not wanted any more, or cannot be made
 */
export const thumbnail = (blob, side, wanted) => ask({ blob, side, wanted, whole: false });

/** A picture as a JPEG of at most `side` pixels a side. @param {Blob} blob @param {number} side @returns {Promise<Blob | null>} */
export const smaller = (blob, side) => ask({ blob, side, wanted: () => true, whole: true });
