// Who is measured. A peer's page hints are the files its engine asks for by itself, so that they come early.
export const PEERS = [
  ...[['f32', 'squeezenet1_1.onnx'], ['int8', 'squeezenet1_1_int8_qdq.onnx']].flatMap(([precision, file]) =>
    [1, 2].map((threads) => ({
      name: 'onnxruntime-web', package: 'onnxruntime-web', adapter: 'ort', precision, threads, worker: 'module',
      model: `onnx/${file}`,
      hints: ['/vendor/ort/ort.wasm.bundle.min.mjs', '/vendor/ort/ort-wasm-simd-threaded.wasm'],
    }))),
  {
    name: 'TensorFlow.js wasm', package: '@tensorflow/tfjs-backend-wasm', adapter: 'tfjs', precision: 'f32', threads: 1, worker: 'module',
    model: 'npz/squeezenet1_1.npz',
    hints: ['/vendor/tfjs/tfjs-backend-wasm-simd.wasm'],
  },
  ...['f32', 'int8'].flatMap((precision) =>
    [1, 2].map((threads) => ({
      name: 'LiteRT.js', package: '@litertjs/core', adapter: 'litert', precision, threads, worker: 'classic',
      model: `tflite/squeezenet1_1_227_${precision}.tflite`,
      hints: ['/vendor/litert/litert_wasm_internal.js', '/vendor/litert/litert_wasm_internal.wasm'],
    }))),
].map((e) => ({ ...e, id: `${e.adapter}-${e.precision}${e.threads > 1 ? `-${e.threads}t` : ''}` }));

/** What the page fetches as the peer's model: TensorFlow.js gets the bare numbers, the others their file. */
export const modelUrl = (e) => '/models/' + e.model.split('/').pop().replace(/\.npz$/, '.bin');
