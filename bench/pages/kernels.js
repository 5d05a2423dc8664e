// The kernels by themselves, and the peak of each inner idiom in registers (kernels/simd/bench.mjs).
import { benchKernels } from '../../kernels/simd/bench.mjs';

self.onmessage = async ({ data: { id, kernels, ms } }) => {
  try {
    const [k, p] = await Promise.all([kernels, '/kernels/peaks.wasm'].map((url) => WebAssembly.compileStreaming(fetch(url))));
    self.postMessage({ id, value: benchKernels(k, p, { ms }) });
  } catch (e) {
    self.postMessage({ id, error: String(e?.stack ?? e) });
  }
};
