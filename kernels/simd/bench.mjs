// Speed of the kernels by themselves, without Go: each convolution of SqueezeNet 1.1 at 227x227, and
// the inner idioms in registers. Runs in browsers and in Node; bench/ calls it, and so does
//   node --experimental-wasm-relaxed-simd kernels/simd/bench.mjs

/** @typedef {{name: string, side: number, stride: number, inputs: number, outputs: number, kernel: number}} Layer */

/** @param {string} name @param {number} side of the output @returns {Layer} */
const layer = (name, side, inputs = 0, outputs = 0, kernel = 1, stride = 1) => ({ name, side, stride, inputs, outputs, kernel });

/** @param {string} name @param {number} side @param {number} inputs @param {number} squeeze @param {number} expand */
const fire = (name, side, inputs, squeeze, expand) => [
  layer(`${name}/squeeze1x1`, side, inputs, squeeze),
  layer(`${name}/expand1x1`, side, squeeze, expand),
  layer(`${name}/expand3x3`, side, squeeze, expand, 3),
];

/** The convolutions of SqueezeNet 1.1 at 227x227. */
export const layers = [
  layer('conv1', 113, 3, 64, 3, 2),
  ...fire('fire2', 56, 64, 16, 64), ...fire('fire3', 56, 128, 16, 64),
  ...fire('fire4', 28, 128, 32, 128), ...fire('fire5', 28, 256, 32, 128),
  ...fire('fire6', 14, 256, 48, 192), ...fire('fire7', 14, 384, 48, 192),
  ...fire('fire8', 14, 384, 64, 256), ...fire('fire9', 14, 512, 64, 256),
  layer('conv10', 14, 512, 1000),
];

/**
 * The forms: function of the kernels, idiom of the peaks, products in a step of it, bytes of a source
 * value, and which layers it computes.
 * @type {Record<string, {kernel: string, peak: string, products: number, bytes: number, takes: (l: Layer) => boolean}>}
 */
export const forms = {
  'f32 simd': { kernel: 'conv_f32_simd', peak: 'f32_simd', products: 4, bytes: 4, takes: () => true },
  'f32 relaxed': { kernel: 'conv_f32_relaxed', peak: 'f32_relaxed', products: 4, bytes: 4, takes: () => true },
  'f32 winograd simd': { kernel: 'conv_winograd_simd', peak: 'f32_simd', products: 4, bytes: 4, takes: is3x3 },
  'f32 winograd relaxed': { kernel: 'conv_winograd_relaxed', peak: 'f32_relaxed', products: 4, bytes: 4, takes: is3x3 },
  'u8 winograd simd': { kernel: 'conv_winograd_u8', peak: 'u8_simd', products: 8, bytes: 1, takes: is3x3 },
  'u8 simd': { kernel: 'conv_u8_simd', peak: 'u8_simd', products: 8, bytes: 2, takes: () => true },
  'u8 relaxed-dot': { kernel: 'conv_u8_dot', peak: 'u8_dot', products: 16, bytes: 1, takes: (l) => l.inputs > 3 },
  'u8 relaxed-pair': { kernel: 'conv_u8_pair', peak: 'u8_pair', products: 32, bytes: 1, takes: (l) => l.inputs > 3 },
};

/** @param {Layer} l */
function is3x3(l) {
  return l.kernel === 3 && l.stride === 1;
}

/**
 * The best of many runs, each of 3 ms or more as some clocks are coarse: what the processor
 * can do when nothing else has it.
 * @param {() => void} run @param {number} ms for how long @returns {number} milliseconds of a call
 */
function time(run, ms) {
  for (const end = performance.now() + 20; performance.now() < end;) run(); // until the optimised code is there
  let turns = 1, best = Infinity;
  for (const end = performance.now() + ms; performance.now() < end;) {
    const began = performance.now();
    for (let i = 0; i < turns; i++) run();
    const took = performance.now() - began;
    if (took < 3) turns *= 2;
    else best = Math.min(best, took / turns);
  }
  return best;
}

/**
 * @param {WebAssembly.Module} kernels kernels.wasm or kernels-relaxed.wasm
 * @param {WebAssembly.Module} peaks peaks.wasm
 * @param {{ms?: number, only?: string[]}} [options] ms: time given to each figure
 * @returns {{form: string, peak: number, ms: number, layers: {name: string, ms: number, gmacs: number}[]}[]}
 *   peak and gmacs in 10^9 products a second (Winograd's: products of the direct form); ms of all layers
 */
export function benchKernels(kernels, peaks, { ms = 60, only = Object.keys(forms) } = {}) {
  const mem = new WebAssembly.Memory({ initial: 256 });
  const run = /** @type {Record<string, Function>} */ (new WebAssembly.Instance(kernels, { go: { mem } }).exports);
  const peak = /** @type {Record<string, Function>} */ (new WebAssembly.Instance(peaks, { go: { mem } }).exports);
  const i32 = new Int32Array(mem.buffer);
  const result = [];
  for (const form of only) {
    const f = forms[form];
    if (!run[f.kernel]) continue;
    const turns = 1 << 14;
    const top = turns * 12 * f.products / time(() => peak[f.peak](turns), ms) / 1e6;
    const rows = layers.filter(f.takes).map((l) => {
      const row = (l.side - 1) * l.stride + l.kernel, values = l.kernel * l.inputs, pixels = l.side ** 2;
      const words = Math.ceil(values * f.bytes / 4), panels = l.outputs / 8;
      // Sensible values of each type, as denormal numbers would slow the arithmetic: floats below 1, codes below 64.
      const floats = new Float32Array(mem.buffer);
      if (f.bytes === 4) floats.forEach((_, i) => (floats[i] = (i % 97) / 97));
      else new Uint8Array(mem.buffer).forEach((_, i, a) => (a[i] = f.bytes === 2 && i & 1 ? 0 : (i * 7919) & 63));
      let free = 0;
      const take = (/** @type {number} */ bytes) => (free += (bytes + 127) & ~63) - ((bytes + 127) & ~63);
      const src = take(row * row * l.inputs * f.bytes + 16), dst = take(pixels * l.outputs * (f.bytes === 4 ? 4 : 1));
      const weights = take(panels * 32 * (f.kernel.includes('winograd') ? 36 * l.inputs : l.kernel * words));
      const scale = take(panels * 32), bias = take(panels * 32), tin = take(4 * pixels), tout = take(4 * pixels);
      floats.fill(0.01, scale / 4, tin / 4);
      const scratch = take(36 * 4 * (8 + 16 * (8 + l.inputs)));
      const offset = (/** @type {number} */ y, /** @type {number} */ x) => (y * l.stride * row + x * l.stride) * l.inputs;
      const affine = f.bytes === 4 ? [bias] : [scale, bias];
      let call;
      if (f.kernel.includes('winograd')) {
        let tiles = 0;
        for (let y = 0; y < l.side; y += 4) {
          for (let x = 0; x < l.side; x += 4, tiles++) {
            const [v, u] = [Math.min(y, l.side - 4), Math.min(x, l.side - 4)];
            i32[tin / 4 + tiles] = offset(v, u);
            i32[tout / 4 + tiles] = (v * l.side + u) * l.outputs;
          }
        }
        call = () => run[f.kernel](dst, src, weights, ...affine, tin, tout, tiles, panels, l.inputs, row * l.inputs * f.bytes, l.outputs * f.bytes, l.side * l.outputs * f.bytes, scratch, 0);
      } else {
        for (let i = 0; i < pixels; i++) {
          i32[tin / 4 + i] = offset(Math.floor(i / l.side), i % l.side);
          i32[tout / 4 + i] = i * l.outputs;
        }
        call = () => run[f.kernel](dst, src, weights, ...affine, tin, tout, pixels, panels, l.kernel, words, row * l.inputs * f.bytes, 0);
      }
      const took = time(call, ms);
      return { name: l.name, ms: took, gmacs: pixels * l.outputs * l.kernel * values / took / 1e6 };
    });
    result.push({ form, peak: top, ms: rows.reduce((sum, r) => sum + r.ms, 0), layers: rows });
  }
  return result;
}

if (typeof process !== 'undefined' && import.meta.url === `file://${process.argv?.[1]}`) {
  const { readFileSync } = await import('node:fs');
  const compile = (/** @type {string} */ name) => new WebAssembly.Module(readFileSync(new URL(name, import.meta.url)));
  for (const r of benchKernels(compile('kernels-relaxed.wasm'), compile('peaks.wasm'))) {
    console.log(`${r.form}: peak ${r.peak.toFixed(0)} GMAC/s, its layers ${r.ms.toFixed(2)} ms`);
    for (const l of r.layers) {
      console.log(`  ${l.name.padEnd(18)} ${l.ms.toFixed(3)} ms ${l.gmacs.toFixed(0).padStart(4)} GMAC/s ${(100 * l.gmacs / r.peak).toFixed(0).padStart(3)} %`);
    }
  }
}
