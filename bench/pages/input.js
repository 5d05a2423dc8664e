// The Caffe pipeline's last step, on a crop of RGB bytes (227, 227, 3): BGR minus the mean.
const MEAN = [104, 117, 123];
const PIXELS = 227 * 227;

/** @param {ArrayLike<number>} rgb (227, 227, 3) @returns {Float32Array} (227, 227, 3), BGR */
export function nhwc(rgb) {
  const x = new Float32Array(3 * PIXELS);
  for (let p = 0; p < PIXELS; p++) for (let c = 0; c < 3; c++) x[3 * p + c] = rgb[3 * p + 2 - c] - MEAN[c];
  return x;
}

/** @param {ArrayLike<number>} rgb (227, 227, 3) @returns {Float32Array} (3, 227, 227), BGR */
export function nchw(rgb) {
  const x = new Float32Array(3 * PIXELS);
  for (let p = 0; p < PIXELS; p++) for (let c = 0; c < 3; c++) x[c * PIXELS + p] = rgb[3 * p + 2 - c] - MEAN[c];
  return x;
}

/** The crop of a decoded picture, as the network's users do it in a browser: the canvas resizes. */
export function crop(bitmap) {
  const ctx = new OffscreenCanvas(227, 227).getContext('2d', { willReadFrequently: true });
  ctx.imageSmoothingQuality = 'high';
  const [w, h] = [bitmap.width, bitmap.height];
  ctx.drawImage(bitmap, (w * 14) / 256, (h * 14) / 256, (w * 227) / 256, (h * 227) / 256, 0, 0, 227, 227);
  const rgba = ctx.getImageData(0, 0, 227, 227).data;
  const rgb = new Uint8Array(3 * PIXELS);
  for (let p = 0; p < PIXELS; p++) for (let c = 0; c < 3; c++) rgb[3 * p + c] = rgba[4 * p + c];
  return rgb;
}
