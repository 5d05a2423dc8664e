// Look inside: the net as a diagram, and what each of its layers makes of the picture, channel by channel.
import { chooser } from './choose.mjs';
import { element, errorPlace, h } from './dom.mjs';
import { diagram, nodesOf } from './net.mjs';
import { count, language, percent, texts } from './text.mjs';

/** @typedef {import('../squeezenet.mjs').Model} Model */
/** @typedef {import('./net.mjs').Node} Node */
/** @typedef {import('./net.mjs').Layer} Layer */

const t = texts('inside', {
  net: 'The network’s layers', netHint: 'Each box is a layer, as tall as its maps; the filled part is its share of the time. Choose one.',
  picture: 'Picture', yours: (/** @type {string} */ name) => (name ? `Your picture: ${name}` : 'Your picture'),
  none: 'No picture yet', noneHint: 'Give it one, and see what each layer makes of it.', pick: 'Point at a channel, or press it, to see it over the picture.',
  output: 'Output', parameters: 'Parameters', macs: 'Multiply-adds', time: 'Time here', measuring: 'measuring …', million: (/** @type {string} */ n) => `${n} million`,
  reads: (/** @type {string} */ names) => ` It reads ${names}.`, thePicture: 'the picture', and: ' and ',
  channels: (/** @type {string} */ n, /** @type {number} */ h, /** @type {number} */ w) => `${n} ${n === '1' ? 'channel' : 'channels'} of ${h} × ${w}`,
  classes: (/** @type {string} */ n) => `${n} classes`,
  order: 'Order', inOrder: 'as in the network', byStrength: 'strongest first', own: 'Each channel on a scale of its own', legend: (/** @type {string} */ from, /** @type {string} */ to) => `Colours from ${from} to ${to}`, ownMost: 'its largest', ownLeast: 'its opposite',
  channel: (/** @type {number} */ i, /** @type {number} */ n) => `Channel ${i} of ${n}`,
  values: (/** @type {string} */ min, /** @type {string} */ mean, /** @type {string} */ max) => `least ${min}, mean ${mean}, largest ${max}`,
  ready: (/** @type {string} */ name, /** @type {string} */ what) => `${name}: ${what}.`,
});
/** @typedef {typeof t} English */

/** What a layer is. */
const kinds = texts('insideKinds', {
  convolution: (/** @type {number} */ k) => `${k} × ${k} convolution`,
  'max pooling': 'max pooling', concatenation: 'side by side', sum: 'sum', 'average pooling': 'mean', softmax: 'softmax',
});
/** @typedef {typeof kinds} EnglishKinds */

/** What it is for. */
const tells = texts('insideTells', {
  convolution: '', first: 'Looks for edges, colours and textures in small windows of the picture.',
  squeeze: 'Mixes the channels into a few, so that the filters after it read less: this keeps the network small.',
  expand1: 'Makes many channels of the few. Each point looks at itself alone.', expand3: 'Makes many channels of the few. Each point looks at its neighbours as well.',
  bypass: 'Gives what comes into the module as many channels as go out of it, to be added to them.', classes: 'One map for each class: where, and how strongly, it is seen.',
  'max pooling': 'Keeps the largest value of each window and halves the sides: the same patterns, more coarsely.', concatenation: 'The module’s output: the channels of its two expands side by side.',
  sum: 'What comes into the module is added to what it made: it learns only what to change.', 'average pooling': 'The mean of each class’s map: one number for each class.', softmax: 'Makes probabilities of these numbers; they add up to 1.',
});
/** @typedef {typeof tells} EnglishTells */

const digits = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
const number = (/** @type {number} */ n) => digits.format(n);

/**
 * Colours for values from 0 up: dark, green, pale yellow; and for those below 0: dark, red, pale rose. Lighter is
 * always more; the first tenth has a third of the colours, as most values are small. */
const above = [[10, 17, 24], [17, 62, 74], [23, 117, 103], [98, 178, 108], [206, 219, 120], [255, 249, 214]];
const below = [[10, 17, 24], [69, 24, 63], [135, 33, 72], [199, 76, 72], [241, 148, 119], [255, 228, 220]];

/** 511 colours as ImageData has them, for -255 to 255. */
const colours = new Uint32Array(511);
for (const [sign, stops] of /** @type {const} */ ([[1, above], [-1, below]])) {
  for (let i = 0; i < 256; i++) {
    const at = Math.sqrt(i / 255) * (stops.length - 1), k = Math.min(stops.length - 2, Math.floor(at));
    const bytes = stops[k].map((c, j) => Math.round(c + (at - k) * (stops[k + 1][j] - c)));
    new Uint8ClampedArray(colours.buffer).set([...bytes, 255], 4 * (255 + sign * i));
  }
}

/** The step of the colour scale, -255 to 255. @param {number} value @param {number} most the value of the last step */
const step = (value, most) => Math.max(-255, Math.min(255, Math.round(255 * value / (most || 1))));

/** How long this page's thread is kept at a time, in milliseconds. */
const SLICE = 8;

/** Does n things, and lets the page answer in between. @param {number} n @param {(i: number) => void} one @param {AbortSignal} signal */
async function inSlices(n, one, signal) {
  for (let i = 0, began = performance.now(); i < n; i++) {
    one(i);
    if (performance.now() - began > SLICE) {
      await new Promise((resolve) => setTimeout(resolve)); // and not scheduler.yield: the browser shall paint as well
      signal.throwIfAborted();
      began = performance.now();
    }
  }
}

/**
 * A layer's values with what there is to say of each channel.
 * @typedef {{node: Node, data: Float32Array, h: number, w: number, c: number, min: Float32Array, max: Float32Array, mean: Float64Array, most: number, least: number}} Shown
 */

/** @param {Node} node @param {import('../squeezenet.mjs').Output} output @param {AbortSignal} signal @returns {Promise<Shown>} */
async function measured(node, { data, shape }, signal) {
  const [h, w, c] = shape.length === 3 ? shape : [1, 1, shape[0]];
  const min = new Float32Array(c).fill(Infinity), max = new Float32Array(c).fill(-Infinity), mean = new Float64Array(c);
  await inSlices(h * w, (i) => {
    for (let k = 0, at = i * c; k < c; k++, at++) {
      const v = data[at];
      if (v < min[k]) min[k] = v;
      if (v > max[k]) max[k] = v;
      mean[k] += v / (h * w);
    }
  }, signal);
  return { node, data, h, w, c, min, max, mean, most: max.reduce((a, b) => Math.max(a, b)), least: min.reduce((a, b) => Math.min(a, b)) };
}

/** @param {HTMLElement} root @param {import('./app.mjs').App} app @returns {import('./app.mjs').View} */
export function mount(root, app) {
  const { place, say } = errorPlace();
  const thumb = h('span', { class: 'thumb' });
  const net = h('div', { class: 'net', role: 'toolbar', 'aria-label': t.net });
  const image = h('img', { alt: '' });
  const over = h('canvas', { 'aria-hidden': 'true' });
  const figure = h('figure', { hidden: true }, image, over);
  const empty = h('div', { class: 'empty' }, h('p', {}, t.none), h('p', { class: 'hint' }, t.noneHint));
  const caption = h('p', { class: 'caption hint' });
  const choose = chooser(/** @type {HTMLElement} */ (element('tools').cloneNode(true)), app.setPicture, say);
  choose.id = '';
  const title = h('h2'), kind = h('p', { class: 'hint' }), told = h('p'), facts = h('dl', { class: 'shares' });
  const what = h('h3', { id: 'inside-channels' });
  const order = h('select', { onchange: () => (chosenOrder = order.value, redraw(true)) }, h('option', { value: 'order' }, t.inOrder), h('option', { value: 'strength' }, t.byStrength));
  const own = h('input', { type: 'checkbox', onchange: () => redraw(false) });
  const scale = h('canvas', { width: 256, height: 1, role: 'img' }), from = h('span'), to = h('span');
  const legend = h('div', { class: 'legend' }, from, scale, to);
  const sheet = h('canvas', { 'aria-hidden': 'true', hidden: true });
  const list = h('div', { class: 'channels', role: 'listbox', 'aria-labelledby': 'inside-channels', 'aria-busy': 'false' });
  const channels = h('section', { class: 'result', 'aria-labelledby': 'inside-channels' },
    h('div', { class: 'head' }, what, legend), h('div', { class: 'options' }, h('label', {}, h('span', {}, t.order), order), h('label', {}, own, h('span', {}, t.own))), place, h('div', { class: 'sheet' }, sheet, list));
  root.classList.add('inside');
  root.append(
    h('section', { class: 'map', 'aria-label': t.net }, h('div', { class: 'scroll', tabIndex: -1 }, net), h('p', { class: 'hint' }, t.netHint)),
    h('div', { class: 'columns' },
      h('div', { class: 'aside' },
        h('section', { class: 'stage', 'aria-label': t.picture }, h('div', { class: 'frame' }, empty, figure), caption, choose),
        h('section', { class: 'about' }, title, kind, told, facts)),
      channels));

  /** @type {Node[]} */ let nodes = [];
  let chosen = 'conv1', chosenOrder = '', visible = false;
  /** @type {Map<string, number> | undefined} milliseconds by layer */ let times;
  /** @type {Promise<void> | undefined} */ let timing;
  /** @type {string[]} */ let names = [];
  /** @type {Shown | null} */ let shown = null;
  /** @type {Shown | null} the one whose channels are all in the list */ let listed = null;
  /** @type {number[]} the channels in the order in which they are drawn */ let sorted = [];
  /** @type {import('../squeezenet.mjs').ClassMap['region'] | undefined} the picture's part that the network sees */ let region;
  /** @type {number | null} */ let pinned = null;
  let stop = new AbortController();

  const classesOf = (/** @type {Node} */ node) => ['classes', 'average pooling', 'softmax'].includes(node.role);
  const flat = (/** @type {Shown} */ s) => s.h * s.w === 1;

  /** The diagram of a network that is new here. @param {Model} model */
  async function take(model) {
    stop.abort();
    const { signal } = stop = new AbortController();
    try {
      const [layers, classes] = await Promise.all([model.layers(), model.classNames()]);
      if (signal.aborted) return;
      nodes = nodesOf(layers);
      names = classes.map((c) => c.className);
      times = timing = undefined;
      net.replaceChildren(...diagram(nodes, (n) => `${n.name}, ${kindOf(n)}, ${n.shape.join(' × ')}`, thumb));
      net.classList.toggle('bypassed', nodes.some((n) => n.role === 'sum'));
      open(nodes.some((n) => n.name === chosen) ? chosen : nodes[0].name);
    } catch (e) {
      if (!signal.aborted) say(e);
    }
  }

  /** @param {Node} n */
  const kindOf = (n) => (n.kernel ? kinds.convolution(n.kernel) : String(kinds[/** @type {keyof typeof kinds} */ (n.role)]));

  /** @param {string} name of a node */
  async function open(name) {
    const node = nodes.find((n) => n.name === name);
    if (!node) return;
    chosen = name;
    for (const b of /** @type {NodeListOf<HTMLElement>} */ (net.querySelectorAll('.layer'))) {
      const current = b.dataset.layer === name;
      b.tabIndex = current ? 0 : -1;
      if (!current) {
        b.removeAttribute('aria-current');
        continue;
      }
      b.setAttribute('aria-current', 'true');
      const box = /** @type {HTMLElement} */ (net.parentElement);
      const left = b.getBoundingClientRect().left - box.getBoundingClientRect().left + box.scrollLeft;
      if (left < box.scrollLeft + 40 || left > box.scrollLeft + box.clientWidth - 80) box.scrollTo({ left: left - box.clientWidth / 2 });
    }
    showFacts(node);
    stop.abort();
    const { signal } = stop = new AbortController();
    const { file } = app.picture;
    pinned = null;
    preview(null);
    channels.hidden = !file;
    if (!visible || !file) return;
    list.setAttribute('aria-busy', 'true');
    try {
      const model = await app.model();
      const output = await model.infer(file, { output: node.output, signal });
      region ??= (await model.classMap(file, 0, { signal })).region;
      signal.throwIfAborted();
      shown = await measured(node, output, signal);
      say(null);
      await draw(true, signal);
    } catch (e) {
      if (signal.aborted) return;
      forget();
      say(e);
      channels.hidden = false;
    }
  }

  /** Measures the layers once for each network: that takes half a second. @param {Model} model */
  async function time(model) {
    const all = await model.layers({ times: true }).catch(() => []); // without the times, everything else goes on
    if (await app.model().catch(() => null) !== model) return;
    times = new Map(all.map((l) => [l.name, l.milliseconds ?? 0]));
    const most = Math.max(...times.values());
    for (const b of /** @type {NodeListOf<HTMLElement>} */ (net.querySelectorAll('.layer'))) {
      // each box is filled as far as its layer takes time, the slowest wholly
      b.style.setProperty('--time', `${100 * (times.get(String(b.dataset.layer)) ?? 0) / most}%`);
    }
    showFacts(/** @type {Node} */ (nodes.find((n) => n.name === chosen)));
  }

  /** The chosen layer's place in the whole. @param {Node} node */
  function showFacts(node) {
    const sum = (/** @type {(n: Node) => number} */ of) => nodes.reduce((all, n) => all + of(n), 0);
    const [height, width, c] = node.shape;
    title.textContent = node.name;
    kind.textContent = kindOf(node);
    const parts = node.role === 'expand' ? tells[node.kernel === 1 ? 'expand1' : 'expand3'] : tells[node.role];
    told.textContent = `${parts}${t.reads(node.inputs.join(t.and) || t.thePicture)}`;
    /** @param {string} name @param {string} value @param {number} share */
    const row = (name, value, share) => {
      const bar = h('i');
      bar.style.setProperty('--share', `${100 * share}%`);
      return h('div', {}, h('dt', {}, name), h('dd', {}, value, h('small', {}, percent(share)), bar));
    };
    const rows = [h('div', {}, h('dt', {}, t.output), h('dd', {}, `${height} × ${width} × ${count(c)}`))];
    if (node.parameters) rows.push(row(t.parameters, count(node.parameters), node.parameters / sum((n) => n.parameters)));
    if (node.macs) rows.push(row(t.macs, t.million(number(node.macs / 1e6)), node.macs / sum((n) => n.macs)));
    const ms = times?.get(node.name);
    if (ms) rows.push(row(t.time, `${number(ms)} ms`, ms / sum((n) => times?.get(n.name) ?? 0)));
    else if (!times && app.picture.file && !['concatenation', 'softmax'].includes(node.role)) rows.push(h('div', {}, h('dt', {}, t.time), h('dd', { class: 'hint' }, t.measuring)));
    facts.replaceChildren(...rows);
  }

  /** @param {Shown} s @param {number} i */
  const nameOf = (s, i) => (classesOf(s.node) ? names[i] : t.channel(i + 1, s.c));
  /** @param {Shown} s @param {number} i */
  const valuesOf = (s, i) => (flat(s) ? number(s.mean[i]) : t.values(number(s.min[i]), number(s.mean[i]), number(s.max[i])));
  /** The value of the brightest colour. @param {Shown} s @param {number} i */
  const most = (s, i) => (own.checked ? Math.max(s.max[i], -s.min[i]) : Math.max(s.most, -s.least));

  /**
   * All channels, as small pictures; those of single points as bars. The pictures are one canvas below the list: a
   * thousand canvases are a thousand things to compose, and take a tenth of a second to be let go of.
   * @param {boolean} anew all of it, or the colours alone
   * @param {AbortSignal} signal
   */
  async function draw(anew, signal) {
    const s = shown;
    if (!s) return;
    anew ||= listed !== s; // another drawing was cancelled
    const named = classesOf(s.node), pictures = !flat(s);
    order.value = chosenOrder || (named ? 'strength' : 'order');
    what.textContent = named && flat(s) ? t.classes(count(s.c)) : t.channels(count(s.c), s.h, s.w);
    showLegend(s);
    list.setAttribute('aria-busy', 'true');
    if (anew) {
      listed = null;
      sorted = Array.from({ length: s.c }, (_, i) => i);
      if (order.value === 'strength') sorted.sort((a, b) => s.mean[b] - s.mean[a]);
      await inSlices(list.children.length, () => list.lastElementChild?.remove(), signal);
      list.classList.toggle('flat', flat(s));
      list.classList.toggle('named', named);
      sheet.hidden = true;
      fit();
      await inSlices(s.c, (n) => {
        const i = sorted[n];
        const tile = h('div', { role: 'option', 'data-channel': i, tabIndex: n === 0 ? 0 : -1, 'aria-selected': String(i === pinned), 'aria-label': pictures ? `${nameOf(s, i)}: ${valuesOf(s, i)}` : undefined });
        if (named) tile.append(h('span', {}, names[i].split(', ')[0]));
        if (!pictures) {
          tile.append(h('b', {}, s.node.role === 'softmax' ? percent(s.mean[i]) : number(s.mean[i])));
          tile.style.setProperty('--share', `${100 * s.mean[i] / (s.most || 1)}%`);
        }
        list.append(tile);
      }, signal);
      listed = s;
    }
    if (pictures) await paint(s, signal);
    list.setAttribute('aria-busy', 'false');
    if (anew) app.announce(t.ready(chosen, what.textContent));
    timing ??= app.model().then(time);
  }

  /** The sheet's places in its own pixels, of which each is a value: how many in a row, and from one to the next. */
  let columns = 1, across = 1, down = 1;

  /** Lays the small pictures out for the width that there is: in whole multiples of their pixels, and at least three in a row. */
  function fit() {
    const s = shown;
    if (!s || flat(s)) return;
    const named = classesOf(s.node), width = channels.querySelector('.sheet')?.clientWidth ?? 0;
    const zoom = Math.round((named ? 84 : 40 + 1.4 * Math.min(50, s.w)) / s.w) || 1, gap = Math.max(1, Math.round(6 / zoom));
    across = s.w + gap;
    down = s.h + gap + (named ? Math.ceil(16 / zoom) : 0);
    columns = Math.max(3, Math.min(s.c, Math.floor((width / zoom + gap) / across)));
    const scale = Math.min(zoom, width / (columns * across - gap)) || 1;
    for (const [name, cells] of Object.entries({ '--w': s.w, '--h': s.h, '--gap': gap, '--down': down - gap })) list.style.setProperty(name, `${cells * scale}px`);
    list.style.setProperty('--columns', String(columns));
    sheet.style.width = `${(columns * across - gap) * scale}px`;
  }

  /** Draws the small pictures, and shows them all at once. @param {Shown} s @param {AbortSignal} signal */
  async function paint(s, signal) {
    const cells = new ImageData(columns * across - (across - s.w), Math.ceil(s.c / columns) * down), pixels = new Uint32Array(cells.data.buffer);
    await inSlices(s.c, (n) => {
      const i = sorted[n], top = most(s, i);
      let to = Math.floor(n / columns) * down * cells.width + n % columns * across, at = i;
      for (let y = 0; y < s.h; y++, to += cells.width) {
        for (let x = 0; x < s.w; x++, at += s.c) pixels[to + x] = colours[255 + step(s.data[at], top)];
      }
    }, signal);
    sheet.width = cells.width, sheet.height = cells.height;
    sheet.getContext('2d')?.putImageData(cells, 0, 0);
    sheet.hidden = false;
  }

  /** @param {Shown} s */
  function showLegend(s) {
    legend.hidden = /** @type {HTMLElement} */ (own.parentElement).hidden = flat(s);
    const negative = s.least < 0;
    scale.width = negative ? 511 : 256;
    const line = new ImageData(scale.width, 1);
    new Uint32Array(line.data.buffer).set(negative ? colours : colours.subarray(255));
    scale.getContext('2d')?.putImageData(line, 0, 0);
    to.textContent = own.checked ? t.ownMost : number(most(s, 0));
    from.textContent = !negative ? '0' : own.checked ? t.ownLeast : number(-most(s, 0));
    scale.setAttribute('aria-label', t.legend(from.textContent, to.textContent));
  }

  /** Draws again what is shown. @param {boolean} anew in another order */
  async function redraw(anew) {
    if (shown?.node.name !== chosen) return; // the chosen layer is on its way
    stop.abort();
    const { signal } = stop = new AbortController();
    try {
      await draw(anew, signal);
      preview(pinned);
    } catch (e) {
      if (!signal.aborted) say(e);
    }
  }

  let asked = 0;

  /** A channel over the picture, its values below; for a class's number, the class's map. @param {number | null} i */
  async function preview(i) {
    const s = shown, turn = ++asked;
    over.classList.toggle('shown', i !== null && s !== null && !flat(s));
    if (i === null || !s || !region) {
      caption.textContent = s ? t.pick : '';
      return;
    }
    caption.replaceChildren(h('b', {}, nameOf(s, i)), ` ${valuesOf(s, i)}`);
    if (!flat(s)) {
      lay(s.w, s.h, (p) => s.data[p * s.c + i], Math.max(s.max[i], -s.min[i])); // enlarged, it has its own scale
    } else if (app.picture.file) {
      const map = await (await app.model()).classMap(app.picture.file, i).catch(() => null); // infer said what is wrong
      if (!map || turn !== asked) return;
      lay(map.width, map.height, (p) => map.data[p], map.data.reduce((a, b) => Math.max(a, b)));
      over.classList.add('shown');
    }
  }

  /** @param {number} w @param {number} h @param {(p: number) => number} value @param {number} most */
  function lay(w, h, value, most) {
    over.width = w, over.height = h;
    const image = new ImageData(w, h), pixels = new Uint32Array(image.data.buffer);
    for (let p = 0; p < pixels.length; p++) {
      const k = step(value(p), most);
      pixels[p] = colours[255 + k];
      image.data[4 * p + 3] = 165 + Math.abs(k) / 5; // the picture shows through, least where most is seen
    }
    over.getContext('2d')?.putImageData(image, 0, 0);
    const { x, y, width, height } = /** @type {NonNullable<typeof region>} */ (region);
    Object.assign(over.style, { left: `${100 * x}%`, top: `${100 * y}%`, width: `${100 * width}%`, height: `${100 * height}%` });
  }

  /** Keeps a channel over the picture, or lets it go. @param {HTMLElement} tile */
  function pin(tile) {
    const i = Number(tile.dataset.channel);
    pinned = pinned === i ? null : i;
    for (const selected of list.querySelectorAll('[aria-selected="true"]')) selected.setAttribute('aria-selected', 'false');
    tile.setAttribute('aria-selected', String(pinned === i));
    preview(pinned);
  }

  /** The small pictures are let go, and the layer's values with them. */
  function forget() {
    shown = listed = null;
    sheet.width = sheet.height = 0;
    list.replaceChildren();
    list.setAttribute('aria-busy', 'false');
    preview(null);
  }

  /** @param {EventTarget | null} target */
  const tileOf = (target) => /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (target).closest('[role=option]'));

  /** Moves the focus among things of which one is a tab stop. @param {HTMLElement} before @param {HTMLElement | null | undefined} to */
  function move(before, to) {
    if (!to) return;
    before.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
    to.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  list.addEventListener('pointerover', (e) => {
    const tile = tileOf(e.target);
    if (tile && e.pointerType === 'mouse') preview(Number(tile.dataset.channel));
  });
  list.addEventListener('pointerleave', () => preview(pinned));
  list.addEventListener('focusin', ({ target }) => {
    const tile = tileOf(target);
    if (tile?.matches(':focus-visible')) preview(Number(tile.dataset.channel));
  });
  list.addEventListener('focusout', () => preview(pinned));
  list.addEventListener('click', ({ target }) => {
    const tile = tileOf(target);
    if (!tile) return;
    move(/** @type {HTMLElement} */ (list.querySelector('[tabindex="0"]') ?? tile), tile);
    pin(tile);
  });
  list.addEventListener('keydown', (e) => {
    const tile = tileOf(e.target);
    if (!tile || e.ctrlKey || e.altKey || e.metaKey) return;
    if (e.key === 'Enter' || e.key === ' ') {
      pin(tile);
    } else {
      const tiles = /** @type {HTMLElement[]} */ ([...list.children]);
      const row = getComputedStyle(list).gridTemplateColumns.split(' ').length;
      const by = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row, PageDown: 5 * row, PageUp: -5 * row, Home: -Infinity, End: Infinity })[e.key];
      if (!by) return;
      const at = tiles.indexOf(tile) + by;
      move(tile, Math.abs(by) > 1 && Number.isFinite(by) ? tiles[at] : tiles[Math.max(0, Math.min(tiles.length - 1, at))]);
    }
    e.preventDefault();
  });

  net.addEventListener('click', ({ target }) => {
    const name = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (target).closest('.layer'))?.dataset.layer;
    if (name) open(name);
  });
  net.addEventListener('keydown', (e) => {
    const buttons = /** @type {HTMLElement[]} */ ([...net.querySelectorAll('.layer')]);
    const by = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity })[e.key];
    if (!by || e.ctrlKey || e.altKey || e.metaKey) return;
    e.preventDefault();
    const to = buttons[Math.max(0, Math.min(buttons.length - 1, buttons.indexOf(/** @type {HTMLElement} */ (e.target)) + by))];
    to.focus();
    open(String(to.dataset.layer));
  });

  async function showPicture() {
    const { file, name } = app.picture;
    region = undefined;
    empty.hidden = choose.hidden = Boolean(file);
    if (!file) return;
    URL.revokeObjectURL(image.src);
    image.src = URL.createObjectURL(file);
    image.alt = t.yours(name);
    await image.decode().catch(() => {}); // what is wrong with it, infer says
    const ratio = image.naturalWidth / image.naturalHeight || 1;
    figure.style.setProperty('--ratio', String(ratio));
    figure.hidden = !image.naturalWidth;
    thumb.style.setProperty('background-image', `url("${image.src}")`);
  }

  new ResizeObserver(() => {
    const before = columns;
    fit();
    if (columns !== before) redraw(false);
  }).observe(channels);

  app.onPicture(() => {
    if (!visible) return;
    forget();
    showPicture();
    open(chosen);
  });
  app.onModel((model) => {
    region = undefined;
    forget();
    take(model);
  });
  app.model().catch(say);

  return {
    shown() {
      visible = true;
      showPicture();
      open(chosen);
    },
    hidden() {
      visible = false;
      stop.abort();
      forget();
    },
  };
}
