// Who is measured. A cold page's hints are the files that its engine asks for by itself, so that they come early.

const peer = (e) => ({ ...e, id: `${e.adapter}-${e.precision}${e.threads > 1 ? `-${e.threads}t` : ''}`, worker: e.worker ?? 'module' });

/** The peers: the same trained weights, each in its own format (../shared/ref). */
export const peers = ['f32', 'int8'].flatMap((precision) => [
  ...[1, 2].map((threads) => peer({
    name: 'onnxruntime-web', package: 'onnxruntime-web', adapter: 'ort', precision, threads,
    file: precision === 'f32' ? 'onnx/squeezenet1_1.onnx' : 'onnx/squeezenet1_1_int8_qdq.onnx',
    hints: ['/vendor/ort/ort.wasm.bundle.min.mjs', '/vendor/ort/ort-wasm-simd-threaded.wasm'],
  })),
  ...(precision === 'f32' ? [peer({
    name: 'TensorFlow.js wasm', package: '@tensorflow/tfjs-backend-wasm', adapter: 'tfjs', precision, threads: 1,
    file: 'npz/squeezenet1_1.npz',
    hints: ['/vendor/tfjs/tfjs-backend-wasm-simd.wasm'],
  })] : []),
  ...[1, 2].map((threads) => peer({
    name: 'LiteRT.js', package: '@litertjs/core', adapter: 'litert', precision, threads,
    worker: 'classic', // it calls importScripts
    file: `tflite/squeezenet1_1_227_${precision}.tflite`,
    hints: ['/vendor/litert/litert_wasm_internal.js', '/vendor/litert/litert_wasm_internal.wasm'],
  })),
]).map((e) => ({ ...e, config: { threads: e.threads, model: '/models/' + e.file.split('/').pop().replace('.npz', '.bin') } }));

const variants = [
  ['f32', 'relaxed-dot', 'relaxed'], ['f32', 'simd', 'simd'], ['f32', 'go', 'go'],
  ['int8', 'relaxed-dot', 'dot'], ['int8', 'relaxed-pair', 'pair'], ['int8', 'simd', 'simd'], ['int8', 'go', 'go'],
];
const files = { f32: 'squeezenet1_1-f32.sqz', int8: 'squeezenet1_1.sqz' };

/** Ours: every form of the kernels. In f32 the relaxed variants are one form. */
export const ours = variants.map(([precision, variant, short]) => ({
  id: `ours-${precision}-${short}`, name: 'this project', ours: true, adapter: 'ours', precision, variant, short, threads: 1, worker: 'module',
  file: files[precision],
  config: {
    variant, model: `/dist/${files[precision]}`, wasm: '/engine.wasm',
    kernels: variant === 'go' ? null : `/dist/kernels${variant === 'simd' ? '' : '-relaxed'}.wasm`,
  },
}));
