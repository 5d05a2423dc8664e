import { parseArgs } from 'node:util';
import { PEERS, modelUrl } from './engines.mjs';
import { launch, freshPage, startWorker, peakResident } from './browser.mjs';
import { Server } from './server.mjs';
import { offerPeers, reference } from './site.mjs';
import { median, quantile, disagreement } from './stats.mjs';
import { idle } from './idle.mjs';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' }, only: { type: 'string' } } });
const wanted = PEERS.filter((e) => !options.only || options.only.split(',').some((o) => e.id.includes(o)));
const server = new Server();
const { peers, notes } = await offerPeers(server, wanted);
import('node:fs').then(fs=>server.add('/pictures/chelsea.png', fs.readFileSync('../../shared/ref/pictures/chelsea.png')));
notes.forEach((n) => console.log(n));
await server.listen();
const ref = reference();
const browser = await launch();
console.log(await browser.version());
const N = options.quick ? 2 : 5;
const R = new Map(peers.map((e) => [e, { loads: [], cold: [] }]));
for (let load = 0; load < N; load++) {
  for (const e of peers) {
    await idle(options.quick ? 1500 : 60000, console.log);
    try {
      await freshPage(browser, async (page) => {
        await page.goto(server.origin + '/isolated/blank.html');
        const w = await startWorker(page, `/isolated/peers/${e.adapter}.warm.js`, e.worker);
        const t0 = Date.now();
        await w.call('load', { model: modelUrl(e), threads: e.threads });
        const crops = ref.map((r) => r.crop);
        await page.evaluate(() => crossOriginIsolated).then((x) => { if (!x) throw Error('not isolated'); });
        // crops as arrays pass JSON; give them once
        const probs = await w.handle.evaluate((w, crops) => w.call('check', { crops: crops.map((c) => Uint8Array.from(c)) }).then((ps) => ps.map((p) => [...p])), crops.map((c) => [...c]));
        const bad = ref.map((r, i) => disagreement(e.precision, r.name, probs[i], r.prob)).filter(Boolean);
        if (load == 0) {
          console.log(e.id, bad.length ? bad : 'agrees', Math.max(...ref.flatMap((r, i) => probs[i].map((p, k) => Math.abs(p - r.prob[k])))));
        }
        console.log('checked', Date.now()-t0); const times = await w.call('time', { warmMs: 1500, ms: 2000, runs: 20 });
        console.log('timed', Date.now()-t0); const mem = await w.call('memory');
        const ua = e.threads > 1 ? NaN : await page.evaluate(() => performance.measureUserAgentSpecificMemory().then((m) => m.bytes));
        console.log('ua', Date.now()-t0); const rss = await peakResident(browser, page);
        R.get(e).loads.push({ median: median(times), p95: quantile(times, 0.95) });
        console.log(Date.now()-t0, load, e.id, 'median', median(times).toFixed(2), 'p95', quantile(times, 0.95).toFixed(2), 'wasm MB', (mem / 1e6).toFixed(1), 'ua', (ua / 1e6).toFixed(1), 'rss', (rss / 1e6).toFixed(1));
      });
      if (e.threads === 1) {
        await idle(options.quick ? 1500 : 60000, console.log);
        server.sent = [];
        await freshPage(browser, async (page) => {
          await page.goto(`${server.origin}/cold/${e.id}.html`);
          const a = await page.evaluate(() => globalThis.answer);
          const b = server.sent.filter((s) => !s.path.startsWith('/pictures'));
          R.get(e).cold.push(a.ms);
          console.log(load, e.id, 'cold', a.ms.toFixed(0), 'loaded', a.loaded.toFixed(0), a.top, a.probability.toFixed(3), b.reduce((s, x) => s + x.bytes, 0), load ? '' : JSON.stringify(b));
        });
      }
    } catch (x) {
      console.log(e.id, 'FAILED', x.message);
    }
  }
}
for (const [e, r] of R) console.log(e.id.padEnd(16), 'median of loads', median(r.loads.map((l) => l.median)).toFixed(2), 'cold', r.cold.length ? median(r.cold).toFixed(0) : '');
await browser.close();
server.close();
