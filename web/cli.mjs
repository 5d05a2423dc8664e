#!/usr/bin/env node
// The package's command: pictures in, a line of JSON each out, in the input's order. What is read ahead is
// bounded, so that millions of lines take no more memory than a hundred.
import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';

import { load } from './squeezenet.mjs';

const usage = `usage: squeezenet [options] FILE|FOLDER|URL ...
       squeezenet [options] < LINES

Names the likeliest of ImageNet's 1000 classes of pictures: JPEG, PNG, GIF, WebP, BMP and TIFF.
A folder stands for the pictures below it, each folder's own before those of the folders in it. Standard input (also given as -) is one picture, or lines,
each a path or an address, or JSON with "path", "url" or "data" (base64). What else such a line of JSON
has, as an "id", is in its answer too.

  --top K           how many classes (5)
  --threshold P     leave out what is less probable (0)
  --classes C       consider only these: an index, a WordNet id or a name; may be given more than once,
                    indices and ids also with commas between them
  --crop HOW        squash, center or fit: how a picture meets the square input
  --precision P     int8 (the default) or float32
  --model FILE      a model file (.sqz) of your own
  --workers N       how many to compute with (${workersByDefault()}: this machine's cores, at most 8)
  --json, --text    a line of JSON for each picture (the default unless a terminal reads it), or text
  --fail-fast       stop at the first picture that fails
  --help, --version

A line of JSON has "predictions", or "error" with "code" and "message". The exit code is 0, 1 if a
picture failed, 2 if nothing could begin, 130 after an interrupt.
`;

/** @typedef {Record<string, unknown>} Entry what the answer's line begins with: {path}, or the line of JSON */
/** @typedef {{entry: Entry, source?: import('./squeezenet.mjs').Source, error?: unknown}} Input */

const pictureNames = ['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.gif', '.webp', '.bmp', '.tif', '.tiff'];

/** Longest line: a picture of 150 MB in base64. */
const longestLine = 200e6;

function workersByDefault() {
  return Math.min(8, availableParallelism());
}

/** An error of the command line itself. */
class UsageError extends Error {}

/** @param {string | undefined} text @param {string} name @param {number} least @param {number} most @param {boolean} [whole] */
function number(text, name, least, most, whole = true) {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    throw new UsageError(`--${name} ${text}: ${whole ? 'a whole number' : 'a number'} from ${least}${most === Infinity ? '' : ` to ${most}`} was expected`);
  }
  return value;
}

/** @template {string} T @param {string | undefined} text @param {string} name @param {T[]} choices */
function choice(text, name, choices) {
  if (text !== undefined && !choices.includes(/** @type {T} */ (text))) throw new UsageError(`--${name} ${text}: it may be ${choices.join(', ')}`);
  return /** @type {T | undefined} */ (text);
}

function readOptions() {
  const text = /** @type {const} */ ({ type: 'string' });
  const flag = /** @type {const} */ ({ type: 'boolean' });
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        top: text, threshold: text, classes: { ...text, multiple: true }, crop: text, precision: text, model: text, workers: text,
        json: flag, text: flag, 'fail-fast': flag, help: { ...flag, short: 'h' }, version: flag,
      },
    });
  } catch (e) {
    throw new UsageError(/** @type {Error} */ (e).message);
  }
  const { values, positionals } = parsed;
  if (values.json && values.text) throw new UsageError('--json and --text: only one of them');
  const classes = values.classes?.flatMap((c) => (/^\s*(\d+|n\d{8})\s*(,\s*(\d+|n\d{8})\s*)*$/.test(c) ? c.split(',') : [c]))
    .map((c) => (/^\s*\d+\s*$/.test(c) ? Number(c) : c.trim()));
  return {
    files: positionals,
    help: values.help, version: values.version, failFast: values['fail-fast'],
    json: values.json || !(values.text || process.stdout.isTTY),
    workers: number(values.workers, 'workers', 1, 64) ?? workersByDefault(),
    load: { precision: choice(values.precision, 'precision', ['int8', 'float32']), model: values.model },
    classify: {
      topK: number(values.top, 'top', 1, Infinity) ?? 5,
      threshold: number(values.threshold, 'threshold', 0, 1, false) ?? 0,
      crop: choice(values.crop, 'crop', ['squash', 'center', 'fit']),
      classes,
    },
  };
}

/** @param {string[]} files @returns {AsyncGenerator<Input>} */
async function* inputs(files) {
  for (const path of files) {
    if (path === '-') {
      yield* fromStdin();
    } else if (!isAddress(path) && (await stat(path).catch(() => null))?.isDirectory()) {
      yield* below(path);
    } else {
      yield { entry: { path }, source: path };
    }
  }
}

/** @param {string} text */
const isAddress = (text) => /^(https?|file|data|blob):/.test(text);

/** The pictures below a folder, by name. @param {string} folder @returns {AsyncGenerator<Input>} */
async function* below(folder) {
  let found = false;
  const folders = [folder];
  for (let next; (next = folders.pop()) !== undefined;) {
    const within = next;
    const entries = await readdir(within, { withFileTypes: true }).catch((error) => /** @type {Error} */ (error));
    if (entries instanceof Error) {
      found = true;
      yield { entry: { path: within }, error: entries };
      continue;
    }
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const path = join(within, entry.name);
      if (entry.isDirectory() || !pictureNames.includes(extname(path).toLowerCase())) continue;
      found = true;
      yield { entry: { path }, source: path };
    }
    folders.push(...entries.filter((e) => e.isDirectory()).map((e) => join(within, e.name)).reverse());
  }
  if (!found) yield { entry: { path: folder }, error: new Error(`No file below the folder ${folder} ends like a picture (${pictureNames.join(', ')}).`) };
}

/** @returns {AsyncGenerator<Input>} */
async function* fromStdin() {
  const chunks = process.stdin[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  async function* all() {
    yield first.value;
    for (let next; !(next = await chunks.next()).done;) yield next.value;
  }
  if (first.value.includes(0)) { // no path and no JSON has a zero byte: it is a picture
    const parts = [];
    for await (const part of all()) parts.push(part);
    yield { entry: { path: '-' }, source: Buffer.concat(parts) };
    return;
  }
  let number = 0;
  for await (const line of lines(all())) {
    number++;
    if (line === null) yield { entry: { line: number }, error: new Error(`The line has more than ${longestLine / 1e6} MB. Give the picture's path instead.`) };
    else if (line.trim()) yield fromLine(line, number);
  }
}

/** The lines of a stream, without their ends; null for one that is too long. @param {AsyncIterable<Buffer>} chunks */
async function* lines(chunks) {
  /** @type {Buffer[]} */ let parts = [];
  let size = 0;
  const add = (/** @type {Buffer} */ part) => {
    size += part.length;
    if (size <= longestLine) parts.push(part);
    else parts = [];
  };
  const take = () => {
    const line = size > longestLine ? null : Buffer.concat(parts).toString().replace(/^\ufeff|\r$/g, '');
    parts = [], size = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end; (end = chunk.indexOf(10, from)) >= 0; from = end + 1) {
      add(chunk.subarray(from, end));
      yield take();
    }
    add(chunk.subarray(from));
  }
  if (size > 0) yield take();
}

/** @param {string} line @param {number} number @returns {Input} */
function fromLine(line, number) {
  if (!line.trimStart().startsWith('{')) return { entry: { path: line }, source: line };
  let entry;
  try {
    entry = JSON.parse(line);
  } catch (e) {
    return { entry: { line: number }, error: new Error(`Line ${number} begins like JSON, and is none (${/** @type {Error} */ (e).message}).`) };
  }
  const { data, predictions, error, ...rest } = entry; // the answer has its own of the last two
  const given = ['path', 'url', 'data'].filter((name) => entry[name] !== undefined);
  try {
    if (given.length !== 1) throw new Error(`Line ${number} has ${given.length ? given.map((name) => `"${name}"`).join(' and ') : 'no picture'}; one of "path", "url" and "data" was expected.`);
    const value = entry[given[0]];
    if (typeof value !== 'string') throw new Error(`Line ${number}: "${given[0]}" is no string.`);
    if (given[0] === 'url') return { entry: rest, source: new URL(value) };
    return { entry: rest, source: given[0] === 'path' || value.startsWith('data:') ? value : Buffer.from(value, 'base64') };
  } catch (e) {
    return { entry: rest, error: e };
  }
}

/** @param {NodeJS.WriteStream} stream @param {string} text */
function write(stream, text) {
  return stream.write(text) ? undefined : new Promise((resolve) => stream.once('drain', resolve));
}

/** @param {unknown} e */
const said = (e) => ({ code: /** @type {any} */ (e)?.code ?? 'failed', message: e instanceof Error ? e.message : String(e) });

/** @param {ReturnType<typeof readOptions>} options @param {AbortSignal} signal @returns {Promise<boolean>} whether every picture had an answer */
async function run({ files, json, workers, failFast, load: loadOptions, classify }, signal) {
  const model = await load({ ...Object.fromEntries(Object.entries(loadOptions).filter(([, value]) => value !== undefined)), workers, signal });
  /** Those on their way, in the order of their answers. @type {Input[]} */
  const waiting = [];
  async function* sources() {
    for await (const input of inputs(files)) {
      waiting.push(input);
      yield input.source ?? '';
    }
  }
  let well = true;
  let printed = 0;
  for await (const answer of model.classifyAll(sources(), { ...classify, concurrency: 2 * workers, signal })) {
    const { entry, error = answer.error } = /** @type {Input} */ (waiting.shift());
    const predictions = answer.predictions ?? [];
    const name = String(entry.path ?? entry.url ?? entry.id ?? `line ${entry.line}`);
    if (json) await write(process.stdout, `${JSON.stringify(error ? { ...entry, error: said(error) } : { ...entry, predictions })}\n`);
    else if (error) await write(process.stderr, `squeezenet: ${name}: ${said(error).message}\n`);
    else await write(process.stdout, `${printed++ ? '\n' : ''}${name}\n${predictions.map(row).join('')}`);
    if (error) {
      well = false;
      if (failFast) break;
    }
  }
  await model.dispose();
  return well;
}

/** @param {import('./squeezenet.mjs').Prediction} prediction */
function row({ index, wnid, className, probability }) {
  return `${(100 * probability).toFixed(2).padStart(7)} %  ${String(index).padStart(4)}  ${wnid.padEnd(9)}  ${className}\n`;
}

async function main() {
  const options = readOptions();
  if (options.help) return void process.stdout.write(usage);
  if (options.version) return void process.stdout.write(`${JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')).version}\n`);
  if (options.files.length === 0) {
    if (process.stdin.isTTY) throw new UsageError('no picture was given');
    options.files.push('-');
  }
  const stop = new AbortController();
  for (const name of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.once(name, () => stop.abort());
  try {
    if (!await run(options, stop.signal)) process.exitCode = 1;
  } catch (e) {
    if (!stop.signal.aborted) throw e;
    process.exitCode = 130;
  }
}

process.stdout.on('error', (e) => {
  if (/** @type {NodeJS.ErrnoException} */ (e).code === 'EPIPE') process.exit(0); // whoever read has enough
  throw e;
});
try {
  await main();
} catch (e) {
  process.stderr.write(`squeezenet: ${said(e).message}${e instanceof UsageError ? '; squeezenet --help lists the options' : ''}\n`);
  process.exitCode = 2;
}
process.stdin.destroy(); // or a pipe that stays open would keep the process
