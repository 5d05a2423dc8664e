// What the bench says must be true: its statistics, its check of the engines, its count of bytes, its readers.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { readNpz } from '../npz.mjs';
import { report } from '../report.mjs';
import { Server } from '../server.mjs';
import { disagreement, median, quantile } from '../stats.mjs';
import { draw } from '../svg.mjs';

test('median and quantile', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.equal(median([10, 9, 100]), 10); // by value, not as text
  assert.equal(quantile(Array.from({ length: 100 }, (_, i) => i + 1), 0.95), 95);
  assert.equal(quantile([7], 0.95), 7);
});

test('an engine that computes another network is found out', () => {
  const expected = Float32Array.from({ length: 1000 }, (_, i) => (i === 282 ? 0.54 : i === 285 ? 0.27 : i === 281 ? 0.18 : 1e-5));
  const like = (changes) => Object.assign(Float32Array.from(expected), changes);
  assert.equal(disagreement('f32', 'cat', like({ 282: 0.5405 }), expected), undefined);
  assert.match(disagreement('f32', 'cat', like({ 282: 0.542 }), expected), /class 282/);
  assert.match(disagreement('f32', 'cat', like({ 7: NaN }), expected), /class 7/);
  assert.match(disagreement('f32', 'cat', like({ 999: 0.2 }), expected), /class 999/);
  assert.equal(disagreement('int8', 'cat', like({ 282: 0.4, 285: 0.41 }), expected), undefined);
  assert.match(disagreement('int8', 'cat', like({ 282: 0.95 }), expected), /comes first with 0\.9/);
  assert.match(disagreement('int8', 'cat', like({ 7: 0.6 }), expected), /class 7/);
  assert.match(disagreement('int8', 'cat', new Float32Array(1000).fill(NaN), expected), /comes first/);
});

test('the server counts the bytes it sends, and isolates where it should', async () => {
  const server = new Server();
  const text = 'squeeze '.repeat(1000);
  server.add('/a.js', text);
  server.add('/noise.bin', Buffer.from([1, 2, 3]));
  await server.listen();
  const ask = (path) => new Promise((resolve, reject) => get(server.origin + path, (res) => {
    const chunks = [];
    res.on('data', (c) => chunks.push(c)).on('end', () => resolve({ ...res, headers: res.headers, statusCode: res.statusCode, body: Buffer.concat(chunks) }));
  }).on('error', reject));
  try {
    const a = await ask('/a.js');
    assert.equal(gunzipSync(a.body).toString(), text);
    assert.equal(a.headers['cross-origin-opener-policy'], 'unsafe-none');
    assert.equal((await ask('/isolated/a.js')).headers['cross-origin-opener-policy'], 'same-origin');
    assert.deepEqual([...(await ask('/noise.bin')).body], [1, 2, 3]); // gzip would make it longer
    assert.equal((await ask('/none')).statusCode, 404);
    assert.deepEqual(server.sent, [
      { path: '/a.js', bytes: a.body.length }, { path: '/a.js', bytes: a.body.length }, { path: '/noise.bin', bytes: 3 }, { path: '/none', bytes: 0, missing: true },
    ]);
  } finally {
    server.close();
  }
});

test('npz: what NumPy wrote', (t) => {
  const outputs = new URL('../../../shared/ref/pictures/expected_outputs.npz', import.meta.url).pathname;
  if (!existsSync(outputs)) {
    if (process.env.SQUEEZENET_NEED_SHARED === '1') assert.fail(`${outputs} is missing`);
    return t.skip('../shared/ref is not here');
  }
  const { shape, data } = readNpz(outputs).get('chelsea.png/prob');
  assert.deepEqual(shape, [1, 1000]);
  assert.equal(data.indexOf(Math.max(...data)), 282);
  assert.ok(Math.abs(data[282] - 0.53749) < 1e-5);
});

test('npz: what is none is named', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'bench-')), 'page.npz');
  writeFileSync(path, '<!doctype html>'.repeat(10));
  assert.throws(() => readNpz(path), /page\.npz: no end of a ZIP directory/);
});

test('report and picture of a result', () => {
  const row = (id, name, precision, ms, ours = false) => ({
    id, name, precision, threads: 1, ours, variant: ours ? 'relaxed-dot' : undefined, ms, p95: 1.5 * ms, best: ms, loads: [ms],
    memory: { wasm: 2e7, resident: 2e8 }, bytes: 1e6, loaded: ms, files: [],
  });
  const rows = [row('ours-int8-dot', 'this project', 'int8', 4, true), row('litert-int8', 'LiteRT.js', 'int8', 8), row('ort-f32', 'a <peer> & co', 'f32', 20)];
  const result = {
    date: '2026-01-01T00:00:00Z', minutes: 1, machine: { processor: 'P', cores: 2, instructions: [], platform: 'x' }, browser: 'Chrome/1',
    versions: {}, settings: { loads: 1 }, chosen: { 'relaxed-dot': 5 }, warm: rows, cold: rows, notes: ['a note'],
  };
  const line = report(result).split('\n').find((l) => l.startsWith('this project, relaxed-dot'));
  assert.match(line, /4\.00 +6\.00 +4\.00 +0\.50 +0\.20 +20\.0 +200\.0/);
  assert.match(report(result), /- a note/);
  const svg = draw(result);
  assert.match(svg, /a &lt;peer&gt; &amp; co, float32/);
  assert.doesNotMatch(svg, /NaN|undefined/);
});
