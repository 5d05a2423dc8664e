// From a picture in any form to the form in which it goes to the engine.
import { badSource, fetchOrRead, inNode, kindOf, reason, SqueezeNetError } from './parts.mjs';

/**
 * @typedef {import('./squeezenet.mjs').Source} Source
 * @typedef {import('./worker.mjs').Picture} Picture
 * @typedef {{picture: Picture, transfer: Transferable[]}} Taken what has to be transferred can go once
 */

/** Whether a picture stays what it is, so that a network that holds it need not see it again. @param {unknown} source */
export const lasting = (source) => /^(Blob|File|ImageBitmap|VideoFrame)$/.test(kindOf(source));

/** Why what createImageBitmap reads may have no pixels. @param {string} kind */
const without = (kind) => /Canvas/.test(kind) ? 'The canvas has no pixels: its width or height is 0. Give it a size and draw on it first.'
  : /Video/.test(kind) && /HTML/.test(kind) ? 'The video has no picture: it has not begun (wait for its loadeddata event), or is sound alone.'
    : /HTML/.test(kind) ? 'The image has no pixels: it is not loaded, cannot be opened by this browser, or is a drawing without a size. Await image.decode() first, and give an SVG a width and a height.'
      : `The ${kind} was closed or transferred before. Classify it first, or give a copy.`;

/**
 * A picture as it is now.
 * @param {Source} source @param {AbortSignal} [signal] for one that has to be fetched
 * @returns {Promise<Taken>}
 */
export async function take(source, signal) {
  const kind = kindOf(source);
  if (kind === 'Blob' || kind === 'File') return { picture: { blob: /** @type {Blob} */ (source) }, transfer: [] };
  if (kind === 'ArrayBuffer' || source instanceof Uint8Array) return { picture: { blob: blobOf(/** @type {Uint8Array} */ (source)) }, transfer: [] };
  if (typeof source === 'string' || source instanceof URL) return { picture: { blob: await fetchPicture(source, signal) }, transfer: [] };
  if (source && typeof source === 'object' && 'data' in source && ArrayBuffer.isView(source.data)) return takePixels(/** @type {import('./worker.mjs').Pixels} */ (source));
  if (/^(ImageBitmap|VideoFrame|HTML(Image|Video|Canvas)Element|SVGImageElement|OffscreenCanvas)$/.test(kind) && typeof createImageBitmap === 'function') {
    const { width, height, naturalWidth = width, naturalHeight = height, videoWidth = naturalWidth, videoHeight = naturalHeight, displayWidth = videoWidth, displayHeight = videoHeight } = /** @type {any} */ (source);
    if (!displayWidth || !displayHeight) throw notDecoded(without(kind));
    const bitmap = await bitmapOf(/** @type {ImageBitmapSource} */ (source), kind);
    return { picture: { bitmap, premultiplied: typeof VideoFrame === 'function' && /Canvas/.test(kind) }, transfer: [bitmap] };
  }
  throw badSource(`A picture (a Blob, bytes, an address, pixels, ${inNode ? 'a path' : 'ImageBitmap, img, canvas, video or VideoFrame'})`, source);
}

/** Lets go of a picture that is not sent any more. @param {Promise<Taken> | undefined} taken */
export function release(taken) {
  taken?.then(({ picture }) => {
    if ('frame' in picture) picture.frame.close();
    else if ('bitmap' in picture) picture.bitmap.close();
  }, () => {});
}

/** @param {string} message @param {unknown} [cause] */
const notDecoded = (message, cause) => new SqueezeNetError('picture-not-decoded', message, cause);

/** A copy of bytes. @param {ArrayBuffer | Uint8Array} bytes */
function blobOf(bytes) {
  if (bytes.byteLength === 0) throw notDecoded('The picture is empty (0 bytes), or its buffer was transferred away before. Give its bytes again.');
  return new Blob([/** @type {BlobPart} */ (bytes instanceof Uint8Array && kindOf(bytes.buffer) !== 'ArrayBuffer' ? bytes.slice() : bytes)]);
}

/** @param {string | URL} address @param {AbortSignal} [signal] */
async function fetchPicture(address, signal) {
  try {
    return await (await fetchOrRead(address, signal)).blob();
  } catch (e) {
    signal?.throwIfAborted();
    throw new SqueezeNetError('picture-missing', `The picture ${String(address).slice(0, 200)} cannot be read (${reason(e)}). Check the address and the connection; another site's server, and this page's own policy, must allow it.`, e);
  }
}

/** @param {import('./worker.mjs').Pixels} pixels @returns {Taken} */
function takePixels({ data, width, height }) {
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray) || !Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1 || data.length !== 4 * width * height) {
    const { length } = /** @type {Uint8Array} */ (data);
    throw new SqueezeNetError('bad-source', `Pixels of ${width} x ${height} need ${4 * width * height} bytes of RGBA in a Uint8Array or Uint8ClampedArray, and ${kindOf(data)} of length ${length} was given${length ? '' : ' (was its buffer transferred away before?)'}.`);
  }
  if ('rotation' in (globalThis.VideoFrame?.prototype ?? {})) {
    try { // Chromium copies 12 megapixels so in 3 ms, and in 30 into an array
      return { picture: { frame: new VideoFrame(/** @type {BufferSource} */ (data), { format: 'RGBA', codedWidth: width, codedHeight: height, timestamp: 0 }) }, transfer: [] };
    } catch {} // larger than its frames may be
  }
  return { picture: { pixels: { data: data.slice(), width, height } }, transfer: [] };
}

/**
 * A copy, so that the source may change or be closed.
 * @param {ImageBitmapSource} source @param {string} [kind]
 */
export async function bitmapOf(source, kind = kindOf(source)) {
  // A canvas goes as it is stored: other options cost this thread 25 ms for 12 megapixels.
  const asStored = typeof VideoFrame === 'function' && /Canvas/.test(kind);
  try {
    return await createImageBitmap(source, asStored ? {} : { imageOrientation: 'from-image', premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
  } catch (e) {
    throw e instanceof DOMException && e.name === 'SecurityError' ? tainted(e) : notDecoded(`The picture has no pixels to read (${reason(e)}). Wait until it is loaded, or choose another.`, e);
  }
}

/** @param {unknown} cause */
export const tainted = (cause) => new SqueezeNetError('picture-tainted', 'The picture comes from another site that does not let this page read it. Load it with crossorigin="anonymous" from a server that allows it, or choose a file.', cause);
