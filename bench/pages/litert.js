// LiteRT.js: XNNPACK in wasm, with relaxed SIMD where the browser has it.
import { loadLiteRt, loadAndCompile, Tensor } from '@litertjs/core';
import { nhwc } from './input.js';

/** Loads the engine and the model. In a worker this must be a classic one: LiteRT.js calls importScripts. */
export async function create({ model, threads }) {
  const bytes = fetch(model).then((r) => r.arrayBuffer());
  // Without these a worker looks for the .wasm beside its own script, and starts its threads with itself.
  self.Module = {
    locateFile: (file) => '/vendor/litert/' + file,
    ...(threads > 1 && { mainScriptUrlOrBlob: '/vendor/litert/litert_wasm_threaded_internal.js' }),
  };
  await loadLiteRt('/vendor/litert/', { threads: threads > 1 });
  const net = await loadAndCompile(new Uint8Array(await bytes), { accelerator: 'wasm', cpuOptions: { numThreads: threads } });
  let input;
  return {
    set(rgb) {
      input?.delete();
      input = new Tensor(nhwc(rgb), [1, 227, 227, 3]);
    },
    async run() {
      const [out] = await net.run(input);
      const prob = out.toTypedArray();
      out.delete();
      return prob;
    },
  };
}
