// Builds what the server offers: engines, pages, workers, models and pictures, ours and the peers'.
import { build } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readNpz } from './npz.mjs';

export const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..');
const shared = join(root, '../shared/ref');
const PICTURE = 'chelsea.png'; // of the cold start and the canvases

/**
 * Puts everything that the engines need on the server.
 * @returns {{engines: object[], notes: string[]}} those whose files are here, and what is missing
 */
export async function offer(server, engines) {
  const notes = [];
  if (engines.some((e) => e.ours)) {
    try {
      buildOurs();
    } catch (e) {
      notes.push(`ours is left out: it does not build: ${e.message}`);
      engines = engines.filter((e) => !e.ours);
    }
  }
  engines = engines.filter((e) => {
    const needs = e.ours ? [['dist', e.file]] : [['node_modules', e.package], ['../shared/ref', e.file]];
    const lacks = needs.find(([folder, file]) => !existsSync(join({ dist: dist, node_modules: join(here, 'node_modules') }[folder] ?? shared, file)));
    if (lacks) notes.push(`${e.id} is left out: ${lacks.join('/')} is missing`);
    return !lacks;
  });

  for (const adapter of new Set(engines.map((e) => e.adapter))) {
    const classic = engines.find((e) => e.adapter === adapter).worker === 'classic';
    server.add(`/engines/${adapter}.warm.js`, await bundle(`import { serve } from './warm.js'; import { create } from './${adapter}.js'; serve(create);`, classic ? 'iife' : 'esm'));
    if (adapter !== 'ours') server.add(`/engines/${adapter}.cold.js`, await bundle(`import { answer } from './cold.js'; import { create } from './${adapter}.js'; answer(create);`, 'esm'));
  }
  const vendor = (adapter, folder, keep) => engines.some((e) => e.adapter === adapter) && server.addFolder(`/vendor/${adapter}/`, join(here, 'node_modules', folder), keep);
  vendor('ort', 'onnxruntime-web/dist', (f) => ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'].includes(f));
  vendor('litert', '@litertjs/core/wasm', (f) => /_wasm_(threaded_)?internal\.(js|wasm)$/.test(f));
  vendor('tfjs', '@tensorflow/tfjs-backend-wasm/dist', (f) => f === 'tfjs-backend-wasm-simd.wasm');
  for (const e of engines) {
    if (e.ours) continue;
    const path = join(shared, e.file);
    server.add(e.config.model, path.endsWith('.npz') ? flatten(readNpz(path)) : readFileSync(path));
    if (e.threads === 1) server.add(`/cold/${e.id}.html`, coldPage(e));
  }
  if (engines.some((e) => e.ours)) {
    server.addFolder('/dist/', dist);
    server.add('/engine.wasm', readFileSync(join(here, 'out/engine.wasm')));
    server.add('/engines/kernels.js', await bundle(`import './kernels.js';`, 'esm'));
    server.add('/kernels/peaks.wasm', readFileSync(join(root, 'kernels/simd/peaks.wasm')));
    for (const precision of ['int8', 'f32']) {
      const e = engines.find((e) => e.ours && e.precision === precision);
      if (e) server.add(`/cold/ours-${precision}.html`, ourColdPage(e));
    }
  }
  server.add('/blank.html', '<!doctype html><meta charset="utf-8"><title>bench</title>');
  server.add(`/pictures/${PICTURE}`, readFileSync(join(shared, 'pictures', PICTURE)));
  server.add('/pictures/crops.bin', Buffer.concat(reference().map((r) => r.crop)));
  return { engines, notes };
}

const dist = join(here, 'out/dist');

/** The product's site, and the Go program of bench/engine with the product's own flags. */
function buildOurs() {
  mkdirSync(join(here, 'out'), { recursive: true });
  const go = (env, ...args) => execFileSync('go', args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
  go({}, 'run', './web/build', dist);
  go({ GOOS: 'js', GOARCH: 'wasm', GOFLAGS: '' }, 'build', '-trimpath', '-buildvcs=false', '-gcflags=std=-l', '-ldflags=-s -w -buildid=', '-o', join(here, 'out/engine.wasm'), './bench/engine');
}

async function bundle(contents, format) {
  const files = { name: 'files', setup(b) {
    b.onResolve({ filter: /^onnxruntime-web/ }, () => ({ path: '/vendor/ort/ort.wasm.bundle.min.mjs', external: true })); // its threads load it again
    b.onResolve({ filter: /^wasm_exec$/ }, () => ({ path: join(execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'lib/wasm/wasm_exec.js') }));
  } };
  const { outputFiles } = await build({ stdin: { contents, resolveDir: join(here, 'pages') }, bundle: true, minify: true, write: false, format, target: 'es2022', external: ['node:*'], logLevel: 'error', plugins: [files] });
  return outputFiles[0].contents;
}

// engine.mjs is fetched as a text, which the module puts into its worker.
const hint = (url) => /\.mjs$/.test(url) && !url.endsWith('/engine.mjs') ? `<link rel="modulepreload" href="${url}">`
  : /\.js$/.test(url) ? `<link rel="preload" as="script" crossorigin href="${url}">`
  : `<link rel="preload" as="fetch" crossorigin href="${url}">`;

const page = (title, hints, rest) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>\n${hints.map(hint).join('\n')}\n${rest}\n<body></body></html>`;

/** A peer's cold page, as somebody who knows the engine would write it: everything asked for at once, on the page's own thread. */
function coldPage(e) {
  const config = JSON.stringify({ ...e.config, picture: `/pictures/${PICTURE}` });
  return page(e.id, [...e.hints, e.config.model],
    `<script type="application/json" id="config">${config}</script>\n<script type="module" src="/engines/${e.adapter}.cold.js"></script>`);
}

/** Ours, through the public module as a user would; it computes in its worker. */
function ourColdPage({ id, precision, file }) {
  const hints = ['squeezenet.mjs', 'engine.mjs', 'squeezenet.wasm', 'kernels-relaxed.wasm', file].map((f) => `/dist/${f}`);
  return page(id, hints, `<script type="module">
import { load } from '/dist/squeezenet.mjs';
globalThis.answer = (async () => {
  const picture = fetch('/pictures/${PICTURE}').then((r) => r.blob()).then(createImageBitmap);
  const model = await load({ precision: '${precision === 'f32' ? 'float32' : 'int8'}' });
  const loaded = performance.now();
  const [best] = await model.classify(await picture);
  return { ms: performance.now(), loaded, top: best.index, probability: best.probability };
})();
globalThis.answer.catch(() => {});
</script>`);
}

/** Kernel then bias of every layer in the network's order, as pages/tfjs.js takes them. */
function flatten(arrays) {
  const layers = ['conv1', ...[2, 3, 4, 5, 6, 7, 8, 9].flatMap((n) => ['squeeze1x1', 'expand1x1', 'expand3x3'].map((l) => `fire${n}/${l}`)), 'conv10'];
  return Buffer.concat(layers.flatMap((l) => ['kernel', 'bias'].map((part) => Buffer.from(arrays.get(`${l}/${part}`).data.buffer))));
}

/** The reference: crops as RGB bytes and the float32 network's answers to them. */
export function reference() {
  const crops = readNpz(join(shared, 'pictures/crops_227_rgb_u8.npz'));
  const outputs = readNpz(join(shared, 'pictures/expected_outputs.npz'));
  return [...crops].map(([name, crop]) => ({ name, crop: crop.data, prob: outputs.get(`${name}/prob`).data }));
}

export const version = (pkg) => JSON.parse(readFileSync(join(here, 'node_modules', pkg, 'package.json'))).version;
