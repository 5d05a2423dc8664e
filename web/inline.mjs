// The module with all its files inside, for bundlers that copy none: the build makes one script of this,
// each file compressed by gzip.
import engine from 'inlined:engine.mjs';
import relaxed from 'inlined:kernels-relaxed.wasm';
import simd from 'inlined:kernels.wasm';
import wasm from 'inlined:squeezenet.wasm';
import int8 from 'inlined:squeezenet1_1.sqz';
import { provide, SqueezeNetError } from './squeezenet.mjs';

export * from './squeezenet.mjs';

/** @param {Uint8Array<ArrayBuffer>} bytes @param {string} type */
const unpacked = (bytes, type) => () => new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')), { headers: { 'content-type': type } });

const go = unpacked(wasm, 'application/wasm');
provide({
  engine: unpacked(engine, 'text/javascript'),
  simd: unpacked(simd, 'application/wasm'),
  relaxed: unpacked(relaxed, 'application/wasm'),
  wasm: go,
  nodeWasm: go,
  int8: unpacked(int8, 'application/octet-stream'),
  manifest: () => new Response('{"files":{}}'),
  float32() {
    throw new SqueezeNetError('model-missing', 'The float32 weights (4.9 MB) are not inside of the entry with everything inlined. Give load() the file squeezenet1_1-f32.sqz as its model, or import the package\'s main entry.');
  },
});
