// TensorFlow.js with the wasm backend: only the kernels that SqueezeNet needs, and the network written
// in its operations, so that neither converter nor layers code is downloaded.
import { registerKernel } from '@tensorflow/tfjs-core/dist/kernel_registry.js';
import { setBackend, ready, tidy, keep } from '@tensorflow/tfjs-core/dist/globals.js';
import { env } from '@tensorflow/tfjs-core/dist/environment.js';
import { tensor } from '@tensorflow/tfjs-core/dist/ops/tensor.js';
import { conv2d } from '@tensorflow/tfjs-core/dist/ops/fused/conv2d.js';
import { maxPool } from '@tensorflow/tfjs-core/dist/ops/max_pool.js';
import { concat } from '@tensorflow/tfjs-core/dist/ops/concat.js';
import { mean } from '@tensorflow/tfjs-core/dist/ops/mean.js';
import { softmax } from '@tensorflow/tfjs-core/dist/ops/softmax.js';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm/dist/base.js';
import { fusedConv2DConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/FusedConv2D.js';
import { maxPoolConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/MaxPool.js';
import { concatConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Concat.js';
import { meanConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Mean.js';
import { softmaxConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Softmax.js';
import { reshapeConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Reshape.js';
import { identityConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Identity.js';
import { castConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Cast.js';
import { transposeConfig } from '@tensorflow/tfjs-backend-wasm/dist/kernels/Transpose.js';
import { nhwc } from './input.js';

// (squeeze, expand) channels of fire2..fire9; expand1x1 and expand3x3 are alike in v1.1.
const FIRES = [[16, 64], [16, 64], [32, 128], [32, 128], [48, 192], [48, 192], [64, 256], [64, 256]];

/** Loads the engine and the weights: float32, HWIO kernel then bias, in the network's order (see site.mjs). */
export async function create({ model }) {
  const bytes = fetch(model).then((r) => r.arrayBuffer());
  [fusedConv2DConfig, maxPoolConfig, concatConfig, meanConfig, softmaxConfig, reshapeConfig, identityConfig,
    castConfig, transposeConfig].forEach(registerKernel);
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false); // the threaded build is clamped to one thread on two cores
  setWasmPaths('/vendor/tfjs/', true);
  await setBackend('wasm');
  await ready();

  const values = new Float32Array(await bytes);
  let at = 0;
  const take = (shape) => {
    const n = shape.reduce((a, b) => a * b);
    at += n;
    return keep(tensor(values.subarray(at - n, at), shape));
  };
  const layer = (size, from, to) => ({ filter: take([size, size, from, to]), bias: take([to]) });
  const conv1 = layer(3, 3, 64);
  let channels = 64;
  const fires = FIRES.map(([s, e]) => {
    const fire = { squeeze: layer(1, channels, s), one: layer(1, s, e), three: layer(3, s, e) };
    channels = 2 * e;
    return fire;
  });
  const conv10 = layer(1, channels, 1000);
  if (at !== values.length) throw new Error(`tfjs: ${model} holds ${values.length} values, the network has ${at}`);

  const conv = (x, l, strides = 1, pad = 'same') => conv2d({ x, ...l, strides, pad, activation: 'relu' });
  const forward = (x) => {
    x = maxPool(conv(x, conv1, 2, 'valid'), 3, 2, 'valid'); // 113 to 56: nothing is left over
    fires.forEach((f, i) => {
      const s = conv(x, f.squeeze);
      x = concat([conv(s, f.one), conv(s, f.three)], 3);
      if (i === 1 || i === 3) x = maxPool(x, 3, 2, 'same'); // after fire3 and fire5: an even side, where 'same' is Caffe's rounding up
    });
    return softmax(mean(conv(x, conv10), [1, 2]));
  };
  let input;
  return {
    set(rgb) {
      input?.dispose();
      input = tensor(nhwc(rgb), [1, 227, 227, 3]);
    },
    run() {
      const out = tidy(() => forward(input));
      const prob = out.dataSync();
      out.dispose();
      return prob;
    },
  };
}
