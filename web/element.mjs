/**
 * The custom element `<squeezenet-classifier>`: a picture is dropped, pasted, chosen or given, and its
 * likeliest classes are shown. Importing this module defines it.
 *
 *     <script type="module" src="squeezenet/element.mjs"></script>
 *     <squeezenet-classifier src="cat.jpg" topk="3" heatmap></squeezenet-classifier>
 *
 * The network is loaded when the first picture comes (or the visitor is about to give one), once for all
 * elements with the same settings, and let go with the last of them. A page with a Content-Security-Policy
 * needs `script-src 'wasm-unsafe-eval'`, `worker-src blob:` and `img-src blob:` besides its own.
 *
 * @module
 */

/**
 * @import { Prediction, Source } from './squeezenet.mjs'
 *
 * @typedef {object} SqueezeNetEventMap the events: each bubbles, out of shadow trees too
 * @property {CustomEvent<{info: import('./squeezenet.mjs').Info}>} squeezenet-load the network is ready
 * @property {CustomEvent<import('./squeezenet.mjs').Progress>} squeezenet-progress the network is on its way
 * @property {CustomEvent<{predictions: Prediction[], source: Source}>} squeezenet-result a picture has its answer
 * @property {CustomEvent<{error: Error}>} squeezenet-error the network or a picture could not be had; the element says why
 */

import { load, SqueezeNetError } from './squeezenet.mjs';

/**
 * The networks in use, by their settings.
 * @type {Map<string, {model: Promise<import('./squeezenet.mjs').Model>, users: Set<SqueezeNetClassifier>, stop: AbortController}>}
 */
const networks = new Map();

/**
 * The network of the element's settings, loaded by the first element that asks.
 * @param {SqueezeNetClassifier} user @param {import('./squeezenet.mjs').LoadOptions} options
 */
function share(user, options) {
  const key = JSON.stringify([options.precision, options.model]);
  let shared = networks.get(key);
  if (!shared) {
    const stop = new AbortController();
    const users = /** @type {Set<SqueezeNetClassifier>} */ (new Set());
    const onProgress = (/** @type {import('./squeezenet.mjs').Progress} */ progress) => users.forEach((u) => u[told](progress));
    const added = { users, stop, model: load({ ...options, signal: stop.signal, onProgress }) };
    added.model.catch(() => networks.get(key) === added && networks.delete(key)); // the next picture tries again
    networks.set(key, shared = added);
  }
  shared.users.add(user);
  const used = shared;
  return {
    model: used.model,
    release() {
      if (!used.users.delete(user) || used.users.size > 0) return;
      if (networks.get(key) === used) networks.delete(key);
      used.stop.abort();
      used.model.then((m) => m.dispose(), () => {});
    },
  };
}

const told = Symbol('told of progress');

const style = new CSSStyleSheet();
style.replaceSync(`
:host { display: block; font: 1rem/1.4 system-ui, sans-serif; color: CanvasText; max-width: 32rem; --accent: var(--squeezenet-accent, #087f5b); --line: color-mix(in srgb, CanvasText 22%, Canvas); }
:host([hidden]), [hidden] { display: none !important; }
.frame { display: grid; place-items: center; overflow: hidden; min-height: 8rem; border: 1px solid var(--line); border-radius: .75rem; background: color-mix(in srgb, CanvasText 4%, Canvas); }
.frame > * { grid-area: 1 / 1; min-width: 0; }
.frame.empty { border-style: dashed; }
.frame.over { outline: 3px solid var(--accent); outline-offset: -3px; }
.picture, ::slotted(img) { display: block; max-width: 100%; }
.picture { width: 100%; max-height: 24rem; object-fit: contain; }
.map { width: 100%; height: 100%; object-fit: contain; pointer-events: none; opacity: 0; transition: opacity .15s; }
.map.shown { opacity: 1; }
.hint { padding: 1.5rem; text-align: center; color: color-mix(in srgb, CanvasText 70%, Canvas); }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; margin-top: .75rem; }
.choose { font: inherit; font-weight: 600; padding: .5rem 1rem; border: 0; border-radius: .5rem; color: #fff; background: var(--accent); cursor: pointer; }
.choose:disabled { color: GrayText; background: color-mix(in srgb, CanvasText 12%, Canvas); cursor: default; }
.status { flex: 1 1 8rem; min-width: 0; }
progress { width: 100%; height: .4rem; accent-color: var(--accent); vertical-align: middle; }
.error { margin: .75rem 0 0; padding: .5rem .75rem; border-radius: .5rem; border: 1px solid #c92a2a; overflow-wrap: anywhere; }
.list { list-style: none; margin: .75rem 0 0; padding: 0; display: grid; gap: .25rem; }
.list.old { opacity: .5; }
.row { position: relative; display: grid; grid-template-columns: 1fr auto; gap: 0 .75rem; width: 100%; box-sizing: border-box; padding: .4rem .6rem .55rem; margin: 0; border: 1px solid transparent; border-radius: .5rem; background: none; color: inherit; font: inherit; text-align: start; }
button.row { cursor: pointer; }
button.row:hover, .row[aria-pressed=true] { border-color: var(--line); background: color-mix(in srgb, CanvasText 5%, Canvas); }
.row[aria-pressed=true] { border-color: var(--accent); }
.name { overflow-wrap: anywhere; }
.share { font-variant-numeric: tabular-nums; }
.amount { position: absolute; inset: auto .6rem .2rem; height: .2rem; border-radius: .1rem; background: var(--line); }
.amount::before { content: ''; position: absolute; inset: 0 auto 0 0; width: var(--share, 0); border-radius: inherit; background: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@supports (color: light-dark(red, red)) {
  :host { --accent: var(--squeezenet-accent, light-dark(#087f5b, #38d9a9)); }
  .choose { color: light-dark(#fff, #06231a); }
  .error { border-color: light-dark(#c92a2a, #ff8787); }
}
@media (prefers-reduced-motion: reduce) { .map { transition: none; } }
@media (forced-colors: active) { .amount::before { background: Highlight; forced-color-adjust: none; } }
`);

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, string>} attributes @param {(Node | string)[]} children
 */
function h(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** @param {number} p */
const percent = (p) => (p < 0.001 ? '< 0.1%' : `${(100 * p).toFixed(p < 0.0995 ? 1 : 0)}%`);

const ids = /^\s*(\d+|n\d{8})([\s,]+(\d+|n\d{8}))*\s*$/;

/**
 * The element `<squeezenet-classifier>`. Each attribute is a property too:
 *
 * | attribute | property | |
 * |---|---|---|
 * | `src` | `src` | the address of a picture |
 * | `topk` | `topK` | how many classes are shown (5) |
 * | `crop` | `crop` | `squash`, `center` or `fit`; without it as the network was trained |
 * | `precision` | `precision` | `int8` (the default) or `float32` |
 * | `model` | `model` | the address of a model file (.sqz) of your own |
 * | `heatmap` | `heatmap` | rows are buttons that show where in the picture their class is seen |
 * | `classes` | `classes` | only these are considered: indices or WordNet ids with commas between them, or names with semicolons |
 * | `threshold` | `threshold` | classes that are less probable are left out (0) |
 * | `disabled` | `disabled` | takes no picture from the visitor |
 * | `name` | `name` | in a form: the field's name; its value is the likeliest class |
 *
 * Slots: the default one takes an `<img>`, which is classified where it stands; `empty` what is shown before
 * there is a picture; `label` the words on the button.
 *
 * Parts: `frame`, `picture`, `map`, `empty`, `button`, `progress`, `list`, `row`, `name`, `share`, `bar`, `error`.
 * The property `--squeezenet-accent` is the colour of button and bars. Both colour schemes follow the page's.
 *
 * States, for `:state()`: `empty`, `loading` (the network), `busy` (a picture), `result`, `error`, `over` (a
 * file is held above it).
 *
 * Events: see {@link SqueezeNetEventMap}; besides `change`, when an answer to the visitor's own picture is there.
 */
export class SqueezeNetClassifier extends HTMLElement {
  /** @internal */
  static formAssociated = true;
  /** @internal */
  static observedAttributes = ['src', 'topk', 'crop', 'precision', 'model', 'heatmap', 'classes', 'threshold', 'disabled'];

  #internals = this.attachInternals();
  #root = this.attachShadow({ mode: 'open', delegatesFocus: true });
  #picture = h('img', { class: 'picture', part: 'picture', alt: '' });
  #map = h('canvas', { class: 'map', part: 'map', 'aria-hidden': 'true' });
  #slot = h('slot', {});
  #empty = h('div', { class: 'hint', part: 'empty' }, h('slot', { name: 'empty' }, 'Drop a picture here, paste one, or choose a file.'));
  #frame = h('div', { class: 'frame empty', part: 'frame' }, this.#slot, this.#picture, this.#map, this.#empty);
  #choose = h('button', { class: 'choose', part: 'button', type: 'button' }, h('slot', { name: 'label' }, 'Choose a picture'));
  #file = h('input', { type: 'file', accept: 'image/*', tabindex: '-1', 'aria-hidden': 'true' });
  #progress = h('progress', { part: 'progress', 'aria-label': 'Loading the network' });
  #error = h('p', { class: 'error', part: 'error', role: 'alert' });
  #list = h('ol', { class: 'list', part: 'list' });
  #live = h('div', { class: 'live', 'aria-live': 'polite' });

  /** @type {ReturnType<typeof share> | undefined} */ #shared;
  /** The picture that is shown, and what ends the work on it. @type {{source: Source, stop: AbortController} | undefined} */
  #current;
  /** @type {Prediction[]} */ #predictions = [];
  /** What has changed since the last update. @type {Set<string>} */ #changed = new Set();
  #disabledByForm = false;
  /** @type {number | undefined} the class whose map is shown while its row is pressed */ #pressed;
  #mapsAsked = 0;

  /** @internal */
  constructor() {
    super();
    this.#root.adoptedStyleSheets = [style];
    this.#file.hidden = this.#picture.hidden = this.#error.hidden = this.#progress.hidden = true;
    this.#root.append(this.#frame, h('div', { class: 'bar' }, this.#choose, this.#file, h('div', { class: 'status' }, this.#progress)), this.#error, this.#list, this.#live);
    this.#choose.addEventListener('click', () => this.#file.click());
    this.#file.addEventListener('change', () => {
      const file = this.#file.files?.[0];
      if (file) this.#given(file);
      this.#file.value = ''; // the same file may be chosen again
    });
    this.#slot.addEventListener('slotchange', () => this.#slotted());
    this.addEventListener('load', (e) => e.target === this.#image() && this.#slotted(), true);
    this.addEventListener('paste', (e) => this.#taken(e, e.clipboardData));
    this.addEventListener('dragover', (e) => {
      if (this.#off()) return;
      e.preventDefault();
      this.#over(true);
      this.#warm();
    });
    this.addEventListener('dragleave', (e) => {
      if (!(e.relatedTarget instanceof Node && this.contains(e.relatedTarget))) this.#over(false);
    });
    this.addEventListener('drop', (e) => this.#taken(e, e.dataTransfer));
    this.#choose.addEventListener('pointerenter', () => this.#warm());
    this.#choose.addEventListener('focus', () => this.#warm());
    this.#state('empty', true);
  }

  /** @internal */
  connectedCallback() {
    for (const name of /** @type {const} */ (['src', 'topK', 'crop', 'precision', 'model', 'heatmap', 'classes', 'threshold', 'disabled'])) {
      if (!Object.hasOwn(this, name)) continue; // was set before the element was defined
      const value = this[name];
      delete /** @type {any} */ (this)[name];
      /** @type {any} */ (this)[name] = value;
    }
    if (this.#changed.size > 0) queueMicrotask(() => this.#update());
  }

  /** @internal */
  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return; // was moved
      const current = this.#current;
      current?.stop.abort();
      this.#release();
      if (current) this.#changed.add('src');
    });
  }

  /** @param {string} name @param {string | null} before @param {string | null} now @internal */
  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (name === 'disabled') this.#enable();
    if (this.#changed.size === 0) queueMicrotask(() => this.#update());
    this.#changed.add(name);
  }

  /** @param {boolean} disabled @internal */
  formDisabledCallback(disabled) {
    this.#disabledByForm = disabled;
    this.#enable();
  }

  /** @internal */
  formResetCallback() {
    this.clear();
  }

  /** The address of a picture. @type {string} */
  get src() {
    const src = this.getAttribute('src');
    return src === null ? '' : new URL(src, this.ownerDocument.baseURI).href;
  }
  set src(value) {
    this.#reflect('src', value);
  }

  /** How many classes are shown. @type {number} */
  get topK() {
    const k = Number(this.getAttribute('topk') ?? 5);
    return Number.isInteger(k) && k > 0 ? k : 5;
  }
  set topK(value) {
    this.#reflect('topk', value);
  }

  /** How a picture that is not square meets the square input. @type {import('./squeezenet.mjs').Crop | ''} */
  get crop() {
    const crop = this.getAttribute('crop');
    return crop === 'squash' || crop === 'center' || crop === 'fit' ? crop : '';
  }
  set crop(value) {
    this.#reflect('crop', value);
  }

  /** Which of the two models that come along. @type {'int8' | 'float32'} */
  get precision() {
    return this.getAttribute('precision') === 'float32' ? 'float32' : 'int8';
  }
  set precision(value) {
    this.#reflect('precision', value);
  }

  /** The address of a model file of your own. @type {string} */
  get model() {
    const model = this.getAttribute('model');
    return model ? new URL(model, this.ownerDocument.baseURI).href : '';
  }
  set model(value) {
    this.#reflect('model', value);
  }

  /** Whether rows show where in the picture their class is seen. @type {boolean} */
  get heatmap() {
    return this.hasAttribute('heatmap');
  }
  set heatmap(value) {
    this.toggleAttribute('heatmap', Boolean(value));
  }

  /** Only these are considered: indices, WordNet ids or names; none: all are. @type {(number | string)[]} */
  get classes() {
    const text = this.getAttribute('classes') ?? '';
    const parts = ids.test(text) ? text.split(/[\s,]+/) : text.split(';');
    return parts.map((p) => p.trim()).filter((p) => p !== '').map((p) => (/^\d+$/.test(p) ? Number(p) : p));
  }
  set classes(value) {
    this.#reflect('classes', value?.length ? value.join(';') : '');
  }

  /** Classes that are less probable are left out. @type {number} */
  get threshold() {
    return Math.min(1, Math.max(0, Number(this.getAttribute('threshold')) || 0));
  }
  set threshold(value) {
    this.#reflect('threshold', value);
  }

  /** Whether the visitor can give no picture. @type {boolean} */
  get disabled() {
    return this.hasAttribute('disabled');
  }
  set disabled(value) {
    this.toggleAttribute('disabled', Boolean(value));
  }

  /** The field's name in a form. @type {string} */
  get name() {
    return this.getAttribute('name') ?? '';
  }
  set name(value) {
    this.#reflect('name', value);
  }

  /** The form that it is a field of. @returns {HTMLFormElement | null} */
  get form() {
    return this.#internals.form;
  }

  /** The likeliest class, or nothing: what a form sends. @returns {string} */
  get value() {
    return this.#predictions[0]?.className ?? '';
  }

  /** The last picture's classes, likeliest first. @returns {Prediction[]} */
  get predictions() {
    return this.#predictions;
  }

  /** Loads the network before there is a picture. @returns {Promise<import('./squeezenet.mjs').Model>} shared: not yours to dispose of */
  load() {
    if (!this.#shared) {
      const shared = this.#shared = share(this, { ...(this.model ? { model: this.model } : {}), ...(this.hasAttribute('precision') ? { precision: this.precision } : {}) });
      this.#state('loading', true);
      shared.model.then((model) => {
        if (this.#shared === shared) this.#emit('squeezenet-load', { info: model.info() });
      }, () => {
        if (this.#shared === shared) this.#shared = undefined; // the next picture tries again
      }).finally(() => {
        if (this.#shared && this.#shared !== shared) return;
        this.#progress.hidden = true;
        this.#state('loading', false);
      });
    }
    return this.#shared.model;
  }

  /**
   * Shows a picture and its classes. Rejects as the network or the picture do (and the element says why),
   * and with an AbortError if another picture comes meanwhile.
   * @param {Source} source
   * @returns {Promise<Prediction[]>}
   */
  async classify(source) {
    this.#current?.stop.abort(); // of two pictures the later one counts
    const stop = new AbortController();
    const current = this.#current = { source, stop };
    const { signal } = stop;
    this.#error.hidden = true;
    this.#hideMap();
    this.#pressed = undefined;
    this.#list.classList.add('old');
    for (const name of ['empty', 'error']) this.#state(name, false);
    this.#state('busy', true);
    this.#internals.ariaBusy = 'true';
    try {
      const loading = this.load();
      loading.catch(() => {});
      if (typeof source === 'string' || source instanceof URL) current.source = await fetched(source, signal);
      await this.#show(current.source, signal);
      signal.throwIfAborted();
      const model = await loading;
      signal.throwIfAborted();
      const classes = this.classes;
      const predictions = await model.classify(current.source, {
        topK: Math.min(this.topK, model.info().classes), threshold: this.threshold, signal,
        ...(this.crop ? { crop: this.crop } : {}), ...(classes.length ? { classes } : {}),
      });
      this.#take(predictions);
      this.#live.textContent = predictions.length ? `${predictions.map((p) => `${p.className.split(', ')[0]}, ${percent(p.probability)}`).join('; ')}.` : 'No class is probable enough.';
      this.#state('result', true);
      this.#emit('squeezenet-result', { predictions, source });
      return predictions;
    } catch (e) {
      if (!signal.aborted) this.#fail(e);
      throw e;
    } finally {
      if (this.#current === current) {
        this.#state('busy', false);
        this.#internals.ariaBusy = 'false';
        this.#list.classList.remove('old');
      }
    }
  }

  /** Takes the picture and its classes away. */
  clear() {
    this.#current?.stop.abort();
    this.#current = undefined;
    this.#show(undefined);
    this.#take([]);
    this.#hideMap();
    this.#live.textContent = '';
    this.#error.hidden = true;
    for (const name of ['busy', 'result', 'error']) this.#state(name, false);
    this.#state('empty', true);
  }

  /** @param {import('./squeezenet.mjs').Progress} progress @internal */
  [told](progress) {
    this.#progress.hidden = progress.phase === 'ready' || !this.#current;
    if (progress.total) {
      this.#progress.max = progress.total;
      this.#progress.value = progress.loaded;
    } else {
      this.#progress.removeAttribute('value');
    }
    this.#emit('squeezenet-progress', progress);
  }

  /** @param {string} name @param {unknown} value */
  #reflect(name, value) {
    if (value === null || value === undefined || value === '') this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }

  /** Brings what is shown in line with the attributes that have changed. */
  #update() {
    if (!this.isConnected) return; // when it is
    const changed = this.#changed;
    this.#changed = new Set();
    if (changed.has('precision') || changed.has('model')) this.#release();
    if (changed.has('src')) {
      if (this.hasAttribute('src')) return void this.classify(this.src).catch(() => {});
      if (this.#image()) return this.#slotted();
      return this.clear();
    }
    if (['topk', 'crop', 'classes', 'threshold', 'precision', 'model'].some((name) => changed.has(name)) && this.#current) {
      this.classify(this.#current.source).catch(() => {});
    } else if (changed.has('heatmap')) {
      this.#hideMap();
      this.#take(this.#predictions);
    }
  }

  #release() {
    this.#shared?.release();
    this.#shared = undefined;
  }

  /** Loads the network because a picture is likely to come. */
  #warm() {
    if (!this.#off()) this.load().catch(() => {}); // the picture is told
  }

  #off() {
    return this.disabled || this.#disabledByForm;
  }

  #enable() {
    this.#choose.disabled = this.#file.disabled = this.#off();
  }

  /** @param {boolean} over */
  #over(over) {
    this.#frame.classList.toggle('over', over);
    this.#state('over', over);
  }

  /** A picture dropped or pasted. @param {Event} event @param {DataTransfer | null} data */
  #taken(event, data) {
    this.#over(false);
    if (this.#off()) return;
    event.preventDefault();
    const file = data?.files[0];
    if (file) this.#given(file);
    else this.#say(new SqueezeNetError('bad-source', 'That was no file. Drop or paste a picture file, or a picture copied from another program.'));
  }

  /** A picture of the visitor's. @param {File} file */
  #given(file) {
    this.classify(file).then(() => this.dispatchEvent(new Event('change', { bubbles: true })), () => {});
  }

  #image() {
    return /** @type {HTMLImageElement | undefined} */ (this.#slot.assignedElements({ flatten: true }).find((e) => e instanceof HTMLImageElement));
  }

  /** The page's own img: a picture where it stands. */
  #slotted() {
    const image = this.#image();
    if (image?.complete && image.naturalWidth > 0 && !this.hasAttribute('src')) this.classify(image).catch(() => {});
  }

  /** Shows a picture, if there is one that can be shown; classify() says what is wrong with others. @param {Source | undefined} source @param {AbortSignal} [signal] */
  async #show(source, signal) {
    const own = source !== undefined && source === this.#image();
    if (this.#picture.src.startsWith('blob:')) URL.revokeObjectURL(this.#picture.src);
    let shown = false;
    if (source !== undefined && !own) {
      const blob = source instanceof Blob ? source : await asBlob(source);
      if (signal?.aborted) return;
      if (blob) {
        this.#picture.src = URL.createObjectURL(blob);
        this.#picture.alt = source instanceof File ? source.name : 'The picture';
        shown = await this.#picture.decode().then(() => true, () => false);
        if (signal?.aborted) return;
      }
    }
    this.#slot.hidden = source !== undefined && !own;
    this.#picture.hidden = !shown;
    if (!shown) this.#picture.removeAttribute('src');
    this.#empty.hidden = shown || own;
    this.#frame.classList.toggle('empty', !shown && !own);
  }

  /** @param {Prediction[]} predictions */
  #take(predictions) {
    this.#predictions = predictions;
    this.#internals.setFormValue(this.value || null);
    const buttons = this.heatmap;
    this.#list.replaceChildren(...predictions.map(({ className, index, probability }) => {
      const amount = h('span', { class: 'amount', part: 'bar' });
      amount.style.setProperty('--share', `${100 * probability}%`);
      const row = h(buttons ? 'button' : 'div', { class: 'row', part: 'row' },
        h('span', { class: 'name', part: 'name' }, className.split(', ')[0]), h('span', { class: 'share', part: 'share' }, percent(probability)), amount);
      row.title = className;
      if (row instanceof HTMLButtonElement) this.#revealing(row, index);
      return h('li', {}, row);
    }));
  }

  /** Makes a row show its class's map while it is pointed at, has the focus or is pressed. @param {HTMLButtonElement} row @param {number} index */
  #revealing(row, index) {
    row.type = 'button';
    row.setAttribute('aria-pressed', 'false');
    const settle = () => (this.#pressed === undefined ? this.#hideMap() : this.#reveal(this.#pressed));
    row.addEventListener('pointerenter', (e) => e.pointerType === 'mouse' && this.#reveal(index));
    row.addEventListener('pointerleave', (e) => e.pointerType === 'mouse' && settle());
    row.addEventListener('focus', () => row.matches(':focus-visible') && this.#reveal(index));
    row.addEventListener('blur', settle);
    row.addEventListener('click', () => {
      this.#pressed = this.#pressed === index ? undefined : index;
      for (const other of this.#list.querySelectorAll('button')) other.setAttribute('aria-pressed', String(other === row && this.#pressed === index));
      settle();
    });
  }

  #hideMap() {
    this.#mapsAsked++;
    this.#map.classList.remove('shown');
  }

  /** Leaves the picture bright where a class is seen, and darkens the rest. @param {number} index */
  async #reveal(index) {
    const turn = ++this.#mapsAsked;
    const current = this.#current;
    if (!current) return;
    try {
      const { image, region, width: cells } = await (await this.load()).classMap(current.source, index, { signal: current.stop.signal, ...(this.crop ? { crop: this.crop } : {}) });
      if (turn !== this.#mapsAsked) return;
      const picture = this.#picture.hidden ? this.#image() : this.#picture;
      if (!picture) return;
      const { naturalWidth, naturalHeight } = picture;
      const scale = Math.min(1, 640 / Math.max(naturalWidth, naturalHeight));
      const width = this.#map.width = Math.max(1, Math.round(naturalWidth * scale));
      const height = this.#map.height = Math.max(1, Math.round(naturalHeight * scale));
      const { mask, rim } = rimmed(image, cells);
      const c = context(this.#map);
      c.fillStyle = 'rgb(8 12 18 / 80%)';
      c.fillRect(0, 0, width, height);
      c.globalCompositeOperation = 'destination-out';
      c.imageSmoothingQuality = 'high';
      const scaleX = region.width * width / image.width, scaleY = region.height * height / image.height;
      c.drawImage(mask, region.x * width - rim * scaleX, region.y * height - rim * scaleY, mask.width * scaleX, mask.height * scaleY);
      const { objectFit, objectPosition, maxHeight } = getComputedStyle(picture);
      Object.assign(this.#map.style, { objectFit: objectFit === 'contain' ? '' : objectFit, objectPosition, maxHeight });
      this.#map.classList.add('shown');
    } catch (e) {
      if (!current.stop.signal.aborted) this.#say(e);
    }
  }

  /** There is no answer. @param {unknown} e */
  #fail(e) {
    if (this.#picture.hidden && !this.#image()) this.#state('empty', true);
    this.#take([]);
    this.#live.textContent = '';
    this.#state('result', false);
    this.#state('error', true);
    this.#say(e);
  }

  /** @param {unknown} e */
  #say(e) {
    const error = e instanceof Error ? e : new Error(String(e));
    this.#error.textContent = error.message;
    this.#error.hidden = false;
    this.#emit('squeezenet-error', { error });
  }

  /** @param {string} name @param {unknown} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  /** @param {string} name @param {boolean} on */
  #state(name, on) {
    try {
      if (on) this.#internals.states.add(name);
      else this.#internals.states.delete(name);
    } catch {} // Chromium before 125 knows no names without dashes, Safari before 17.4 no states
  }
}

/** @param {HTMLCanvasElement} canvas */
const context = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));

/**
 * A map with one cell more on each side, so that the picture's rim, which the network does not see, is like
 * its neighbour.
 * @param {ImageData} image @param {number} cells in a row of the map
 */
function rimmed(image, cells) {
  const { width, height } = image;
  const rim = Math.ceil(width / cells);
  const mask = h('canvas', {});
  mask.width = width + 2 * rim, mask.height = height + 2 * rim;
  const c = context(mask);
  c.putImageData(image, rim, rim);
  c.drawImage(mask, rim, rim, width, 1, rim, 0, width, rim);
  c.drawImage(mask, rim, rim + height - 1, width, 1, rim, rim + height, width, rim);
  c.drawImage(mask, rim, 0, 1, mask.height, 0, 0, rim, mask.height);
  c.drawImage(mask, rim + width - 1, 0, 1, mask.height, rim + width, 0, rim, mask.height);
  return { mask, rim };
}

/** A picture by its address, once, to be shown and classified. @param {string | URL} address @param {AbortSignal} signal */
async function fetched(address, signal) {
  let why;
  try {
    const response = await fetch(address, { signal });
    if (response.ok) return await response.blob();
    why = `the server answered ${response.status}`;
  } catch (e) {
    signal.throwIfAborted();
    why = /** @type {Error} */ (e).message;
  }
  throw new SqueezeNetError('picture-missing', `The picture ${address} cannot be fetched (${why}). Check the address; another site's server must allow this page to read it.`);
}

/** A source that is no Blob, for showing; null where it cannot be. @param {Source} source @returns {Promise<Blob | null>} */
async function asBlob(source) {
  if (source instanceof ArrayBuffer || source instanceof Uint8Array) return new Blob([/** @type {BlobPart} */ (source)]);
  try {
    const pixels = /** @type {any} */ (source);
    const bitmap = await createImageBitmap(pixels.data instanceof Uint8Array ? new ImageData(new Uint8ClampedArray(pixels.data), pixels.width) : pixels);
    const canvas = h('canvas', {});
    canvas.width = bitmap.width, canvas.height = bitmap.height;
    context(canvas).drawImage(bitmap, 0, 0);
    return await new Promise((resolve) => canvas.toBlob(resolve));
  } catch {
    return null;
  }
}

if (!customElements.get('squeezenet-classifier')) customElements.define('squeezenet-classifier', SqueezeNetClassifier);
