// One picture and its five likeliest classes. Its markup stands in index.html, to be there at once.
import { element, h } from './dom.mjs';
import { paintHeat } from './heat.mjs';
import { sample } from './samples.mjs';
import { watch } from './start.mjs';
import { language, megabytes, milliseconds, percent, texts, translate } from './text.mjs';

/** @typedef {import('../squeezenet.mjs').Prediction} Prediction */

const t = texts({
  en: {
    starting: 'Starting the network.',
    bytes: (/** @type {string} */ loaded, /** @type {string} */ total) => `${loaded} ${total ? `of ${total} ` : ''}MB of program and weights`,
    ready: 'Ready. Give it a picture.', failed: 'The network could not be loaded', looking: 'Looking …', none: 'No answer for this picture',
    yours: (/** @type {string} */ name) => (name ? `Your picture: ${name}` : 'Your picture'),
    unsure: 'Not sure, perhaps', probably: (/** @type {string} */ name) => `Probably ${name}`,
    unsureHint: 'It knows 1000 kinds of things, and this picture may show none of them.',
    hint: 'Point at a class, or press it, to see where in the picture it is.',
  },
  zh: {
    picture: '图片', drop: '把图片拖到这里', orPaste: '也可以粘贴图片或选择文件', choose: '选择图片',
    samples: '或使用示例图片', cat: '猫', coffee: '一杯咖啡', flower: '花', temple: '寺庙', rocket: '火箭',
    loading: '正在加载网络', fetching: '正在获取程序及其权重。', starting: '正在启动网络。',
    inAll: '总计', network: '网络', resize: '缩放', decode: '解码',
    bytes: (loaded, total) => `程序与权重 ${loaded}${total ? ` / ${total}` : ''} MB`,
    ready: '已就绪，请给它一张图片。', failed: '网络无法加载', looking: '识别中…', none: '这张图片没有结果',
    yours: (name) => (name ? `你的图片：${name}` : '你的图片'),
    unsure: '不确定，也许是', probably: (name) => `可能是${name}`,
    unsureHint: '它认识 1000 类事物，而这张图片里可能一种也没有。',
    hint: '指向或按下某个类别，可查看它在图片中的位置。', copy: '复制',
  },
});

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

  const file = /** @type {HTMLInputElement} */ (element('file'));
  file.addEventListener('change', () => {
    if (file.files?.[0]) app.setPicture(file.files[0], file.files[0].name);
    file.value = ''; // the same file may be chosen again
  });
  element('samples').addEventListener('click', async ({ target }) => {
    const button = /** @type {HTMLElement} */ (target).closest('button');
    if (!button) return;
    const name = String(button.dataset.picture);
    try {
      app.setPicture(await sample(name), name);
    } catch (e) {
      showError(e);
    }
  });

  if (language !== 'en') translate(t);
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
