import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launch, freshPage, peakResident, startWorker } from './browser.mjs';
import { ours, peers } from './engines.mjs';
import { idle } from './idle.mjs';
import { offer, here, reference, version } from './site.mjs';
import { Server } from './server.mjs';
import { disagreement, median, quantile } from './stats.mjs';
import { report } from './report.mjs';
import { draw } from './svg.mjs';

const PARTS = ['warm', 'cold', 'pictures', 'throughput', 'layers'];
const USAGE = `usage: node run.mjs [--quick] [--only PART_OF_ID,...] [--parts ${PARTS.join(',')}]`;

let options;
try {
  options = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' }, parts: { type: 'string', default: PARTS.join(',') } } }).values;
} catch (e) {
  console.error(`${e.message}\n${USAGE}`);
  process.exit(2);
}
const parts = options.parts.split(',');
const chosenFew = [...ours, ...peers].filter((e) => !options.only || options.only.split(',').some((o) => e.id.includes(o)));
if (chosenFew.length === 0 || parts.some((p) => !PARTS.includes(p))) {
  console.error(`${USAGE}\nids: ${[...ours, ...peers].map((e) => e.id).join(' ')}`);
  process.exit(2);
}
const set = options.quick
  ? { loads: 2, warmMs: 600, ms: 600, runs: 8, spinMs: 1000, patienceMs: 2000 }
  : { loads: 6, warmMs: 1500, ms: 1500, runs: 20, spinMs: 3000, patienceMs: 60_000 };

const say = (...line) => console.error(...line);
const notes = [];
const note = (text) => {
  notes.push(text);
  say(text);
};
let disturbed = 0;
let patience = 10 * set.patienceMs; // for the whole run: a machine that is never idle is measured as it is
const quiet = async () => {
  const began = Date.now();
  if (!await idle(Math.min(set.patienceMs, patience), say)) disturbed++;
  patience = Math.max(0, patience - (Date.now() - began - 500));
};

const server = new Server();
const offered = await offer(server, chosenFew);
offered.notes.forEach(note);
const { engines } = offered;
const expected = reference();
await server.listen();
const browser = await launch();

/** Calls work(engine) for every engine in each of the rounds, in an order that turns; who fails is left out from then on. */
async function interleave(part, list, rounds, work) {
  const failed = new Set();
  for (let round = 0; round < rounds; round++) {
    say(`${part}: round ${round + 1} of ${rounds}`);
    for (let i = 0; i < list.length; i++) {
      const engine = list[(i + round) % list.length];
      if (failed.has(engine)) continue;
      await quiet();
      try {
        await work(engine);
      } catch (e) {
        failed.add(engine);
        say(e.message);
        note(`${engine.id} is left out of "${part}": ${e.message.split('\n')[0]}`);
      }
    }
  }
}

/** A page with workers in which the engine is loaded. */
const withWorkers = (engine, count, work) => freshPage(browser, async (page) => {
  await page.goto(`${server.origin}/isolated/blank.html`);
  const workers = [];
  for (let i = 0; i < count; i++) workers.push(await startWorker(page, `/isolated/engines/${engine.adapter}.warm.js`, engine.worker));
  await Promise.all(workers.map((w) => w.call('load', { config: engine.config })));
  return work(workers, page);
});

/** The form of our kernels that the loader takes here, asked in five fresh pages: form -> how often. */
async function ourChoice() {
  const taken = {};
  for (let i = 0; i < 5; i++) {
    await quiet();
    const form = await freshPage(browser, async (page) => {
      await page.goto(`${server.origin}/isolated/blank.html`);
      return page.evaluate(async () => {
        const { load } = await import('/isolated/dist/squeezenet.mjs');
        const model = await load();
        const { kernels } = model.info();
        await model.dispose();
        return kernels;
      });
    });
    taken[form] = (taken[form] ?? 0) + 1;
  }
  return taken;
}

async function warm() {
  const blank = await freshPage(browser, async (page) => {
    await page.goto(`${server.origin}/isolated/blank.html`);
    return peakResident(browser);
  });
  const rows = new Map(engines.map((e) => [e, { loads: [], samples: [], memory: [] }]));
  await interleave('warm', engines, set.loads, (e) => withWorkers(e, 1, async ([worker]) => {
    const answers = await worker.call('check');
    const wrong = expected.map((r, i) => disagreement(e.precision, r.name, answers[i], r.prob)).find(Boolean);
    if (wrong) throw new Error(`it does not compute this network: ${wrong}`);
    const times = await worker.call('time', set);
    const row = rows.get(e);
    row.loads.push(median(times));
    row.samples.push(...times);
    row.memory.push({
      wasm: await worker.call('memory'),
      resident: await peakResident(browser),
    });
  }));
  return [...rows].filter(([, r]) => r.loads.length).map(([e, r]) => ({
    ...identity(e), ms: median(r.loads), p95: quantile(r.samples, 0.95), best: Math.min(...r.loads), loads: r.loads,
    memory: { wasm: median(r.memory.map((m) => m.wasm)), resident: blank && median(r.memory.map((m) => m.resident)) - blank },
  }));
}

const identity = ({ id, name, precision, variant, threads, ours }) => ({ id, name, precision, variant, threads, ours: Boolean(ours) });

/** One engine of each kind for what a user meets: our default form, the peers with one thread. */
function everyday() {
  const form = Object.entries(result.chosen).sort((a, b) => b[1] - a[1])[0]?.[0];
  return engines.filter((e) => e.ours ? e.variant === (e.precision === 'f32' && form.startsWith('relaxed') ? 'relaxed-dot' : form) : e.threads === 1);
}

async function cold() {
  const rows = new Map(everyday().map((e) => [e, []]));
  await interleave('cold', [...rows.keys()], set.loads, (e) => freshPage(browser, async (page) => {
    server.sent = [];
    await page.goto(`${server.origin}/cold/${e.ours ? `ours-${e.precision}` : e.id}.html`);
    const { ms, loaded, top, probability } = await page.evaluate(() => globalThis.answer);
    const [first, second] = [...expected[0].prob.keys()].sort((a, b) => expected[0].prob[b] - expected[0].prob[a]);
    if (top !== first && top !== second) throw new Error(`its answer is class ${top} with ${probability}; it should be ${first}`);
    const sent = server.sent.filter(({ path }) => !path.startsWith('/pictures/'));
    const missing = sent.find((s) => s.missing);
    if (missing) throw new Error(`it asked for ${missing.path}, which is not there`);
    rows.get(e).push({ ms, loaded, bytes: sent.reduce((sum, s) => sum + s.bytes, 0), files: sent });
  }));
  return [...rows].filter(([, r]) => r.length).map(([e, r]) => ({
    ...identity(e), ms: median(r.map((l) => l.ms)), p95: quantile(r.map((l) => l.ms), 0.95), loaded: median(r.map((l) => l.loaded)),
    bytes: median(r.map((l) => l.bytes)), files: r[0].files, loads: r.map((l) => l.ms),
  }));
}

/** From the pixels in a canvas to the predictions, in a warm page; ours by the public module, as users call it. */
async function pictures() {
  const sizes = [[1152, 868], [4000, 3000]];
  const rows = new Map(everyday().map((e) => [e, sizes.map(() => [])]));
  const measure = (page, size, once) => page.evaluate(async ([width, height], runs, once) => {
    const classify = new Function(`return ${once}`)();
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d', { willReadFrequently: true }).drawImage(await createImageBitmap(await (await fetch('/pictures/chelsea.png')).blob()), 0, 0, width, height);
    const times = [];
    for (let i = -3; i < runs; i++) {
      const start = performance.now();
      const network = await classify(canvas);
      if (i >= 0) times.push({ total: performance.now() - start, network });
    }
    return times;
  }, size, set.runs, once);
  await interleave('pictures', [...rows.keys()], Math.min(3, set.loads), (e) => e.ours
    ? freshPage(browser, async (page) => {
      await page.goto(`${server.origin}/isolated/blank.html`);
      await page.evaluate(async (precision, warmMs) => {
        const { load } = await import('/isolated/dist/squeezenet.mjs');
        globalThis.model = await load({ precision });
        const small = new OffscreenCanvas(256, 256);
        small.getContext('2d').fillRect(0, 0, 256, 256);
        for (const until = performance.now() + warmMs; performance.now() < until; ) await model.classify(small);
      }, e.precision === 'f32' ? 'float32' : 'int8', set.warmMs);
      for (const [i, size] of sizes.entries()) {
        rows.get(e)[i].push(...await measure(page, size, 'async (canvas) => { await model.classify(canvas); return model.info().times.network; }'));
      }
    })
    : withWorkers(e, 1, async ([worker], page) => {
      await worker.call('time', { warmMs: set.warmMs, ms: 0, runs: 1 });
      await page.evaluate((w) => { globalThis.peer = w; }, worker.handle);
      for (const [i, size] of sizes.entries()) {
        rows.get(e)[i].push(...await measure(page, size, 'async (canvas) => { const bitmap = await createImageBitmap(canvas); await peer.call("picture", { bitmap }, [bitmap]); }'));
      }
    }));
  return [...rows].filter(([, r]) => r.every((times) => times.length)).map(([e, r]) => ({
    ...identity(e),
    sizes: r.map((times, i) => ({
      megapixels: sizes[i][0] * sizes[i][1] / 1e6,
      ms: median(times.map((t) => t.total)),
      network: e.ours ? median(times.map((t) => t.network)) : null,
    })),
  }));
}

async function throughput() {
  const rows = new Map(everyday().map((e) => [e, { 1: [], 2: [] }]));
  for (const count of [1, 2]) {
    await interleave(`throughput, ${count} worker${count > 1 ? 's' : ''}`, [...rows.keys()], Math.min(3, set.loads), (e) => withWorkers(e, count, async (workers) => {
      await Promise.all(workers.map((w) => w.call('spin', { ms: set.warmMs })));
      const rates = await Promise.all(workers.map((w) => w.call('spin', { ms: set.spinMs })));
      rows.get(e)[count].push(rates.reduce((a, b) => a + b));
    }));
  }
  return [...rows].filter(([, r]) => r[1].length && r[2].length).map(([e, r]) => ({ ...identity(e), one: median(r[1]), two: median(r[2]) }));
}

/** Our layers inside the network; each convolution's kernel by itself and the peaks of the idioms, in turns with them. */
async function layers() {
  const mine = engines.filter((e) => e.ours && e.variant !== 'go');
  if (mine.length === 0) return undefined;
  const rows = new Map(mine.map((e) => [e, []]));
  const alone = new Map(); // form -> [{peak, layers}]
  await interleave('layers', mine, Math.min(3, set.loads), async (e) => {
    await withWorkers(e, 1, async ([worker]) => {
      await worker.call('time', { warmMs: set.warmMs, ms: 0, runs: 1 });
      rows.get(e).push(await worker.call('profile', { turns: 4 * set.runs }));
    });
    await freshPage(browser, async (page) => {
      await page.goto(`${server.origin}/isolated/blank.html`);
      const worker = await startWorker(page, '/isolated/engines/kernels.js', 'module');
      for (const form of await worker.call('', { kernels: e.config.kernels, ms: 30 })) alone.set(form.form, [...(alone.get(form.form) ?? []), form]);
    });
  });
  return {
    kernels: [...alone].map(([form, runs]) => ({
      form,
      // the best of the runs: another program's load can only make a kernel slower
      peak: Math.max(...runs.map((r) => r.peak)),
      layers: runs[0].layers.map(({ name }, i) => ({ name, gmacs: Math.max(...runs.map((r) => r.layers[i].gmacs)) })),
    })),
    network: [...rows].filter(([, r]) => r.length).map(([e, r]) => ({
      ...identity(e),
      layers: r[0].map(({ name, macs }, i) => {
        const ms = Math.min(...r.map((l) => l[i].ms));
        return { name, macs, ms, gmacs: macs / ms / 1e6 };
      }),
    })),
  };
}

const git = (...args) => {
  try {
    return execFileSync('git', args, { cwd: here, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
};
const instructions = () => {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))[1].split(' ');
    return flags.filter((f) => /^(avx2|avx_vnni|avx512_vnni|avx512f)$/.test(f));
  } catch {
    return [];
  }
};

const started = new Date();
const result = {
  date: started.toISOString(),
  commit: git('rev-parse', '--short', 'HEAD'),
  machine: { processor: cpus()[0].model, cores: cpus().length, instructions: instructions(), platform: `${platform()} ${arch()}`, load: loadavg()[0] },
  browser: await browser.version(),
  versions: Object.fromEntries([...new Set(peers.map((e) => e.package))].map((p) => [p, version(p)])),
  settings: { quick: Boolean(options.quick), ...set },
};
result.chosen = engines.some((e) => e.ours) ? await ourChoice() : {};
const measure = { warm, cold, pictures, throughput, layers };
for (const part of PARTS) if (parts.includes(part)) result[part] = await measure[part]();
if (disturbed) note(`${disturbed} times the machine was not idle when a measurement began, and the bench went on: trust the ratios, not the milliseconds`);
result.notes = notes;
result.minutes = (Date.now() - started) / 60_000;

await browser.close();
server.close();
mkdirSync(join(here, 'out'), { recursive: true });
writeFileSync(join(here, 'out/result.json'), JSON.stringify(result, null, 1) + '\n');
console.log(report(result));
if (!options.quick && !options.only && result.warm?.some((r) => r.ours) && result.cold) {
  writeFileSync(join(here, 'bench.svg'), draw(result));
  say('wrote bench/bench.svg and bench/out/result.json');
} else {
  say('wrote bench/out/result.json');
}
