// The package's command, as a pipe would run it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { cat, read } from './pictures.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const command = `${root}dist/npm/cli.mjs`;
const picture = 'web/pictures/cat.jpg';
const rocket = read('web/pictures/rocket.jpg');
const folder = mkdtempSync(join(tmpdir(), 'squeezenet-cli-'));
after(() => rmSync(folder, { recursive: true }));

/** @param {string[]} args @param {string | Uint8Array} [input] @returns {Promise<{code: number | null, out: string, err: string, lines: any[]}>} */
function squeezenet(args, input) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...args], { cwd: root });
    let out = '', err = '';
    child.stdout.on('data', (d) => (out += d));
    child.stderr.on('data', (d) => (err += d));
    child.stdin.on('error', () => {}); // it may end before it has read everything
    child.stdin.end(input);
    child.on('close', (code) => resolve({
      code, out, err,
      get lines() {
        return out.split('\n').filter(Boolean).map((line) => JSON.parse(line));
      },
    }));
  });
}

test('files and folders, in their order', async () => {
  mkdirSync(join(folder, 'in', 'deep'), { recursive: true });
  for (const name of ['b.jpg', 'a.JPG', 'deep/c.jpg']) writeFileSync(join(folder, 'in', name), cat);
  writeFileSync(join(folder, 'in', 'notes.txt'), 'no picture');
  const { code, lines, err } = await squeezenet([picture, join(folder, 'in'), 'web/pictures/rocket.jpg']);
  assert.equal(code, 0, err);
  assert.deepEqual(lines.map((l) => l.path), [picture, ...['a.JPG', 'b.jpg', 'deep/c.jpg'].map((n) => join(folder, 'in', n)), 'web/pictures/rocket.jpg']);
  assert.equal(lines[0].predictions.length, 5);
  assert.match(lines[0].predictions[0].className, /cat/);
  assert.deepEqual(Object.keys(lines[0].predictions[0]), ['index', 'wnid', 'className', 'probability']);
  assert.deepEqual(lines[1].predictions, lines[0].predictions);
});

test('lines in, a line each out: paths and JSON, good and bad, with what they brought', async () => {
  const { code, lines } = await squeezenet(['--top', '1', '--workers', '2'], [
    picture,
    JSON.stringify({ id: 7, data: Buffer.from(rocket).toString('base64'), note: { kept: true } }),
    '',
    'nowhere.jpg',
    '{"path": ',
    '{"id": 8}',
    '{"id": 9, "path": "a.jpg", "url": "b.jpg"}',
    '{"id": 10, "path": 3}',
    '{"id": 11, "url": "no address"}',
    JSON.stringify({ id: 12, data: Buffer.from('only words').toString('base64') }),
    JSON.stringify({ id: 13, url: `data:image/jpeg;base64,${Buffer.from(rocket).toString('base64')}` }),
    `${picture}\r`,
  ].join('\n'));
  assert.equal(code, 1);
  assert.equal(lines.length, 11);
  const [first, second, missing, broken, none, both, odd, address, words, data, last] = lines;
  assert.equal(first.path, picture);
  assert.deepEqual([second.id, second.note, second.predictions.length, 'data' in second], [7, { kept: true }, 1, false]);
  assert.deepEqual([missing.path, missing.error.code], ['nowhere.jpg', 'picture-missing']);
  assert.match(broken.error.message, /Line 5 begins like JSON/);
  assert.match(none.error.message, /no picture.*"path", "url" and "data"/);
  assert.match(both.error.message, /"path" and "url"/);
  assert.match(odd.error.message, /"path" is no string/);
  assert.deepEqual([address.id, Boolean(address.error)], [11, true]);
  assert.deepEqual([words.id, words.error.code], [12, 'picture-not-decoded']);
  assert.deepEqual(data.predictions, second.predictions);
  assert.deepEqual(last, first);
});

test('one picture from standard input', async () => {
  const { code, lines } = await squeezenet(['-'], cat);
  assert.equal(code, 0);
  assert.equal(lines[0].path, '-');
  assert.match(lines[0].predictions[0].className, /cat/);
});

test('text: a table, with errors apart', async () => {
  const { code, out, err } = await squeezenet(['--text', '--top', '2', picture, 'nowhere.jpg']);
  assert.equal(code, 1);
  assert.match(out, /^web\/pictures\/cat\.jpg\n +\d+\.\d\d % +\d+ +n\d{8} +.*cat.*\n.*\n$/);
  assert.match(err, /^squeezenet: nowhere\.jpg: /);
});

test('options reach the model', async () => {
  const one = async (/** @type {string[]} */ ...args) => (await squeezenet([...args, picture])).lines[0].predictions;
  const all = await one();
  assert.deepEqual((await one('--classes', '281,n02124075', '--classes', 'lynx, catamount')).map((/** @type {any} */ p) => p.index), [285, 281, 287]);
  assert.ok((await one('--threshold', '0.3')).every((/** @type {any} */ p) => p.probability >= 0.3));
  assert.notDeepEqual(await one('--precision', 'float32'), all);
  assert.notDeepEqual(await one('--crop', 'fit'), all);
  assert.deepEqual(await one('--model', 'weights/shipped/squeezenet1_1.sqz'), all);
});

test('--fail-fast stops at the first that fails', async () => {
  const { code, lines } = await squeezenet(['--fail-fast', picture, 'nowhere.jpg', picture]);
  assert.equal(code, 1);
  assert.equal(lines.length, 2);
});

test('wrong uses are said, and end with 2', async () => {
  for (const [args, says] of /** @type {[string[], RegExp][]} */ ([
    [['--top', '0', picture], /--top 0: a whole number from 1/],
    [['--threshold', '2', picture], /--threshold 2: a number from 0 to 1/],
    [['--crop', 'round', picture], /squash, center, fit/],
    [['--precision', 'int4', picture], /int8, float32/],
    [['--nonsense', picture], /--nonsense/],
    [['--json', '--text', picture], /only one/],
    [['--classes', 'no such class', picture], /no such class/],
    [['--model', 'nowhere.sqz', picture], /nowhere\.sqz/],
  ])) {
    const { code, out, err } = await squeezenet(args);
    assert.equal(code, 2, `${args}: ${err}${out}`);
    assert.match(err, says);
    assert.equal(out, '');
  }
});

test('--help', async () => {
  const { code, out } = await squeezenet(['--help']);
  assert.equal(code, 0);
  assert.match(out, /usage: squeezenet.*--workers N/s);
});

test('whoever reads may stop reading', async () => {
  const child = spawn('sh', ['-c', `yes ${picture} | ${process.execPath} ${command} 2>&1 | head -n 3`], { cwd: root });
  let out = '';
  child.stdout.on('data', (d) => (out += d));
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 0);
  assert.equal(out.trim().split('\n').length, 3);
  assert.doesNotMatch(out, /EPIPE/);
});

test('an endless input takes bounded memory, and an interrupt ends it', { timeout: 60000 }, async () => {
  const child = spawn(process.execPath, ['--expose-gc', command, '--top', '1', '--workers', '2'], { cwd: root });
  let answers = 0, ahead = 0, fed = 0;
  child.stdout.on('data', (d) => (answers += String(d).split('\n').length - 1));
  child.stdin.on('error', () => {});
  // The input is offered as fast as it is taken: what is taken and not answered is what is held.
  const line = `${JSON.stringify({ data: Buffer.from(rocket).toString('base64') })}\n`;
  const feed = () => {
    while (child.exitCode === null && child.stdin.write(line)) fed++;
    fed++;
  };
  child.stdin.on('drain', feed);
  feed();
  while (answers < 200) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    ahead = Math.max(ahead, fed - answers);
  }
  child.kill('SIGINT');
  const code = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(code, 130);
  assert.ok(ahead < 60, `${ahead} pictures were taken ahead of their answers`);
});
