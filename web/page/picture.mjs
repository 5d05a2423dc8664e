// One picture and its five likeliest classes. Its markup stands in index.html, to be there at once.
import { chooser } from './choose.mjs';
import { element, h } from './dom.mjs';
import { paintHeat } from './heat.mjs';
import { watch } from './start.mjs';
import { megabytes, milliseconds, percent, texts } from './text.mjs';

/** @typedef {import('../squeezenet.mjs').Prediction} Prediction */

const t = texts('picture', {
  starting: 'Starting the network.',
  bytes: (/** @type {string} */ loaded, /** @type {string} */ total) => `${loaded} ${total ? `of ${total} ` : ''}MB of program and weights`,
  ready: 'Ready. Give it a picture.', failed: 'The network could not be loaded', looking: 'Looking …', none: 'No answer for this picture',
  yours: (/** @type {string} */ name) => (name ? `Your picture: ${name}` : 'Your picture'),
  unsure: 'Not sure, perhaps', probably: (/** @type {string} */ name) => `Probably ${name}`,
  unsureHint: 'It knows 1000 kinds of things, and this picture may show none of them.',
  hint: 'Point at a class, or press it, to see where in the picture it is.',
});
/** @typedef {typeof t} English */

/** @param {HTMLElement} _ @param {import('./app.mjs').App} app @returns {import('./app.mjs').View} */
export function mount(_, app) {
  const figure = element('figure');
  const picture = /** @type {HTMLImageElement} */ (element('picture'));
  const heat = /** @type {HTMLCanvasElement} */ (element('heat'));
  const title = element('title');
  const progress = /** @type {HTMLProgressElement} */ (element('progress'));
  const error = element('error');
  const classes = element('classes');
  let stop = new AbortController();

  /** @param {unknown} e */
  function showError(e) {
    error.textContent = e instanceof Error ? e.message : String(e);
    error.hidden = false;
  }

  /** @param {import('../squeezenet.mjs').Progress} p */
  function showProgress({ phase, loaded, total }) {
    if (total) {
      progress.max = total;
      progress.value = loaded;
    }
    element('bytes').textContent = phase === 'download' ? t.bytes(megabytes(loaded), total ? megabytes(total) : '') : t.starting;
  }

  /** Shows the picture and its classes; the answer to an earlier picture is dropped. */
  async function classify() {
    const { file, name } = app.picture;
    if (!file) return;
    stop.abort();
    const { signal } = stop = new AbortController();
    error.hidden = true;
    classes.classList.add('old');
    showHeat(null);
    show(file, name, signal);
    try {
      const ready = await app.model();
      const began = performance.now();
      if (signal.aborted) return;
      title.textContent = t.looking;
      const predictions = await ready.classify(file, { topK: Math.min(5, ready.info().classes), signal });
      showClasses(predictions, signal);
      showTimes(ready.info(), performance.now() - began);
    } catch (e) {
      if (signal.aborted) return;
      title.textContent = t.none;
      showList(false);
      element('times').hidden = element('after').hidden = true;
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
      picture.alt = t.yours(name);
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
      const button = h('button', { type: 'button', 'aria-pressed': 'false', 'data-index': index },
        h('span', { class: 'name' }, name), h('span', { class: 'share' }, percent(probability)), h('span', { class: 'more' }, more.join(', ')));
      button.style.setProperty('--share', `${100 * probability}%`);
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
      return h('li', {}, button);
    });
    classes.replaceChildren(...rows);
    classes.classList.remove('old');
    showList(true);
    const [best] = predictions;
    const unsure = best.probability < 0.25;
    const name = best.className.split(', ')[0];
    title.textContent = unsure ? t.unsure : best.probability < 0.6 ? t.probably(name) : name.replace(/^./, (c) => c.toUpperCase());
    const note = element('note');
    note.textContent = unsure ? t.unsureHint : t.hint;
    element('after').hidden = false;
    app.announce(`${predictions.map((p) => `${p.className.split(', ')[0]}, ${percent(p.probability)}`).join('; ')}.`);
  }

  /** The classes, or in their place empty rows. @param {boolean} shown */
  function showList(shown) {
    classes.hidden = !shown;
    element('ghosts').hidden = shown;
  }

  /** @param {import('../squeezenet.mjs').Info} info @param {number} total */
  function showTimes({ times }, total) {
    if (!times) return;
    element('total').textContent = milliseconds(total);
    element('network').textContent = milliseconds(times.network);
    element('resize').textContent = milliseconds(times.resize);
    element('decode').textContent = milliseconds(times.decode);
    element('times').hidden = false;
  }

  /** @param {AbortSignal} signal */
  function showPressed(signal) {
    const pressed = /** @type {HTMLElement | null} */ (classes.querySelector('[aria-pressed="true"]'));
    showHeat(pressed ? Number(pressed.dataset.index) : null, signal);
  }

  let asked = 0;

  /** @param {number | null} index @param {AbortSignal} [signal] */
  async function showHeat(index, signal) {
    const turn = ++asked;
    if (index === null || !app.picture.file) {
      heat.classList.remove('shown');
      return;
    }
    try {
      const map = await (await app.model()).classMap(app.picture.file, index, { signal });
      if (turn !== asked) return;
      paintHeat(heat, map);
      heat.classList.add('shown');
    } catch (e) {
      if (!signal?.aborted) showError(e);
    }
  }

  chooser(element('tools'), app.setPicture, showError);
  if (watch.latest) showProgress(watch.latest);
  watch.show = showProgress;
  app.onPicture(classify);
  app.model().catch(() => (title.textContent = t.failed)).finally(() => (element('loading').hidden = true));
  app.onModel(() => {
    if (app.picture.file) classify();
    else title.textContent = t.ready;
  });
  return {};
}
