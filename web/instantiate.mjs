// Starts the Go program with the kernels on its memory, in browsers and in Node. This file imports
// nothing: the Go class comes from Go's own shim, wasm_exec.js.

/**
 * @typedef {'go' | 'simd' | 'relaxed-dot' | 'relaxed-pair'} Variant The form of the kernels: Go's own,
 *   SIMD, and relaxed SIMD with one of two ways to multiply bytes. All give the same integers.
 * @typedef {{importObject: any, argv: string[], run: (instance: WebAssembly.Instance) => Promise<void>}} Go
 */

/** In the order of the numbers by which Go knows them (kernels/forms_js.go). @type {Variant[]} */
export const variants = ['go', 'simd', 'relaxed-dot', 'relaxed-pair'];

/**
 * Which variant a kernels module is for on this processor: with relaxed SIMD it times both idioms, in
 * turns, as the engine's optimising compiler makes them. What runs before is code made in haste, of which
 * the other idiom may be the faster one. Both are in one exported function, so that they are replaced at the
 * same moment, which shows as a leap; it is waited for, idly, as it is made on another thread. Three rounds after
 * it count, and the best of each, so that no other program's turn matters. A run begins and ends where the
 * clock ticks, and is three ticks long: Firefox's are of a millisecond, more or less.
 * @param {WebAssembly.Module | null} kernels
 * @returns {Promise<Variant>}
 */
export async function choose(kernels) {
  if (!kernels) return 'go';
  if (!WebAssembly.Module.exports(kernels).some((e) => e.name === 'probe')) return 'simd';
  const mem = new WebAssembly.Memory({ initial: 0 });
  const { probe } = /** @type {any} */ (new WebAssembly.Instance(kernels, { go: { mem } }).exports);
  /** Calls a millisecond, or 0 where the clock is too coarse to tell. @param {number} pair */
  const rate = (pair) => {
    const before = performance.now();
    let began = before, calls = 0;
    while (began === before) began = performance.now();
    let now = began;
    for (let ticks = 0, last = now; (ticks < 3 || now - began < 0.5) && now - before < 20; last = now) {
      probe(pair, 1000);
      calls++;
      if ((now = performance.now()) > last) ticks++;
    }
    return now - before < 20 ? calls / (now - began) : 0;
  };
  const first = [rate(0), rate(1)], best = [0, 0];
  if (first[0] === 0 && first[1] === 0) return 'relaxed-dot';
  for (let round = 0, after = 0; round < 8 && after < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (const pair of [0, 1]) best[pair] = Math.max(best[pair], rate(pair));
    if (best[0] > 1.4 * first[0] || best[1] > 1.4 * first[1]) after++;
  }
  return best[1] > best[0] ? 'relaxed-pair' : 'relaxed-dot';
}

/**
 * Instantiates a Go program, then the kernels on its memory. Go needs its imports before its memory
 * exists, so they are closures.
 * @param {Go} go its argv and env are set
 * @param {WebAssembly.Module} wasm
 * @param {WebAssembly.Module | null} kernels null: Go computes by itself
 * @param {Variant} [variant] one that the module has, for tests and benchmarks
 * @returns {Promise<WebAssembly.Instance>} ready for go.run
 */
export async function link(go, wasm, kernels, variant) {
  variant ??= await choose(kernels);
  if (!variants.includes(variant) || variant !== 'go' && !kernels) throw new Error(`The kernels${kernels ? '' : ', whose file is not given,'} cannot run as ${variant}: the variants are ${variants.join(', ')}.`);
  /** @type {Record<string, Function>} */ let made = {};
  const names = WebAssembly.Module.imports(wasm).filter((i) => i.module === 'kernels').map((i) => i.name);
  const imports = Object.fromEntries(names.map((name) => [name, (/** @type {number[]} */ ...args) => made[name](...args)]));
  const instance = await WebAssembly.instantiate(wasm, { ...go.importObject, kernels: imports });
  if (kernels) {
    const imports = { go: { mem: /** @type {WebAssembly.Memory} */ (instance.exports.mem) } };
    const { exports } = await WebAssembly.instantiate(kernels, imports).catch((e) => foreign(e.message));
    made = /** @type {Record<string, Function>} */ ({ ...exports });
    const relaxed = 'probe' in made;
    for (const name of names) {
      if (!(name in made) && name !== 'variant' && (relaxed || !/dot|pair|relaxed/.test(name))) foreign(`it has no ${name}`);
    }
  }
  made.variant = () => variants.indexOf(variant);
  return instance;
}

/** @param {string} why @returns {never} */
function foreign(why) {
  throw new Error(`they are not of the same build: ${why}`);
}

/**
 * Starts the network's Go program: it hands over its bridge to the function whose name it gets as argument.
 * @param {WebAssembly.Module} wasm @param {WebAssembly.Module | null} kernels @param {Variant} [variant]
 * @returns {Promise<{bridge: any, exited: Promise<void>, memory: WebAssembly.Memory}>}
 */
export async function instantiate(wasm, kernels, variant) {
  const global = /** @type {any} */ (globalThis);
  /** @type {Go} */ const go = new global.Go();
  const name = `squeezenet-${Math.random()}`;
  go.argv = ['squeezenet', name];
  const instance = await link(go, wasm, kernels, variant);
  /** @type {any} */ let bridge;
  global[name] = (/** @type {any} */ b) => (bridge = b);
  const exited = go.run(instance); // runs at once, until main waits
  if (!bridge) throw new Error('The Go program ended before it was ready.');
  return { bridge, exited, memory: /** @type {WebAssembly.Memory} */ (instance.exports.mem) };
}
