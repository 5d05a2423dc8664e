// The heat map over a picture: bright where a class is seen, the rest darkened.

/**
 * @param {HTMLCanvasElement} canvas lies over the picture and has its shape
 * @param {import('../squeezenet.mjs').ClassMap} map
 */
export function paintHeat(canvas, { data, width, height, region }) {
  // One cell more on each side, so that the picture's rim, which the network does not see, is like its neighbour.
  const w = width + 2, h = height + 2;
  const cells = new ImageData(w, h);
  const most = Math.max(1e-6, ...data);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const value = data[Math.min(height - 1, Math.max(0, y - 1)) * width + Math.min(width - 1, Math.max(0, x - 1))] / most;
      cells.data.set([8, 12, 18, 215 * (1 - Math.min(1, 1.15 * value)) ** 1.4], 4 * (y * w + x));
    }
  }
  const small = document.createElement('canvas');
  small.width = w, small.height = h;
  /** @type {CanvasRenderingContext2D} */ (small.getContext('2d')).putImageData(cells, 0, 0);
  const box = canvas.getBoundingClientRect();
  canvas.width = Math.max(1, Math.round(box.width)), canvas.height = Math.max(1, Math.round(box.height));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.imageSmoothingQuality = 'high';
  const cellX = region.width / width * canvas.width, cellY = region.height / height * canvas.height;
  context.drawImage(small, region.x * canvas.width - cellX, region.y * canvas.height - cellY, cellX * w, cellY * h);
}
