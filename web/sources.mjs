// From a picture in any form to the form in which it goes to the engine.
import { fetchOrRead, inNode, reason, SqueezeNetError } from './parts.mjs';

/**
 * @typedef {import('./squeezenet.mjs').Source} Source
 * @typedef {import('./worker.mjs').Picture} Picture
 * @typedef {{picture: Picture, transfer: Transferable[]}} Taken what has to be transferred can go once
 */

/** "Blob", "HTMLCanvasElement" ...: also of another window's objects. @param {unknown} value */
export const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** Whether a picture stays what it is, so that a network that holds it need not see it again. @param {unknown} source */
export const lasting = (source) => /^(Blob|File|ImageBitmap|VideoFrame)$/.test(kindOf(source));

/** What createImageBitmap reads: where each says its size, and what it means if that is 0. */
const bitmapKinds = /** @type {Record<string, {size: string, none: string}>} */ ({
  ImageBitmap: { size: '', none: 'The ImageBitmap was closed or transferred before. Classify it first, or give a new one.' },
  VideoFrame: { size: 'display', none: 'The VideoFrame was closed or transferred before. Classify it first, or give a clone().' },
  HTMLVideoElement: { size: 'video', none: 'The video has no picture: it has not begun (wait for its loadeddata event), or it is sound alone.' },
  HTMLImageElement: { size: 'natural', none: 'The image has no pixels: it is not loaded, could not be opened by this browser, or is a drawing without a size. Await image.decode() first, and give an SVG a width and a height.' },
  HTMLCanvasElement: { size: '', none: 'The canvas has no pixels: its width or height is 0. Give it a size and draw on it first.' },
  SVGImageElement: { size: '', none: '' },
  OffscreenCanvas: { size: '', none: 'The canvas has no pixels: its width or height is 0. Give it a size and draw on it first.' },
});

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
  const type = bitmapKinds[kind];
  if (type && typeof createImageBitmap === 'function') {
    const sizes = /** @type {any} */ (source);
    if (!(type.size ? sizes[`${type.size}Width`] : sizes.width) || !(type.size ? sizes[`${type.size}Height`] : sizes.height)) throw notDecoded(type.none);
    const bitmap = await bitmapOf(/** @type {ImageBitmapSource} */ (source), kind);
    return { picture: { bitmap, premultiplied: typeof VideoFrame === 'function' && /Canvas/.test(kind) }, transfer: [bitmap] };
  }
  throw badSource(source);
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
  const name = `The picture ${String(address).slice(0, 200)}`;
  let response;
  try {
    response = await fetchOrRead(address, signal);
    if (response.ok) return await response.blob();
  } catch (e) {
    signal?.throwIfAborted();
    throw new SqueezeNetError('picture-missing', `${name} cannot be read (${reason(e)}). Check the address and the connection; a page may fetch only what its own policy and the other server allow.`, e);
  }
  throw new SqueezeNetError('picture-missing', `${name} is not there: the server answered ${response.status}. Check the address.`);
}

/** @param {import('./worker.mjs').Pixels} pixels @returns {Taken} */
function takePixels({ data, width, height }) {
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray) || !Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1 || data.length !== 4 * width * height) {
    const { length } = /** @type {Uint8Array} */ (data);
    throw new SqueezeNetError('bad-source', `Pixels of ${width} x ${height} need ${4 * width * height} bytes of RGBA in a Uint8Array or Uint8ClampedArray; ${kindOf(data)} of length ${length} was given${length ? '' : ' (was its buffer transferred away before?)'}.`);
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

/** @param {any} source */
function badSource(source) {
  const found = source === null ? 'null' : typeof source === 'object' ? source.constructor?.name ?? 'an object' : typeof source;
  return new SqueezeNetError('bad-source', `A picture was expected (a Blob, bytes, an address, pixels, ${inNode ? 'a path' : 'ImageBitmap, img, canvas, video or VideoFrame'}), and ${found} was given.`);
}
