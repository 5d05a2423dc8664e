// The public module in real browsers, in pages of its user's own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch } from './browsers.mjs';
import { bad, cat, chelsea, png } from './pictures.mjs';
import { serve } from './server.mjs';

/** @typedef {typeof import('../web/squeezenet.mjs')} Module */

const root = fileURLToPath(new URL('../', import.meta.url));
const base64 = (/** @type {Uint8Array} */ bytes) => Buffer.from(bytes).toString('base64');
const samples = ['cat', 'coffee', 'flower', 'rocket', 'temple'].map((name) => base64(readFileSync(`${root}web/pictures/${name}.jpg`)));

/** What every page of these tests has. */
const tools = `
  const blob = (text, type = '') => new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], { type });
  const code = (promise) => promise.then((value) => 'answered ' + JSON.stringify(value)?.slice(0, 80), (e) => (e.code === undefined || e instanceof DOMException ? e.name : e.code) + ': ' + e.message);
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const paint = async (text) => { // a picture on a canvas
    const bitmap = await createImageBitmap(blob(text), { colorSpaceConversion: 'none' });
    const canvas = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height });
    const context = canvas.getContext('2d');
    context.drawImage(bitmap, 0, 0);
    return { canvas, context, bitmap };
  };
  const camera = async (text) => { // a video of it that goes on for ever
    const { canvas, context, bitmap } = await paint(text);
    const stream = canvas.captureStream(30);
    let frames = 0;
    const timer = setInterval(() => { context.drawImage(bitmap, 0, 0); context.fillRect(frames++ % 9, 0, 1, 1); }, 33);
    const video = Object.assign(document.createElement('video'), { srcObject: stream, muted: true });
    await video.play();
    return { video, stream, canvas, end: () => clearInterval(timer) };
  };
`;

for (const name of /** @type {const} */ (['chromium', 'firefox'])) {
  describe(name, { timeout: 240000 }, () => {
    /** @type {Awaited<ReturnType<typeof launch>>} */ let browser;
    /** @type {Awaited<ReturnType<typeof serve>>} */ let site;
    /** @type {Awaited<ReturnType<typeof serve>>} */ let cdn;

    before(async () => {
      site = await serve(`${root}dist`);
      cdn = await serve(`${root}dist`, { cors: true });
      browser = await launch(name);
    });
    after(async () => {
      await browser?.close();
      await site?.close();
      await cdn?.close();
    });

    /**
     * Runs a function in a fresh page of the site that is not the app, with the module and the tools.
     * @param {(module: Module, tools: any, ...args: any[]) => Promise<any>} f @param {any[]} args
     * @returns {Promise<any>}
     */
    async function inPage(f, ...args) {
      const page = await browser.newPage();
      try {
        await page.goto(`${site.url}LICENSES.txt`);
        return await page.evaluate(`(async () => {
          ${tools}
          return (${f})(await import('${site.url}squeezenet.mjs'), { blob, code, sleep, paint, camera }, ...${JSON.stringify(args)});
        })()`);
      } finally {
        await page.close();
      }
    }

    test('every kind of source gives the same answer, whatever becomes of it after the call', async () => {
      const wrong = await inPage(async ({ load }, { blob, camera, paint }, picture) => {
        const model = await load();
        const { canvas, context } = await paint(picture);
        const film = await camera(picture);
        const file = blob(picture, 'image/png');
        const offscreen = new OffscreenCanvas(canvas.width, canvas.height);
        /** @type {any} */ (offscreen.getContext('2d')).drawImage(canvas, 0, 0);
        const image = new Image();
        image.src = URL.createObjectURL(file);
        await image.decode();
        const svg = new Image();
        svg.src = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="${canvas.width}" height="${canvas.height}"><image width="100%" height="100%" href="data:image/png;base64,${picture}"/></svg>`)}`;
        await svg.decode();
        const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
        const bitmap = await createImageBitmap(file);
        const frame = new VideoFrame(canvas, { timestamp: 0 });
        const bytes = new Uint8Array(await file.arrayBuffer());
        const sources = {
          file, blob: blob(picture), bytes, buffer: bytes.slice().buffer, image, svg, canvas, offscreen, pixels, bitmap, frame,
          plain: { data: new Uint8Array(pixels.data), width: pixels.width, height: pixels.height },
          address: image.src, url: new URL(image.src), data: `data:image/png;base64,${picture}`, video: film.video,
        };
        const [want] = await model.classify(file, 1);
        const calls = Object.entries(sources).map(([name, source]) => ({ name, call: model.classify(/** @type {any} */ (source), 1) }));
        // all of these are changed before their turn has come
        film.end();
        film.video.srcObject = null;
        bitmap.close();
        frame.close();
        context.clearRect(0, 0, canvas.width, canvas.height);
        pixels.data.fill(0);
        bytes.fill(0);
        structuredClone(sources.buffer, { transfer: [sources.buffer] });
        const wrong = [];
        for (const { name, call } of calls) {
          const [best] = await call;
          if (best.index !== want.index || Math.abs(best.probability - want.probability) > (name === 'video' ? 0.3 : 0.1)) wrong.push(`${name}: ${best.className} ${best.probability} for ${want.probability}`);
        }
        return wrong;
      }, base64(chelsea));
      assert.deepEqual(wrong, []);
    });

    test('what is no picture is refused with a sentence that says what to do', async () => {
      const said = await inPage(async ({ load }, { blob, code, paint }, picture, elsewhere) => {
        const model = await load();
        const { canvas, bitmap, context } = await paint(picture);
        const frame = new VideoFrame(canvas, { timestamp: 0 });
        frame.close();
        bitmap.close();
        const detached = new Uint8Array(9), pixels = context.getImageData(0, 0, 4, 4);
        structuredClone(0, { transfer: [detached.buffer, pixels.data.buffer] });
        const tainted = new Image();
        tainted.src = elsewhere;
        await tainted.decode();
        const stained = document.createElement('canvas');
        stained.width = stained.height = 8;
        /** @type {any} */ (stained.getContext('2d')).drawImage(tainted, 0, 0);
        const heic = blob(btoa('\0\0\0\x18ftypheic\0\0\0\0mif1heic'));
        const broken = new Image();
        broken.src = URL.createObjectURL(heic);
        await broken.decode().catch(() => {});
        const svg = new Blob(['<svg xmlns="http://www.w3.org/2000/svg"/>'], { type: 'image/svg+xml' });
        /** @type {Record<string, any>} */ const sources = {
          null: null, number: 7, object: {}, element: document.createElement('p'), short: { data: new Uint8Array(5), width: 2, height: 2 },
          frame, bitmap, detached, pixels, tainted, stained, heic, heicUrl: broken.src, broken, svg,
          zero: Object.assign(document.createElement('canvas'), { width: 0 }), offscreen: new OffscreenCanvas(0, 5),
          video: document.createElement('video'), image: new Image(), missing: 'no-such-picture.jpg', foreign: elsewhere, nowhere: 'http://127.0.0.1:1/x.png', data: 'data:image/png;base64,AAAA',
        };
        /** @type {Record<string, string>} */ const said = {};
        for (const [name, source] of Object.entries(sources)) said[name] = await code(model.classify(source));
        said.after = await code(model.classify(canvas, 1));
        return said;
      }, base64(cat), `${(await serveOnce()).url}pictures/cat.jpg`);
      const expected = /** @type {Record<string, RegExp>} */ ({
        null: /^bad-source: .*Null/, number: /^bad-source: .*Number/, object: /^bad-source: .*Object/, element: /^bad-source: .*HTMLParagraph/, short: /^bad-source: .*16 bytes/,
        frame: /^picture-not-decoded: .*VideoFrame.*closed.*copy/, bitmap: /^picture-not-decoded: .*closed/, detached: /^picture-not-decoded: .*transferred away/, pixels: /^bad-source: .*(transferred away|detached)/,
        tainted: /^picture-tainted: .*crossorigin="anonymous"/, stained: /^picture-tainted: .*crossorigin="anonymous"/,
        heic: /^picture-not-decoded: .*HEIC.*Safari/, heicUrl: /^picture-not-decoded: .*HEIC.*Safari/, broken: /^picture-not-decoded: .*decode\(\)/, svg: /^picture-not-decoded: .*SVG.*<img>/,
        zero: /^picture-not-decoded: .*width or height is 0/, offscreen: /^picture-not-decoded: .*width or height is 0/, video: /^picture-not-decoded: .*loadeddata/, image: /^picture-not-decoded: .*decode\(\)/,
        missing: /^picture-missing: .*404/, foreign: /^picture-missing: .*another site's server/, nowhere: /^picture-missing: .*(connection)/, data: /^picture-not-decoded: .*JPEG, PNG/, after: /^answered/,
      });
      assert.deepEqual(Object.keys(said).sort(), Object.keys(expected).sort());
      for (const [name, says] of Object.entries(expected)) assert.match(said[name], says, name);
    });

    /** Another origin that lets nobody read it. @type {Awaited<ReturnType<typeof serve>> | undefined} */ let other;
    const serveOnce = async () => (other ??= await serve(`${root}dist`));
    after(() => other?.close());

    test('only the classes that are asked for, and above the threshold', async () => {
      const { all, byName, few, sure, said } = await inPage(async ({ load }, { blob, code }, picture) => {
        const model = await load();
        const file = blob(picture);
        const all = await model.classify(file, 1000);
        const names = await model.classNames();
        return {
          all,
          byName: await model.classify(file, { classes: ['Persian cat', names[282].wnid.toUpperCase(), 285, 'crane'], topK: 10 }),
          few: await model.classify(file, { topK: 3, classes: [1, 2, 3, 4, 5] }),
          sure: await model.classify(file, { topK: 1000, threshold: 0.05 }),
          said: [await code(model.classify(file, { classes: ['unicorn'] })), await code(model.classify(file, { classes: [] })), await code(model.classify(file, { classes: [1000] })),
            await code(model.classify(file, { threshold: 2 })), await code(model.classify(file, 1001))],
        };
      }, base64(cat));
      const probability = new Map(all.map((/** @type {any} */ p) => [p.index, p.probability]));
      assert.deepEqual(new Set(byName.map((/** @type {any} */ p) => p.index)), new Set([283, 282, 285, 134, 517]), 'crane is a bird and a machine');
      for (const p of [...byName, ...few]) assert.equal(p.probability, probability.get(p.index));
      assert.equal(few.length, 3);
      assert.ok(few.every((/** @type {any} */ p, /** @type {number} */ i) => p.index <= 5 && (i === 0 || p.probability <= few[i - 1].probability)));
      assert.deepEqual(sure, all.filter((/** @type {any} */ p) => p.probability >= 0.05));
      assert.ok(sure.length > 0 && sure.length < 20);
      for (const [i, says] of [/unicorn.*classNames\(\)/, /empty/, /1000.*0 to 999/, /threshold is 2/, /1 to 1000/].entries()) assert.match(said[i], says);
    });

    test('a class\'s image covers the map\'s region, white, as strong as the map at its largest', async () => {
      const { image, white, most, width, height, again } = await inPage(async ({ load }, { blob }, picture) => {
        const model = await load();
        const { image, data, width, height } = await model.classMap(blob(picture), 282);
        const alpha = image.data.filter((_, i) => i % 4 === 3);
        return {
          image: [image instanceof ImageData, image.width, image.height], white: image.data.every((v, i) => i % 4 === 3 || v === 255),
          most: alpha.reduce((a, b) => Math.max(a, b)), width, height, again: alpha.some((a) => a === 0) || Math.max(...data) > 0,
        };
      }, base64(cat));
      assert.equal(image[0], true);
      assert.ok(image[1] > 4 * width && image[2] > 4 * height, `${image} for a map of ${width} x ${height}`);
      assert.ok(white && again);
      assert.ok(most >= 200, `alpha reaches ${most}`);
    });

    test('calls that wait start more workers, up to the number; memory of a picture is each one\'s own', async () => {
      const { started, times, equal } = await inPage(async ({ load }, { blob, sleep }, pictures) => {
        let started = 0;
        const { Worker } = globalThis;
        globalThis.Worker = /** @type {any} */ (class extends Worker {
          /** @param {any[]} args */
          constructor(...args) {
            super(.../** @type {[any]} */ (args));
            started++;
          }
        });
        const counts = [];
        const model = await load({ workers: 3 });
        const files = pictures.map((/** @type {string} */ p) => blob(p));
        const want = /** @type {any[]} */ ([]);
        for (const file of files) want.push(await model.classify(file));
        counts.push(started); // one after the other need one
        const one = model.info().memory;
        const got = await Promise.all([...files, ...files, ...files].map((file) => model.classify(file)));
        counts.push(started);
        const equal = got.every((p, i) => JSON.stringify(p) === JSON.stringify(want[i % files.length]));
        while (model.info().memory < 2.5 * one) await sleep(20); // the last may have started too late for these
        // each worker holds its last picture: a map of it needs no second run
        await Promise.all(files.slice(0, 3).map((/** @type {Blob} */ file) => model.classify(file)));
        const times = [];
        for (const file of files.slice(0, 3)) {
          await model.classMap(file, 1);
          times.push(model.info().times?.network);
        }
        await model.dispose();
        return { started: counts, times, equal };
      }, samples);
      assert.deepEqual(started, [1, 3]);
      assert.equal(equal, true);
      assert.deepEqual(times, [0, 0, 0]);
    });

    test('a worker that dies is replaced, and the calls are answered: idle, at work, and waiting', async () => {
      const { answers, started, canvas } = await inPage(async ({ load }, { blob, code, paint, sleep }, pictures, large) => {
        /** @type {Worker[]} */ const all = [];
        const { Worker } = globalThis;
        globalThis.Worker = /** @type {any} */ (class extends Worker {
          /** @param {any[]} args */
          constructor(...args) {
            super(.../** @type {[any]} */ (args));
            all.push(this);
          }
        });
        const model = await load();
        const files = pictures.map((/** @type {string} */ p) => blob(p));
        all[0].terminate();
        const answers = [await code(model.classify(files[0], 1))];
        const { canvas, context } = await paint(pictures[0]);
        const calls = [blob(large), ...files].map((/** @type {Blob} */ f) => model.classify(f, 1)); // the first is long at work
        calls.push(model.classify(context.getImageData(0, 0, 50, 50), 1), model.classify(pictures[0] && canvas, 1));
        await sleep(0);
        all[1].terminate();
        for (const call of calls) answers.push(await code(call));
        const last = model.classify(canvas, 1); // its copy went with the worker, and the canvas may change
        await sleep(3);
        all[2].terminate();
        const said = await code(last);
        await sleep(500); // a canvas that was sent to a worker whose end is not yet known is lost with it
        return { answers, started: all.length, canvas: [said, await code(model.classify(canvas, 1))] };
      }, samples, base64(png(6000, 4000)));
      for (const answer of answers) assert.match(answer, /^answered/);
      assert.match(canvas[0], /^(answered|worker-died: .*Ask again)/);
      assert.match(canvas[1], /^answered/);
      assert.ok(started >= 3 && started <= 4, `${started} workers`);
    });

    test('of two workers both die at work: every call is answered', async () => {
      const { answers, started } = await inPage(async ({ load }, { blob, code, sleep }, pictures) => {
        /** @type {Worker[]} */ const all = [];
        const { Worker } = globalThis;
        globalThis.Worker = /** @type {any} */ (class extends Worker {
          /** @param {any[]} args */
          constructor(...args) {
            super(.../** @type {[any]} */ (args));
            all.push(this);
          }
        });
        const model = await load({ workers: 2 });
        const files = [...pictures, ...pictures].map((/** @type {string} */ p) => blob(p));
        while (all.length < 2) await Promise.all(files.map((f) => model.classify(f, 1)));
        const calls = files.map((f) => code(model.classify(f, 1)));
        await sleep(3);
        for (const worker of all) worker.terminate();
        const answers = await Promise.all(calls);
        await model.dispose();
        return { answers, started: all.length };
      }, samples);
      for (const answer of answers) assert.match(answer, /^answered/);
      assert.ok(started <= 5, `${started} workers`);
    });

    test('classifyAll: in order, bad pictures among them, no more at once than asked', async () => {
      const { items, most, told, fatal } = await inPage(async ({ load }, { blob, code }, pictures, words) => {
        const model = await load({ workers: 2 });
        let taken = 0, given = 0, most = 0;
        async function* source() {
          for (let i = 0; i < 12; i++) {
            taken++;
            most = Math.max(most, taken - given);
            yield i === 5 ? blob(words) : i === 7 ? null : blob(pictures[i % pictures.length]);
          }
        }
        const items = [], told = /** @type {any[]} */ ([]);
        for await (const { index, predictions, error, source: given0 } of model.classifyAll(/** @type {any} */ (source()), { topK: 1, concurrency: 3, onProgress: (p) => told.push(p) })) {
          given++;
          items.push([index, error?.code ?? predictions?.[0].index, given0 === null ? 'null' : given0.constructor.name]);
        }
        const alone = /** @type {any[]} */ ([]);
        for (const picture of pictures) alone.push((await model.classify(blob(picture), 1))[0].index);
        const fatal = await code((async () => {
          for await (const _ of model.classifyAll(pictures.map((/** @type {string} */ p) => Promise.resolve(blob(p))), { classes: ['unicorn'] })) throw new Error('it went on');
        })());
        return { items: items.map((item, i) => [...item, alone[i % alone.length]]), most, told, fatal };
      }, samples, base64(bad[0].bytes));
      assert.equal(items.length, 12);
      for (const [i, [index, found, kind, alone]] of items.entries()) {
        assert.equal(index, i);
        assert.equal(found, i === 5 ? 'picture-not-decoded' : i === 7 ? 'bad-source' : alone);
        assert.equal(kind, i === 7 ? 'null' : 'Blob');
      }
      assert.ok(most <= 4, `${most} taken and not given`); // three, and the one that is just asked for
      assert.deepEqual(told.map((/** @type {any} */ t) => t.done), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      assert.equal(told[11].failed, 2);
      assert.match(fatal, /^bad-option: .*unicorn/);
    });

    test('classifyAll: leaving and aborting close the source; aborting answers though the source waits', async () => {
      const { closed, aborted, took, thrown, length } = await inPage(async ({ load }, { blob, code, sleep }, pictures) => {
        const model = await load();
        let closed = 0;
        async function* source(/** @type {number} */ n) {
          try {
            for (let i = 0; i < n; i++) yield blob(pictures[0]);
            await new Promise(() => {}); // for ever
          } finally {
            closed++;
          }
        }
        for await (const { index } of model.classifyAll(source(100))) if (index === 2) break;
        await sleep(50);
        const stop = new AbortController();
        const aborted = code((async () => {
          for await (const _ of model.classifyAll(source(2), { signal: stop.signal }));
        })());
        await sleep(300);
        const began = performance.now();
        stop.abort();
        const said = await aborted;
        const took = performance.now() - began;
        const thrown = await code((async () => {
          for await (const _ of model.classifyAll((function* () {
            yield blob(pictures[0]);
            throw new RangeError('the source is broken');
          })()));
        })());
        /** @type {any[]} */ const told = [];
        for await (const _ of model.classifyAll(pictures.map((/** @type {string} */ p) => blob(p)), { onProgress: (p) => told.push(p.total) }));
        return { closed, aborted: said, took, thrown, length: told };
      }, samples);
      assert.equal(closed, 1);
      assert.match(aborted, /^AbortError/);
      assert.ok(took < 100, `${took} ms`);
      assert.match(thrown, /^RangeError/);
      assert.deepEqual(length, [5, 5, 5, 5, 5]);
    });

    test('classifyVideo: newest frames, one at a time, until it is stopped, aborted or left without frames', async () => {
      const { seen, overlapping, closed, slow, fast, stopped, aborted, ended, thrown, map } = await inPage(async ({ load }, { camera, code, sleep }, picture) => {
        const model = await load();
        const { video, stream, end } = await camera(picture);
        let inside = 0, overlapping = false;
        /** @type {any[]} */ const seen = [];
        /** @type {any} */ let kept, map;
        const first = model.classifyVideo(video, async (predictions, { frame, fps, dropped }) => {
          overlapping ||= inside > 0;
          inside++;
          await sleep(60); // two frames come meanwhile
          map ??= [(await model.classMap(frame, predictions[0].index)).width, model.info().times?.network];
          seen.push([predictions.length, frame.width, fps, dropped]);
          kept = frame;
          inside--;
        }, { topK: 2 });
        await sleep(1200);
        first.stop();
        const count = seen.length;
        const stopped = await code(first.finished);
        await sleep(200);
        const slow = [0];
        const limited = model.classifyVideo(video, () => void slow[0]++, { fps: 5 });
        await sleep(1500);
        limited.stop();
        await limited.finished;
        const stop = new AbortController();
        const aborted = code(model.classifyVideo(video, () => {}, { signal: stop.signal }).finished);
        await sleep(100);
        stop.abort();
        const thrown = await code(model.classifyVideo(video, () => {
          throw new RangeError('the callback is broken');
        }).finished);
        const running = code(model.classifyVideo(video, () => {}).finished);
        await sleep(100);
        for (const track of stream.getTracks()) track.stop();
        const ended = await running;
        end();
        return { seen, overlapping, closed: kept.width, slow: slow[0], fast: seen.length - count, stopped, aborted: await aborted, ended, thrown, map };
      }, base64(cat));
      assert.ok(seen.length >= 3, `${seen.length} frames`);
      assert.equal(overlapping, false);
      assert.equal(closed, 0, 'the frame is closed when the callback has settled');
      for (const [count, width] of seen) assert.deepEqual([count, width], [2, 451]);
      assert.ok(seen.at(-1)[2] > 2 && seen.at(-1)[2] < 17, `${seen.at(-1)[2]} frames a second`);
      assert.ok(seen.at(-1)[3] > 0, 'frames were dropped');
      assert.ok(fast <= 1, 'no callback begins after stop()');
      assert.ok(slow >= 3 && slow <= 9, `${slow} answers in 1.5 s at 5 a second`);
      assert.match(stopped, /^answered/);
      assert.match(aborted, /^AbortError/);
      assert.match(ended, /^camera-ended: .*again/);
      assert.match(thrown, /^RangeError/);
      assert.deepEqual(map, [14, 0], 'the frame\'s map needs no second run');
    });

    test('classifyVideo: a file that ends, one that is damaged, and videos without a picture', async () => {
      const { whole, count, damaged, empty, sound, nothing, wrong } = await inPage(async ({ load }, { camera, code, sleep }, picture) => {
        const model = await load();
        const { stream, end } = await camera(picture);
        const recorder = new MediaRecorder(stream);
        /** @type {Blob[]} */ const parts = [];
        recorder.ondataavailable = ({ data }) => parts.push(data);
        recorder.start();
        await sleep(800);
        const done = new Promise((resolve) => (recorder.onstop = resolve));
        recorder.stop();
        await done;
        end();
        const video = (/** @type {Partial<HTMLVideoElement>} */ source) => Object.assign(document.createElement('video'), { muted: true }, source);
        let count = 0;
        const film = video({ src: URL.createObjectURL(new Blob(parts)) });
        const watching = model.classifyVideo(film, () => void count++);
        await film.play();
        const whole = await code(watching.finished);
        const tone = new AudioContext().createMediaStreamDestination().stream;
        return {
          whole, count,
          damaged: await code(model.classifyVideo(video({ src: URL.createObjectURL(new Blob(['no film'])) }), () => {}).finished),
          empty: await code(model.classifyVideo(video({}), () => {}).finished),
          sound: await code(model.classifyVideo(video({ srcObject: tone }), () => {}).finished),
          nothing: await code(Promise.resolve().then(() => model.classifyVideo(/** @type {any} */ (null), () => {}))),
          wrong: await code(Promise.resolve().then(() => model.classifyVideo(video({}), () => {}, { fps: 0 }))),
        };
      }, base64(cat));
      assert.match(whole, /^answered/);
      assert.ok(count >= 2, `${count} frames`);
      assert.match(damaged, /^video-failed: .*format/);
      assert.match(empty, /^video-empty: .*src/);
      assert.match(sound, /^video-empty: .*sound/);
      assert.match(nothing, /^bad-source: .*video/);
      assert.match(wrong, /^bad-option: .*fps/);
    });

    test('train: a model of one\'s own classes, which tells them apart, judges itself, is saved and loaded', async () => {
      const { training, names, told, answers, same, alive, report } = await inPage(async ({ load }, { blob, code }, pictures) => {
        const model = await load({ workers: 2 });
        const bitmaps = await Promise.all(pictures.slice(0, 2).map((/** @type {string} */ p) => createImageBitmap(blob(p))));
        const views = async (/** @type {ImageBitmap} */ b, /** @type {number} */ n) => Promise.all(Array.from({ length: n }, (_, i) => createImageBitmap(b, i * 4, i * 3, b.width - 40, b.height - 40)));
        const [cats, cups] = [await views(bitmaps[0], 6), await views(bitmaps[1], 5)];
        /** @type {any[]} */ const told = [];
        const mine = await model.train({ cat: cats, 'a cup': cups }, { onProgress: (p) => told.push({ ...p }) });
        const file = await mine.export();
        await model.dispose(); // the new one lives on
        const answers = [await mine.classify(bitmaps[0]), await mine.classify(bitmaps[1], { classes: ['A CUP', 'cat'], topK: 1 })];
        const loaded = await load({ model: file });
        const same = JSON.stringify(await loaded.classify(bitmaps[0])) === JSON.stringify(answers[0]);
        const names = await loaded.classNames();
        const alive = await code(mine.classMap(bitmaps[0], 0).then(({ width }) => width));
        const report = [mine.info().classes, loaded.info().classes, mine.info().bytes === loaded.info().bytes, (await loaded.selfTest()).ok, mine.info().precision];
        return { training: mine.training, names, told, answers, same, alive, report };
      }, samples);
      assert.deepEqual(names.map((/** @type {any} */ n) => n.className), ['cat', 'a cup']);
      assert.deepEqual([training.right, training.of], [11, 11]);
      assert.deepEqual(training.classes, [{ name: 'cat', pictures: 6, right: 6 }, { name: 'a cup', pictures: 5, right: 5 }]);
      assert.deepEqual(training.confusion, [[6, 0], [0, 5]]);
      assert.deepEqual(training.answers.map((/** @type {any} */ a) => [a.name, a.picture, a.className]), [...Array(6).keys()].map((i) => ['cat', i, 'cat']).concat([...Array(5).keys()].map((i) => ['a cup', i, 'a cup'])));
      assert.ok(training.answers.every((/** @type {any} */ a) => a.probability > 0.5 && a.probability <= 1));
      assert.equal(answers[0].length, 2, 'five were not asked for by name');
      assert.equal(answers[0][0].className, 'cat');
      assert.ok(answers[0][0].probability > 0.7);
      assert.equal(answers[1][0].className, 'a cup');
      assert.equal(same, true);
      assert.match(alive, /^answered 14/);
      assert.deepEqual(report, [2, 2, true, report[3], 'int8']);
      assert.notEqual(report[3], false);
      const features = told.filter((/** @type {any} */ t) => t.phase === 'features');
      assert.deepEqual(features.map((/** @type {any} */ t) => t.done), [...Array(12).keys()]);
      assert.ok(told.every((/** @type {any} */ t, /** @type {number} */ i) => i === 0 || t.phase !== told[i - 1].phase || t.done >= told[i - 1].done), 'progress only grows');
      assert.deepEqual(told.at(-1), { phase: 'train', done: 1, total: 1 });
    });

    test('train: what cannot be learned is said before any work, a bad picture by its place, an abort at once', async () => {
      const said = await inPage(async ({ load }, { blob, code, sleep }, pictures, words) => {
        const model = await load();
        const [a, b] = pictures.map((/** @type {string} */ p) => blob(p));
        const noWork = () => {
          throw new Error('work began');
        };
        const train = (/** @type {any} */ classes, /** @type {any} */ options = { onProgress: noWork }) => code(model.train(classes, options).then((m) => m.training));
        const stop = new AbortController();
        const many = Object.fromEntries(pictures.map((/** @type {string} */ p, /** @type {number} */ i) => [`class ${i}`, Array(12).fill(blob(p))]));
        /** @type {number | undefined} */ let began;
        const aborted = train(many, {
          signal: stop.signal,
          onProgress: (/** @type {any} */ { phase, done }) => {
            if (phase === 'train' && done > 0 && began === undefined) {
              began = performance.now();
              stop.abort();
            }
          },
        });
        const during = await model.classify(a, 1).then((p) => p.length); // the model goes on answering
        const abort = await aborted;
        const took = performance.now() - Number(began);
        return {
          none: await train({ cat: [a, b], dog: [] }), one: await train({ cat: [a, b], dog: [b] }), alone: await train({ cat: [a, b] }),
          list: await train([[a], [b]]), single: await train({ cat: a, dog: b }), seed: await code(model.train({ cat: [a, a], dog: [b, b] }, { seed: -1 })),
          bad: await train({ cat: [a, b], dog: [b, new File([blob(words)], 'notes.txt')] }, {}),
          early: await train(many, { signal: AbortSignal.abort() }), abort, took, during, after: await code(model.classify(a, 1)), sleep: typeof sleep,
        };
      }, samples, base64(bad[0].bytes));
      assert.match(said.none, /^bad-training: .*"dog".*no picture/);
      assert.match(said.one, /^bad-training: .*"dog".*one picture/);
      assert.match(said.alone, /^bad-training: .*two or more/);
      assert.match(said.list, /^bad-training: .*Array/);
      assert.match(said.single, /^bad-training: .*"cat".*Blob/);
      assert.match(said.seed, /^bad-option: .*-1/);
      assert.match(said.bad, /^picture-not-decoded: Picture 1 of class "dog" \(notes\.txt\)/);
      assert.match(said.early, /^AbortError/);
      assert.match(said.abort, /^AbortError/);
      assert.ok(said.took < 200, `${said.took} ms to answer an abort`);
      assert.equal(said.during, 1);
      assert.match(said.after, /^answered/);
    });

    test('labels of one\'s own, layers with their times, embeddings, and a file to take home', async () => {
      const { own, wrong, layers, timed, embedding, same } = await inPage(async ({ load }, { blob, code }, picture) => {
        const labels = Array.from({ length: 1000 }, (_, i) => `类 ${i}`);
        const model = await load({ labels });
        const file = blob(picture);
        const [best] = await model.classify(file, 1);
        const [chosen] = await model.classify(file, { classes: ['类 7'] });
        const again = await load({ model: await model.export() });
        return {
          own: [best.className === `类 ${best.index}`, chosen.index, (await model.classNames())[3].className],
          wrong: await code(load({ labels: ['one'] })),
          layers: await model.layers(), timed: await model.layers({ times: true }),
          embedding: (await model.infer(file, { output: 'embedding' })).shape,
          same: (await again.classify(file, 1))[0].probability === best.probability,
        };
      }, base64(cat));
      assert.deepEqual(own, [true, 7, '类 3']);
      assert.match(wrong, /^bad-option: .*1 labels.*1000/);
      assert.ok(layers.every((/** @type {any} */ l) => !('milliseconds' in l) && l.kind && Array.isArray(l.inputs)));
      assert.ok(layers.some((/** @type {any} */ l) => l.inputs.length === 2), 'a Fire module joins two');
      assert.ok(timed.every((/** @type {any} */ l) => l.milliseconds >= 0) && timed.some((/** @type {any} */ l) => l.milliseconds > 0));
      assert.deepEqual(embedding, [512]);
      assert.equal(same, true);
    });

    test('progress tells what came from the cache', async () => {
      const model = readFileSync(`${root}dist/squeezenet1_1.sqz`);
      site.special.set('squeezenet1_1.sqz', (response) => {
        response.writeHead(200, { 'content-type': 'application/octet-stream', 'cache-control': 'max-age=600' }).end(model);
        return true;
      });
      const [cold, warm, given] = await inPage(async ({ load }, _, stored) => {
        const last = async (/** @type {any} */ options) => {
          /** @type {any} */ let last;
          const model = await load({ ...options, onProgress: (p) => (last = p) });
          await model.dispose();
          return last;
        };
        const bytes = await (await fetch(stored, { cache: 'no-store' })).arrayBuffer();
        return [await last({}), await last({}), await last({ model: bytes })];
      }, `${site.url}squeezenet1_1.sqz`);
      site.special.clear();
      for (const p of [cold, warm, given]) assert.equal(p.phase, 'ready');
      assert.equal(cold.cached, 0);
      assert.equal(cold.loaded, cold.total);
      assert.ok(warm.cached >= model.length && warm.cached <= warm.loaded, `${warm.cached} bytes were in the cache`);
      assert.ok(given.cached >= model.length, `${given.cached} bytes were given`);
    });

    test('the parts in every form, and a Response that was read before', async () => {
      const { kernels, answers, spent } = await inPage(async ({ load }, { blob, code }, picture, base) => {
        const get = (/** @type {string} */ name) => fetch(base + name);
        const bytes = async (/** @type {string} */ name) => (await get(name)).arrayBuffer();
        const read = await get('squeezenet1_1.sqz');
        await read.blob();
        const kernels = [], answers = [];
        for (const parts of [
          { wasm: await get('squeezenet.wasm'), kernels: new Blob([await bytes('kernels.wasm')]), model: new File([await bytes('squeezenet1_1.sqz')], 'a.sqz') },
          { wasm: await bytes('squeezenet.wasm'), kernels: await get('kernels.wasm'), model: `${base}squeezenet1_1-f32.sqz` },
          { wasm: await (await get('squeezenet.wasm')).blob(), kernels: new Uint8Array(await bytes('kernels.wasm')), model: new URL('squeezenet1_1.sqz', base) },
        ]) {
          const model = await load(parts);
          kernels.push(model.info().kernels, model.info().precision);
          answers.push((await model.classify(blob(picture), 1))[0].className);
          await model.dispose();
        }
        return { kernels, answers, spent: await code(load({ model: read })) };
      }, base64(cat), site.url);
      assert.deepEqual(kernels, ['simd', 'int8', 'simd', 'float32', 'simd', 'int8']);
      for (const answer of answers) assert.match(answer, /cat/);
      assert.match(spent, /^model-missing: .*fresh Response/);
    });

    test('load(): an abort answers while a file is on its way; a file that breaks off says so; then it loads', async () => {
      let cut = false;
      site.special.set('squeezenet1_1-f32.sqz', (response) => {
        response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': 600000 }).write(Buffer.alloc(1000));
        if (cut) setTimeout(() => response.destroy(), 100);
        return true;
      });
      const stuck = await inPage(async ({ load }, { code, sleep }) => {
        const stop = new AbortController(), own = new AbortController();
        const [aborted, reason] = [stop, own].map(({ signal }) => code(load({ precision: 'float32', signal })));
        await sleep(1500); // all the rest is there
        const began = performance.now();
        stop.abort();
        own.abort(new RangeError('my own'));
        return [await aborted, await reason, performance.now() - began, await code(load({ signal: AbortSignal.abort() }))];
      });
      assert.match(stuck[0], /^AbortError/);
      assert.match(stuck[1], /^RangeError: my own/);
      assert.ok(stuck[2] < 200, `${stuck[2]} ms`);
      assert.match(stuck[3], /^AbortError/);
      cut = true;
      assert.match(await inPage(({ load }, { code }) => code(load({ precision: 'float32' }))), /^model-missing: .*squeezenet1_1-f32\.sqz\) (broke off|cannot be fetched).*/);
      site.special.clear();
      assert.match(await inPage(async ({ load }, { code }) => code(load({ precision: 'float32' }).then((model) => model.info().classes))), /^answered 1000/);
    });

    test('a plain module script under a strict policy; one that lets no worker start is told so', async () => {
      site.special.set('plain.mjs', (response) => {
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(`import { load } from './squeezenet.mjs';
          const picture = await (await fetch('pictures/cat.jpg')).blob();
          const names = () => Object.getOwnPropertyNames(globalThis);
          const before = new Set(names()), said = [];
          for (const worker of [true, false]) {
            said.push(await load({ worker }).then(async (model) => (await model.classify(picture, 1))[0].className, (e) => e.code + ': ' + e.message));
          }
          globalThis.answer = [...said, names().filter((name) => !before.has(name) && !/ariaQuery/.test(name))]; // but its driver's`);
        return true;
      });
      for (const [workers, says] of /** @type {[string, RegExp][]} */ ([['blob:', /cat/], ["'self'", /^worker-failed: .*cannot be started/]])) {
        site.special.set('plain.html', (response) => {
          response.writeHead(200, {
            'content-type': 'text/html', 'content-security-policy': `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src ${workers}`,
          }).end('<!doctype html><title>Plain</title><script type="module" src="plain.mjs"></script>');
          return true;
        });
        const page = await browser.newPage();
        await page.goto(`${site.url}plain.html`);
        await page.waitForFunction(() => 'answer' in globalThis, { timeout: 30000 });
        const [there, here, left] = await page.evaluate(() => /** @type {any} */ (globalThis).answer);
        assert.match(there, says);
        assert.match(here, /cat/);
        assert.deepEqual(left, [], 'no name is left on the globals');
        await page.close();
      }
      site.special.clear();
    });

    test('the adapter takes what a page has: img, canvas, video, ImageData', async () => {
      const found = await inPage(async (_, { blob, camera }, picture, address) => {
        /** @type {typeof import('../web/mobilenet.mjs')} */ const mobilenet = await import(address);
        const model = await mobilenet.load({ version: 2, alpha: 0.5 });
        const { video, canvas, end } = await camera(picture);
        const img = new Image();
        img.src = URL.createObjectURL(blob(picture));
        await img.decode();
        const found = [];
        for (const source of [img, canvas, video, canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)]) {
          const predictions = await model.classify(source);
          found.push([predictions.length, predictions[0].className, Object.keys(predictions[0]).join()]);
        }
        end();
        await model.dispose();
        return found;
      }, base64(cat), `${site.url}npm/mobilenet.mjs`);
      assert.equal(found.length, 4);
      for (const [count, name, keys] of found) {
        assert.deepEqual([count, keys], [3, 'className,probability']);
        assert.match(name, /cat/);
      }
    });

    test('the entry with everything inlined asks for no file', async () => {
      const before = site.requests.length;
      const found = await inPage(async (_, { blob, code }, picture, address) => {
        /** @type {Module} */ const { load } = await import(address);
        /** @type {any} */ let last;
        const model = await load({ workers: 2, onProgress: (p) => (last = p) });
        const [best] = await model.classify(blob(picture), 1);
        const here = await load({ worker: false });
        const same = JSON.stringify((await here.classify(blob(picture), 1))[0]) === JSON.stringify(best);
        const { ok } = await model.selfTest();
        return [best.className, same, ok, last.phase, last.loaded === last.cached, await code(load({ precision: 'float32' }))];
      }, base64(cat), `${site.url}npm/inline.mjs`);
      assert.match(found[0], /cat/);
      assert.deepEqual(found.slice(1, 5), [true, true, 'ready', true]);
      assert.match(found[5], /^model-missing: .*squeezenet1_1-f32\.sqz/);
      const own = ['squeezenet', 'parts', 'pool', 'sources', 'streams', 'instantiate']; // the page's tools import the module itself
      const asked = site.requests.slice(before).map((path) => path.slice(path.lastIndexOf('/') + 1)).filter((name) => !own.includes(name.replace('.mjs', '')) && name !== 'favicon.ico');
      assert.deepEqual(asked, ['LICENSES.txt', 'inline.mjs']);
    });

    test('from another origin, in a module worker, in a worker that may start none, and disposed of by itself', async () => {
      const found = await inPage(async (_, { blob }, picture, here, there) => {
        const worker = (/** @type {string} */ before) => new Promise((resolve) => {
          const code = `${before}
            onmessage = async ({ data }) => {
              try {
                const { load } = await import('${here}squeezenet.mjs');
                const model = await load();
                postMessage([(await model.classify(data, 1))[0].className, typeof Go, Object.keys(globalThis).filter((name) => /^squeezenet|^fs$/.test(name)).length]);
              } catch (e) {
                postMessage(String(e));
              }
            };`;
          const w = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), { type: 'module' });
          w.onmessage = ({ data }) => resolve(data);
          w.postMessage(blob(picture));
        });
        /** @type {Module} */ const cdn = await import(`${there}squeezenet.mjs`);
        /** @type {any} */ const model = await cdn.load();
        const far = [(await model.classify(blob(picture), 1))[0].className, String(model.info().bytes > 1e6)];
        await model[/** @type {any} */ (Symbol).asyncDispose ?? Symbol.for('Symbol.asyncDispose')]();
        const disposed = await model.classify(blob(picture)).catch((/** @type {any} */ e) => e.code);
        return { far, disposed, nested: await worker(''), alone: await worker('delete self.Worker; self.Worker = undefined;') };
      }, base64(cat), site.url, cdn.url);
      assert.match(found.far[0], /cat/);
      assert.equal(found.disposed, 'disposed');
      for (const [best, go, names] of [found.nested, found.alone]) {
        assert.match(best, /cat/);
        assert.deepEqual([go, names], ['undefined', 0]);
      }
      assert.ok(cdn.requests.some((path) => path.endsWith('squeezenet1_1.sqz')), 'its files come from next to it');
    });
  });
}
