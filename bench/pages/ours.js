// Our own network, in a form of the kernels' that the caller names: bench/engine on web/instantiate.mjs.
import 'wasm_exec';
import { instantiate } from '../../web/instantiate.mjs';

/** @param {{model: string, wasm: string, kernels: string | null, variant: string}} config */
export async function create({ model, wasm, kernels, variant }) {
  const compiled = (url) => WebAssembly.compileStreaming(fetch(url));
  const [file, program, kernelsModule] = await Promise.all([
    fetch(model).then((r) => r.arrayBuffer()), compiled(wasm), kernels && compiled(kernels),
  ]);
  const { bridge } = await instantiate(program, kernelsModule, variant);
  const ask = (name, ...args) => {
    const answer = bridge[name](...args);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const form = ask('load', new Uint8Array(file));
  if (form !== variant) throw new Error(`ours: ${variant} was asked for and ${form} runs`);
  const prob = new Float32Array(1000);
  const bytes = new Uint8Array(prob.buffer);
  return {
    set: (rgb) => ask('set', rgb),
    run() {
      ask('run', bytes);
      return prob;
    },
    profile: (turns) => ask('profile', turns),
  };
}
