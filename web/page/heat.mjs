// The heat map over a picture: bright where a class is seen, the rest darkened.
import { h } from './dom.mjs';

/**
 * @param {HTMLCanvasElement} canvas lies over the picture and has its shape
 * @param {import('../squeezenet.mjs').ClassMap} map
 */
export function paintHeat(canvas, { image, region }) {
  const { width, height } = image;
  const mask = h('canvas', { width, height });
  /** @type {CanvasRenderingContext2D} */ (mask.getContext('2d')).putImageData(image, 0, 0);
  const wide = canvas.width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  const high = canvas.height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.fillStyle = '#080c12d6';
  context.fillRect(0, 0, wide, high);
  context.globalCompositeOperation = 'destination-out';
  context.imageSmoothingQuality = 'high';
  // The network does not see the picture's rim: there the mask's own is drawn out, first its corners, then its sides.
  const x = region.x * wide, y = region.y * high, across = region.width * wide, down = region.height * high;
  for (const [sx, sw, dx, dw] of [[0, 1, 0, x], [width - 1, 1, x + across, wide - x - across], [0, width, x, across]]) {
    for (const [sy, sh, dy, dh] of [[0, 1, 0, y], [height - 1, 1, y + down, high - y - down], [0, height, y, down]]) {
      for (const alpha of [1, 0.5]) { // the middling scores are to be seen too
        context.globalAlpha = alpha;
        if (dw > 0 && dh > 0) context.drawImage(mask, sx, sy, sw, sh, dx, dy, dw, dh);
      }
    }
  }
}
