// Builds what the server offers: the peers' pages and workers, their engines, models and pictures.
import { build } from 'esbuild';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PEERS, modelUrl } from './engines.mjs';
import { readNpz } from './npz.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
export const shared = join(here, '../../shared/ref');
export const PICTURE = 'chelsea.png'; // of the cold start

/** Adds all peers whose files are here to the server. @returns {{peers: object[], notes: string[]}} */
export async function offerPeers(server, wanted) {
  const notes = [];
  const peers = wanted.filter((e) => {
    const lacks = [join(here, 'node_modules', e.package), join(shared, e.model)].find((p) => !existsSync(p));
    if (lacks) notes.push(`${e.id} is left out: ${lacks.replace(here, '')} is missing`);
    return !lacks;
  });

  for (const adapter of new Set(peers.map((e) => e.adapter))) {
    const classic = peers.find((e) => e.adapter === adapter).worker === 'classic';
    const bundle = async (kind, call, format) => {
      const { outputFiles } = await build({
        stdin: { contents: `import { ${call} } from './${kind}.js'; import { create } from './${adapter}.js'; ${call}(create);`, resolveDir: join(here, 'pages') },
        bundle: true, minify: true, write: false, format, target: 'es2022', logLevel: 'error',
        plugins: [{ name: 'ort as a file', setup: (b) => b.onResolve({ filter: /^onnxruntime-web/ }, () => ({ path: '/vendor/ort/ort.wasm.bundle.min.mjs', external: true })) }],
      });
      server.add(`/peers/${adapter}.${kind}.js`, outputFiles[0].contents);
    };
    await bundle('warm', 'serve', classic ? 'iife' : 'esm');
    await bundle('cold', 'answer', 'esm');
  }
  const vendor = (url, pkg, keep) => peers.some((e) => e.hints[0].startsWith(url)) && server.addFolder(url, join(here, 'node_modules', pkg), keep);
  vendor('/vendor/ort/', 'onnxruntime-web/dist', (f) => ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'].includes(f));
  vendor('/vendor/litert/', '@litertjs/core/wasm', (f) => /_wasm_(threaded_)?internal\.(js|wasm)$/.test(f));
  vendor('/vendor/tfjs/', '@tensorflow/tfjs-backend-wasm/dist', (f) => f === 'tfjs-backend-wasm-simd.wasm');

  for (const e of peers) {
    const path = join(shared, e.model);
    server.add(modelUrl(e), path.endsWith('.npz') ? flatten(readNpz(path)) : readFileSync(path));
    if (e.threads === 1) server.add(`/cold/${e.id}.html`, coldPage(e));
  }
  server.add('/blank.html', '<!doctype html><meta charset="utf-8"><title>bench</title>');
  return { peers, notes };
}

/** The page of a peer's cold start, as somebody who knows the engine would write it: everything asked for at once. */
function coldPage(e) {
  const hint = (url) => url.endsWith('.mjs') ? `<link rel="modulepreload" href="${url}">`
    : url.endsWith('.js') ? `<link rel="preload" as="script" crossorigin href="${url}">`
    : `<link rel="preload" as="fetch" crossorigin href="${url}">`;
  const config = JSON.stringify({ model: modelUrl(e), threads: 1, picture: `/pictures/${PICTURE}` });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${e.id}</title>
${[...e.hints, modelUrl(e)].map(hint).join('\n')}
<script type="application/json" id="config">${config}</script>
<script type="module" src="/peers/${e.adapter}.cold.js"></script>
<body></body></html>`;
}

/** Kernel then bias of every layer in the network's order, as tfjs.js takes them. */
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
