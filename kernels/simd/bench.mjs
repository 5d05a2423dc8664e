// Speed of the kernels by themselves, without Go: each convolution of SqueezeNet 1.1 at 227x227, and
// the inner idioms in registers. Runs in browsers and in Node; bench/ calls it, and so does
//   node kernels/simd/bench.mjs

/** Convolutions of SqueezeNet 1.1 at 227x227: name, output side, input channels, outputs, kernel. */
export const layers = [
  ['conv1', 113, 3, 64, 3],
  ['fire2/squeeze1x1', 56, 64, 16, 1], ['fire2/expand1x1', 56, 16, 64, 1], ['fire2/expand3x3', 56, 16, 64, 3],
  ['fire3/squeeze1x1', 56, 128, 16, 1], ['fire3/expand1x1', 56, 16, 64, 1], ['fire3/expand3x3', 56, 16, 64, 3],
  ['fire4/squeeze1x1', 28, 128, 32, 1], ['fire4/expand1x1', 28, 32, 128, 1], ['fire4/expand3x3', 28, 32, 128, 3],
  ['fire5/squeeze1x1', 28, 256, 32, 1], ['fire5/expand1x1', 28, 32, 128, 1], ['fire5/expand3x3', 28, 32, 128, 3],
  ['fire6/squeeze1x1', 14, 256, 48, 1], ['fire6/expand1x1', 14, 48, 192, 1], ['fire6/expand3x3', 14, 48, 192, 3],
  ['fire7/squeeze1x1', 14, 384, 48, 1], ['fire7/expand1x1', 14, 48, 192, 1], ['fire7/expand3x3', 14, 48, 192, 3],
  ['fire8/squeeze1x1', 14, 384, 64, 1], ['fire8/expand1x1', 14, 64, 256, 1], ['fire8/expand3x3', 14, 64, 256, 3],
  ['fire9/squeeze1x1', 14, 512, 64, 1], ['fire9/expand1x1', 14, 64, 256, 1], ['fire9/expand3x3', 14, 64, 256, 3],
  ['conv10', 14, 512, 1000, 1],
]

/** The forms: export of the kernels, idiom of the peaks, products in a step of it, bytes of a value. */
export const forms = {
  'f32 simd': { kernel: 'conv_f32_simd', peak: 'f32_simd', products: 4, bytes: 4 },
  'f32 relaxed': { kernel: 'conv_f32_relaxed', peak: 'f32_relaxed', products: 4, bytes: 4 },
  'u8 simd': { kernel: 'conv_u8_simd', peak: 'u8_simd', products: 8, bytes: 2 },
  'u8 relaxed-dot': { kernel: 'conv_u8_dot', peak: 'u8_dot', products: 16, bytes: 1 },
  'u8 relaxed-pair': { kernel: 'conv_u8_pair', peak: 'u8_pair', products: 32, bytes: 1 },
}

/** @param {() => void} run @param {number} ms @returns {number} median milliseconds of a call */
function time(run, ms) {
  for (const end = performance.now() + 20; performance.now() < end;) run() // until the optimised code is there
  let turns = 1
  for (;;) { // as many turns as take a millisecond, for clocks that are coarse
    const t = performance.now()
    for (let i = 0; i < turns; i++) run()
    if (performance.now() - t > 1) break
    turns *= 2
  }
  const times = []
  for (const end = performance.now() + ms; performance.now() < end || times.length < 5;) {
    const t = performance.now()
    for (let i = 0; i < turns; i++) run()
    times.push((performance.now() - t) / turns)
  }
  return times.sort((a, b) => a - b)[times.length >> 1]
}

/**
 * @param {WebAssembly.Module} kernels kernels.wasm or kernels-relaxed.wasm
 * @param {WebAssembly.Module} peaks peaks.wasm
 * @param {{ms?: number, only?: string[]}} [options] ms: time given to each figure
 * @returns {{form: string, peak: number, ms: number, layers: {name: string, ms: number, gmacs: number}[]}[]}
 *   peak and gmacs in 10^9 products a second; ms of all layers
 */
export function benchKernels(kernels, peaks, { ms = 30, only = Object.keys(forms) } = {}) {
  const mem = new WebAssembly.Memory({ initial: 512 })
  const k = /** @type {Record<string, Function>} */ (new WebAssembly.Instance(kernels, { go: { mem } }).exports)
  const p = /** @type {Record<string, Function>} */ (new WebAssembly.Instance(peaks, { go: { mem } }).exports)
  const bytes = new Uint8Array(mem.buffer)
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7919) >> 3 & 63 // small codes; as floats no denormals but tiny numbers
  new Float32Array(mem.buffer).forEach((_, i, a) => { if (i < 1 << 21) a[i] = (i % 97) / 97 })
  const result = []
  for (const form of only) {
    const f = forms[/** @type {keyof forms} */ (form)]
    if (!k[f.kernel]) continue
    const turns = 1 << 16
    const peakMs = time(() => p[f.peak](turns), ms)
    const rows = layers.filter(([name]) => !(name === 'conv1' && f.bytes === 1)).map(([name, side, channels, outputs, kernel]) => {
      const stride = name === 'conv1' ? 2 : 1
      const row = (side - 1) * stride + kernel, run = kernel * channels, pixels = side * side
      const words = Math.ceil(run * f.bytes / 4), outBytes = f.bytes === 4 ? 4 : 1
      const panels = outputs / 8, weightBytes = panels * kernel * words * 32
      let free = 0
      const take = (/** @type {number} */ n) => { const at = free; free += (n + 127) & ~63; return at }
      const src = take(row * row * channels * f.bytes + 16), dst = take(pixels * outputs * outBytes)
      const weights = take(weightBytes), scale = take(panels * 32), bias = take(panels * 32)
      const tin = take(4 * pixels), tout = take(4 * pixels)
      const i32 = new Int32Array(mem.buffer)
      for (let i = 0; i < pixels; i++) {
        const y = Math.floor(i / side), x = i % side
        i32[tin / 4 + i] = (y * stride * row + x * stride) * channels
        i32[tout / 4 + i] = i * outputs
      }
      const pitch = row * channels * f.bytes
      const affine = f.bytes === 4 ? [bias] : [scale, bias]
      const t = time(() => k[f.kernel](dst, src, weights, ...affine, tin, tout, pixels, panels, kernel, words, pitch, 0), ms)
      return { name: String(name), ms: t, gmacs: pixels * outputs * kernel * run / t / 1e6 }
    })
    result.push({ form, peak: turns * 12 * f.products / peakMs / 1e6, ms: rows.reduce((s, r) => s + r.ms, 0), layers: rows })
  }
  return result
}

// node bench.mjs
if (typeof process !== 'undefined' && import.meta.url === 'file://' + process.argv?.[1]) {
  const { readFileSync } = await import('node:fs')
  const compile = (/** @type {string} */ name) => new WebAssembly.Module(readFileSync(new URL(name, import.meta.url)))
  for (const r of benchKernels(compile('kernels-relaxed.wasm'), compile('peaks.wasm'))) {
    console.log(`${r.form}: peak ${r.peak.toFixed(0)} GMAC/s, all layers ${r.ms.toFixed(2)} ms`)
    for (const l of r.layers) console.log(`  ${l.name.padEnd(18)} ${l.ms.toFixed(3)} ms ${l.gmacs.toFixed(0).padStart(4)} GMAC/s ${(100 * l.gmacs / r.peak).toFixed(0)} %`)
  }
}
