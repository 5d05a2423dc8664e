// Notes every wasm memory that is made or exported, so that its size can be asked for. Imported first.
const memories = new Set();
const { instantiate, instantiateStreaming, Memory, Instance } = WebAssembly;

const note = (instance) => {
  for (const e of Object.values(instance.exports)) if (e instanceof Memory) memories.add(e);
};
WebAssembly.Memory = new Proxy(Memory, {
  construct(target, args) {
    const memory = new target(...args);
    memories.add(memory);
    return memory;
  },
});
WebAssembly.Instance = new Proxy(Instance, {
  construct(target, args) {
    const instance = new target(...args);
    note(instance);
    return instance;
  },
});
WebAssembly.instantiate = async (...args) => {
  const result = await instantiate(...args);
  note(result.instance ?? result);
  return result;
};
WebAssembly.instantiateStreaming = async (...args) => {
  const result = await instantiateStreaming(...args);
  note(result.instance);
  return result;
};
/** Bytes of all wasm memories of this worker. They never shrink, so this is also the peak. */
self.wasmBytes = () => [...memories].reduce((sum, m) => sum + m.buffer.byteLength, 0);
