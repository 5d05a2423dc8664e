// What is looked at when nobody waits: the model and this browser, and what they are worth; that nothing
// is sent; the copy of an answer.
import { sample } from './choose.mjs';
import { element, h } from './dom.mjs';
import { keep } from './kept.mjs';
import { workers } from './start.mjs';
import { count, megabytes, milliseconds, texts } from './text.mjs';

const t = texts('foot', {
  computing: 'Computing …',
  right: (/** @type {string} */ hash) => `Every bit is right (${hash}).`,
  unknown: (/** @type {string} */ hash) => `The bits are ${hash}; this model does not say what they should be.`,
  wrong: (/** @type {string} */ hash, /** @type {string} */ expected) => `The bits are ${hash} and should be ${expected}: this browser computes wrongly. Please report it.`,
  network: 'Network', size: 'Size', kernels: 'Kernels', loaded: 'Loaded', origin: 'Weights from',
  parameters: (/** @type {string} */ millions, /** @type {number} */ classes) => `${millions} million weights, ${classes} classes`,
  loadedIn: (/** @type {string} */ mb, /** @type {string} */ ms) => `${mb} MB in ${ms}`,
  go: 'Go: this browser has no SIMD, so it is slower', simd: 'SIMD', dot: 'relaxed SIMD, dot products', pair: 'relaxed SIMD, paired dot products',
  bench: 'Measure this browser', stop: 'Stop', stopped: 'Stopped.',
  measured: (/** @type {string} */ network, /** @type {string} */ runs, /** @type {string} */ rate, /** @type {number} */ workers, /** @type {string} */ kernels) => `The network takes ${network}, the median of ${runs} runs; with ${workers} ${workers > 1 ? 'workers' : 'worker'}, ${rate} pictures a second, decoded and resized (${kernels}).`,
  copied: 'Copied', noClipboard: 'This page may not use the clipboard. Allow it in the browser’s settings for this page.',
  noise: 'This browser changes the pixels that pages read (private mode?): answers are a little less sure.',
  names: '',
});
/** @typedef {typeof t} English */

/** @param {import('./app.mjs').App} app */
export function foot(app) {
  const check = /** @type {HTMLButtonElement} */ (element('check'));
  const bench = /** @type {HTMLButtonElement} */ (element('bench'));
  const benching = /** @type {HTMLProgressElement} */ (element('benching'));
  const checked = element('checked');
  /** @param {unknown} e */
  const say = (e) => void (checked.textContent = e instanceof Error ? e.message : String(e));
  const kernels = (/** @type {import('../squeezenet.mjs').Info} */ info) => /** @type {Record<string, string>} */ ({ go: t.go, simd: t.simd, 'relaxed-dot': t.dot, 'relaxed-pair': t.pair })[info.kernels];

  /** @type {import('../squeezenet.mjs').Model} */ let model;
  app.onModel((ready) => {
    if (!model) keep(element('kept'), app.announce);
    model = ready;
    const info = model.info();
    const facts = [
      [t.network, `${info.architecture}, ${info.precision}`],
      [t.size, t.parameters((info.parameters / 1e6).toFixed(2), info.classes)],
      [t.kernels, kernels(info)],
      [t.loaded, t.loadedIn(megabytes(info.bytes), milliseconds(info.loadTime))],
      [t.origin, info.source + t.names],
    ];
    element('facts').replaceChildren(...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
    check.disabled = bench.disabled = false;
    noisy(model).then((is) => {
      element('noise').hidden = !is;
      element('noise').textContent = t.noise;
    }, () => {});
  });

  check.onclick = async () => {
    say(t.computing);
    check.disabled = true;
    try {
      const { hash, expected, ok } = await (await app.model()).selfTest();
      say(ok ? t.right(hash) : ok === undefined ? t.unknown(hash) : t.wrong(hash, expected));
    } catch (e) {
      say(e);
    }
    check.disabled = false;
  };

  /** @type {AbortController | null} */ let stop = null;
  bench.onclick = async () => {
    if (stop) return stop.abort();
    stop = new AbortController();
    bench.textContent = t.stop;
    benching.hidden = false;
    say(t.computing);
    try {
      say(await measure(await app.model(), app.picture.file ?? await sample('cat'), stop.signal));
    } catch (e) {
      say(stop.signal.aborted ? t.stopped : e);
    }
    stop = null;
    bench.textContent = t.bench;
    benching.hidden = true;
  };

  /**
   * Three seconds of one picture after another, and three of as many at once as there are workers.
   * @param {import('../squeezenet.mjs').Model} model @param {Blob} file @param {AbortSignal} signal
   */
  async function measure(model, file, signal) {
    const began = performance.now();
    const part = () => (benching.value = (performance.now() - began) / 6000);
    const times = [];
    while (part() < 0.5) { // a slice is another picture, so it is computed anew
      await model.classify(file.slice(), { signal });
      times.push(Number(model.info().times?.network));
    }
    times.sort((a, b) => a - b);
    let done = 0, from = 0;
    const pictures = function* () {
      while (part() < 1) yield file.slice();
    };
    for await (const { error } of model.classifyAll(pictures(), { signal })) {
      if (error) throw error;
      if (benching.value < 0.65) from = performance.now(); // the other workers are starting
      else done++;
    }
    return t.measured(milliseconds(times[times.length >> 1]), count(times.length), count(1000 * done / (performance.now() - from)), workers, kernels(model.info()));
  }

  element('copy').onclick = async () => {
    const { name } = app.picture;
    const rows = Array.from(document.querySelectorAll('#classes button'), (row) => ['.name', '.share'].map((part) => row.querySelector(part)?.textContent).join('\t'));
    const note = element('note');
    try {
      await navigator.clipboard.writeText([...(name ? [name] : []), ...rows, ''].join('\n'));
      note.textContent = t.copied;
    } catch {
      note.textContent = t.noClipboard;
    }
    app.announce(String(note.textContent));
  };

  // What the browser itself says that it asked the network for: here, and in the workers.
  let made = 0;
  /** @type {Set<string>} */ const names = new Set();
  const show = () => {
    const text = count(made + model.info().requests) + (made ? ` (${[...names].join(', ')})` : '');
    if (element('requests').textContent !== text) element('requests').textContent = text;
  };
  /** @param {PerformanceObserverEntryList} list */
  const see = (list) => {
    for (const { name, transferSize, decodedBodySize } of /** @type {PerformanceResourceTiming[]} */ (list.getEntries())) {
      if (!/^http/.test(name) || (!transferSize && decodedBodySize)) continue; // made here, or kept here
      made++;
      names.add(name.replace(/.*\/(?=.)/, ''));
    }
    show();
  };
  const begin = () => {
    new PerformanceObserver(see).observe({ type: 'resource' });
    setInterval(() => model && show(), 1000); // the workers' own
  };
  if (document.readyState === 'complete') begin();
  else addEventListener('load', begin);
}

/**
 * Whether pictures come out of this browser's decoders otherwise than they went in: pixels are given as
 * they are, and as a picture to be read.
 * @param {import('../squeezenet.mjs').Model} model
 */
async function noisy(model) {
  const pixels = new ImageData(Uint8ClampedArray.from({ length: 65536 }, (_, i) => (i % 4 === 3 ? 255 : (i * 7919) >> 3 & 255)), 128);
  const given = await model.infer(pixels);
  const read = await model.infer(await createImageBitmap(pixels)); // after the other: both at once would start a second worker
  return given.data.some((v, i) => v !== read.data[i]);
}
