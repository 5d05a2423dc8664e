// What the first answer does not need, in one file: it is fetched when the page rests after it, or when a
// visitor is faster than that.
export * as camera from './camera.mjs';
export * as folder from './folder.mjs';
export * as inside from './inside.mjs';
export { foot } from './foot.mjs';
export * as own from './own.mjs';
export { model } from './store.mjs';
