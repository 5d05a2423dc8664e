// onnxruntime-web, its small CPU-only entry with the glue inside.
import * as ort from 'onnxruntime-web/wasm';
import { nchw } from './input.js';

/** Loads the engine and the model; run() takes the tensor that set() prepared. */
export async function create({ model, threads }) {
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = { wasm: '/vendor/ort/ort-wasm-simd-threaded.wasm' };
  // By URL, not by bytes: create() starts the engine first, and the page's preload has the model coming meanwhile.
  const session = await ort.InferenceSession.create(model);
  let feeds;
  return {
    set(rgb) {
      feeds = { x: new ort.Tensor('float32', nchw(rgb), [1, 3, 227, 227]) };
    },
    async run() {
      return (await session.run(feeds, ['prob'])).prob.data;
    },
  };
}
