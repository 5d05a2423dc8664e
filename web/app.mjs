// The page: pictures in, the five likeliest classes out. It uses the public module and nothing else.
import { load } from './squeezenet.mjs';
import { first, watch } from './start.mjs';

/** @typedef {import('./squeezenet.mjs').Prediction} Prediction */

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const element = (id) => /** @type {T} */ (document.getElementById(id));

const frame = element('frame');
const figure = element('figure');
const picture = /** @type {HTMLImageElement} */ (element('picture'));
const heat = /** @type {HTMLCanvasElement} */ (element('heat'));
const title = element('title');
const progress = /** @type {HTMLProgressElement} */ (element('progress'));
const error = element('error');
const classes = element('classes');
const precision = /** @type {HTMLSelectElement} */ (element('precision'));
const check = /** @type {HTMLButtonElement} */ (element('check'));

const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
const milliseconds = (/** @type {number} */ ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** @type {Promise<import('./squeezenet.mjs').Model>} */ let model;
/** The picture shown, and what ends work on it when another comes. */
let current = { file: /** @type {Blob | null} */ (null), name: '', stop: new AbortController() };

/** @param {unknown} e */
function showError(e) {
  error.textContent = e instanceof Error ? e.message : String(e);
  error.hidden = false;
}

/** @param {import('./squeezenet.mjs').Progress} p */
function showProgress({ phase, loaded, total }) {
  if (total) {
    progress.max = total;
    progress.value = loaded;
  }
  element('bytes').textContent = phase === 'download'
    ? `${megabytes(loaded)} ${total ? `of ${megabytes(total)} ` : ''}MB of program and weights`
    : 'Starting the network.';
}

/**
 * Takes a network that is being loaded.
 * @param {Promise<import('./squeezenet.mjs').Model>} loading
 */
async function use(loading) {
  const before = /** @type {typeof model | undefined} */ (model);
  model ??= loading;
  error.hidden = true;
  element('loading').hidden = false;
  title.textContent = 'Loading the network';
  check.disabled = true;
  try {
    const ready = await loading;
    model = loading;
    before?.then((m) => m.dispose(), () => {});
    element('loading').hidden = true;
    if (!current.file) title.textContent = 'Ready. Give it a picture.';
    check.disabled = false;
    showFacts(ready.info());
    if (before && current.file) classify(current.file, current.name);
  } catch (e) {
    title.textContent = 'The network could not be loaded';
    element('loading').hidden = true;
    showError(e);
    // the network before, if there was one, goes on
    before?.then((m) => {
      precision.value = m.info().precision;
      check.disabled = false;
    }, () => {});
  }
}

/**
 * Shows a picture and its five likeliest classes; the answer to an earlier picture is dropped.
 * @param {Blob} file @param {string} name
 */
async function classify(file, name) {
  current.stop.abort();
  const { signal } = (current = { file, name, stop: new AbortController() }).stop;
  error.hidden = true;
  classes.classList.add('old');
  showHeat(null);
  show(file, name, signal);
  try {
    const ready = await model;
    const began = performance.now();
    if (signal.aborted) return;
    title.textContent = 'Looking …';
    const predictions = await ready.classify(file, { topK: 5, signal });
    showClasses(predictions, signal);
    showTimes(ready.info(), performance.now() - began);
  } catch (e) {
    if (signal.aborted) return;
    title.textContent = 'No answer for this picture';
    showList(false);
    element('times').hidden = element('note').hidden = true;
    showError(e);
  }
}

/** @param {Blob} file @param {string} name @param {AbortSignal} signal */
async function show(file, name, signal) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
    if (signal.aborted) return;
    URL.revokeObjectURL(picture.src);
    picture.src = image.src;
    figure.style.setProperty('--ratio', String(image.naturalWidth / image.naturalHeight));
    picture.alt = name ? `Your picture: ${name}` : 'Your picture';
    element('empty').hidden = true;
    figure.hidden = false;
  } catch {
    URL.revokeObjectURL(image.src); // classify tells why
    if (signal.aborted) return;
    figure.hidden = true;
    element('empty').hidden = false;
  }
}

/** @param {Prediction[]} predictions @param {AbortSignal} signal */
function showClasses(predictions, signal) {
  const rows = predictions.map(({ className, index, probability }) => {
    const [name, ...more] = className.split(', ');
    const button = document.createElement('button');
    button.type = 'button';
    button.setAttribute('aria-pressed', 'false');
    button.style.setProperty('--share', `${100 * probability}%`);
    button.append(span('name', name), span('share', percent(probability)), span('more', more.join(', ')));
    const preview = () => showHeat(index, signal);
    button.addEventListener('pointerenter', (e) => e.pointerType === 'mouse' && preview());
    button.addEventListener('pointerleave', (e) => e.pointerType === 'mouse' && showPressed(signal));
    button.addEventListener('focus', () => button.matches(':focus-visible') && preview());
    button.addEventListener('blur', () => showPressed(signal));
    button.addEventListener('click', () => {
      const pressed = button.getAttribute('aria-pressed') === 'true';
      for (const other of classes.querySelectorAll('button')) other.setAttribute('aria-pressed', 'false');
      button.setAttribute('aria-pressed', String(!pressed));
      showPressed(signal);
    });
    button.dataset.index = String(index);
    const row = document.createElement('li');
    row.append(button);
    return row;
  });
  classes.replaceChildren(...rows);
  classes.classList.remove('old');
  showList(true);
  const best = predictions[0];
  const unsure = best.probability < 0.25;
  title.textContent = unsure ? 'Not sure, perhaps' : `${best.probability < 0.6 ? 'Probably ' : ''}${best.className.split(', ')[0]}`;
  if (!unsure && best.probability >= 0.6) title.textContent = title.textContent.replace(/^./, (c) => c.toUpperCase());
  const note = element('note');
  note.textContent = unsure
    ? 'It knows 1000 kinds of things, and this picture may show none of them.'
    : 'Point at a class, or press it, to see where in the picture it is.';
  note.hidden = false;
  element('live').textContent = `${predictions.map((p) => `${p.className.split(', ')[0]}, ${percent(p.probability)}`).join('; ')}.`;
}

/** The classes, or in their place empty rows. @param {boolean} shown */
function showList(shown) {
  classes.hidden = !shown;
  element('ghosts').hidden = shown;
}

/** @param {string} name @param {string} text */
function span(name, text) {
  const s = document.createElement('span');
  s.className = name;
  s.textContent = text;
  return s;
}

/** @param {number} p */
function percent(p) {
  return p < 0.001 ? '< 0.1%' : `${(100 * p).toFixed(p < 0.0995 ? 1 : 0)}%`;
}

/** @param {import('./squeezenet.mjs').Info} info @param {number} total */
function showTimes({ times }, total) {
  if (!times) return;
  element('total').textContent = milliseconds(total);
  element('network').textContent = milliseconds(times.network);
  element('resize').textContent = milliseconds(times.resize);
  element('decode').textContent = milliseconds(times.decode);
  element('times').hidden = false;
}

/** @param {import('./squeezenet.mjs').Info} info */
function showFacts(info) {
  const forms = {
    go: 'Go, without SIMD: this browser has none, so it is slower',
    simd: 'SIMD',
    'relaxed-dot': 'relaxed SIMD, dot products',
    'relaxed-pair': 'relaxed SIMD, paired dot products',
  };
  const facts = {
    Network: `${info.architecture}, ${info.precision}`,
    Size: `${(info.parameters / 1e6).toFixed(2)} million weights, ${info.classes} classes`,
    Kernels: forms[/** @type {keyof typeof forms} */ (info.kernels)] ?? info.kernels,
    Loaded: `${megabytes(info.bytes)} MB in ${milliseconds(info.loadTime)}`,
    Weights: info.source,
  };
  element('facts').replaceChildren(...Object.entries(facts).map(([name, value]) => {
    const row = document.createElement('div');
    if (value.length > 80) row.className = 'wide';
    const term = document.createElement('dt');
    term.textContent = name;
    const text = document.createElement('dd');
    text.textContent = value;
    row.append(term, text);
    return row;
  }));
}

/** @param {AbortSignal} signal */
function showPressed(signal) {
  const pressed = /** @type {HTMLElement | null} */ (classes.querySelector('[aria-pressed="true"]'));
  showHeat(pressed ? Number(pressed.dataset.index) : null, signal);
}

let asked = 0;

/**
 * Leaves the picture bright where the class is seen and darkens the rest; null shows it as it is.
 * @param {number | null} index @param {AbortSignal} [signal]
 */
async function showHeat(index, signal) {
  const turn = ++asked;
  if (index === null || !current.file) {
    heat.classList.remove('shown');
    return;
  }
  try {
    const map = await (await model).classMap(current.file, index, { signal });
    if (turn !== asked) return;
    drawHeat(map);
    heat.classList.add('shown');
  } catch (e) {
    if (!signal?.aborted) showError(e);
  }
}

/** @param {import('./squeezenet.mjs').ClassMap} map */
function drawHeat({ data, width, height, region }) {
  // One cell more on each side, so that the picture's rim, which the network does not see, is like its neighbour.
  const w = width + 2, h = height + 2;
  const cells = new ImageData(w, h);
  const most = Math.max(1e-6, ...data);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const value = data[Math.min(height - 1, Math.max(0, y - 1)) * width + Math.min(width - 1, Math.max(0, x - 1))] / most;
      cells.data.set([8, 12, 18, 215 * (1 - Math.min(1, 1.15 * value)) ** 1.4], 4 * (y * w + x));
    }
  }
  const small = document.createElement('canvas');
  small.width = w, small.height = h;
  /** @type {CanvasRenderingContext2D} */ (small.getContext('2d')).putImageData(cells, 0, 0);
  const box = picture.getBoundingClientRect();
  heat.width = Math.max(1, Math.round(box.width)), heat.height = Math.max(1, Math.round(box.height));
  const context = /** @type {CanvasRenderingContext2D} */ (heat.getContext('2d'));
  context.imageSmoothingQuality = 'high';
  const cellX = region.width / width * heat.width, cellY = region.height / height * heat.height;
  context.drawImage(small, region.x * heat.width - cellX, region.y * heat.height - cellY, cellX * w, cellY * h);
}

/** @param {DataTransfer | null} data */
function take(data) {
  const file = data?.files[0];
  if (file) classify(file, file.name);
  else showError(new Error('That was no file. Drop or paste a picture file, or an image copied from another program.'));
}

const file = /** @type {HTMLInputElement} */ (element('file'));
file.addEventListener('change', () => {
  if (file.files?.[0]) classify(file.files[0], file.files[0].name);
  file.value = ''; // the same file may be chosen again
});
addEventListener('paste', (e) => take(e.clipboardData));
addEventListener('dragover', (e) => {
  e.preventDefault();
  frame.classList.add('over');
});
addEventListener('dragleave', (e) => {
  if (!e.relatedTarget) frame.classList.remove('over');
});
addEventListener('drop', (e) => {
  e.preventDefault();
  frame.classList.remove('over');
  take(e.dataTransfer);
});
element('samples').addEventListener('click', async ({ target }) => {
  const button = /** @type {HTMLElement} */ (target).closest('button');
  if (!button) return;
  const name = String(button.dataset.picture);
  try {
    const response = await fetch(`pictures/${name}.jpg`);
    if (!response.ok) throw new Error(`The sample picture is not there: the server answered ${response.status}. Choose a file of your own.`);
    classify(await response.blob(), name);
  } catch (e) {
    showError(e instanceof TypeError ? new Error('The sample picture cannot be fetched: is the connection down? Choose a file of your own.') : e);
  }
});

precision.addEventListener('change', () => {
  use(load({ precision: /** @type {'int8' | 'float32'} */ (precision.value), onProgress: showProgress }));
});
check.addEventListener('click', async () => {
  const checked = element('checked');
  checked.textContent = 'Computing …';
  check.disabled = true;
  try {
    const { hash, expected, ok } = await (await model).selfTest();
    checked.textContent = ok ? `Every bit is right (${hash}).`
      : ok === undefined ? `The bits are ${hash}; this model does not say what they should be.`
      : `The bits are ${hash} and should be ${expected}: this browser computes wrongly. Please report it.`;
  } catch (e) {
    checked.textContent = '';
    showError(e);
  }
  check.disabled = false;
});

precision.value = 'int8'; // browsers restore what was chosen before a reload
if (watch.latest) showProgress(watch.latest);
watch.show = showProgress;
use(first);
