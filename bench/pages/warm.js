// The worker in which an engine is checked and timed. It does one job at a time.
import './memory.js';
import { crop } from './input.js';

/**
 * @typedef {object} Engine
 * @property {(rgb: Uint8Array) => void} set prepares the input tensor from a crop, (227, 227, 3) RGB
 * @property {() => ArrayLike<number> | Promise<ArrayLike<number>>} run input tensor to 1000 probabilities
 * @property {(turns: number) => {name: string, macs: number, ms: number}[]} [profile] ours
 */

/** @param {(config: object) => Promise<Engine>} create */
export function serve(create) {
  let engine, crops;
  const jobs = {
    async load({ config }) {
      const bytes = fetch('/pictures/crops.bin').then((r) => r.arrayBuffer());
      engine = await create(config);
      const [all, size] = [await bytes, 227 * 227 * 3];
      crops = Array.from({ length: all.byteLength / size }, (_, i) => new Uint8Array(all, i * size, size));
      engine.set(crops[0]);
    },
    /** Every crop's probabilities, for the comparison with the reference. */
    async check() {
      const out = [];
      for (const rgb of crops) {
        engine.set(rgb);
        out.push(Array.from(await engine.run()));
      }
      return out;
    },
    /** Milliseconds of each forward pass, input tensor to probabilities, after a warm-up in which the browser optimises. */
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
    /** One picture from its bitmap, which the page made of a canvas. */
    async picture({ bitmap }) {
      engine.set(crop(bitmap));
      bitmap.close();
      return Array.from(await engine.run());
    },
    /** How many crops in a time, input included: what a queue of pictures costs. */
    async spin({ ms }) {
      let pictures = 0;
      const start = performance.now();
      while (performance.now() < start + ms) {
        engine.set(crops[pictures++ % crops.length]);
        await engine.run();
      }
      return (1000 * pictures) / (performance.now() - start);
    },
    profile: ({ turns }) => engine.profile(turns),
    memory: () => self.wasmBytes(),
  };
  self.onmessage = async ({ data: { job, id, ...parameters } }) => {
    try {
      self.postMessage({ id, value: await jobs[job](parameters) });
    } catch (e) {
      self.postMessage({ id, error: String(e?.stack ?? e) });
    }
  };
}
