// The worker in which a peer is checked and timed. It answers one message at a time.
import './memory.js';

/** @param {(config: object) => Promise<{set(rgb: Uint8Array): void, run(): Promise<ArrayLike<number>> | ArrayLike<number>}>} create */
export function serve(create) {
  let engine;
  const jobs = {
    async load(config) {
      engine = await create(config);
    },
    // The probabilities of every crop, for the comparison with the reference.
    async check({ crops }) {
      const out = [];
      for (const rgb of crops) {
        engine.set(rgb);
        out.push(Float32Array.from(await engine.run()));
      }
      return out;
    },
    // Milliseconds of each forward pass, tensor to probabilities, after a warm-up.
    async time({ warmMs, ms, runs }) {
      for (const until = performance.now() + warmMs; performance.now() < until; ) await engine.run();
      const times = [];
      for (const until = performance.now() + ms; performance.now() < until || times.length < runs; ) {
        const start = performance.now();
        await engine.run();
        times.push(performance.now() - start);
      }
      return times;
    },
    // How many pictures in the given time, input included: what a queue of pictures costs.
    async spin({ ms, crops }) {
      let n = 0;
      const start = performance.now();
      while (performance.now() < start + ms) {
        engine.set(crops[n++ % crops.length]);
        await engine.run();
      }
      return { pictures: n, ms: performance.now() - start };
    },
    memory: () => self.wasmBytes(),
  };
  self.onmessage = async ({ data: { job, id, ...rest } }) => {
    if (!(job in jobs)) return; // the engine's own threads talk through other workers; nothing else comes here
    try {
      self.postMessage({ id, value: await jobs[job](rest) });
    } catch (e) {
      self.postMessage({ id, error: String(e?.stack ?? e) });
    }
  };
}
