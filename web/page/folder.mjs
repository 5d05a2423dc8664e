// A folder: hundreds of pictures, over all workers, in a gallery by class, and as CSV and JSON.
import { arrange, button, errorPlace, fileButton, h, icon } from './dom.mjs';
import { found, isPicture, pause, walk } from './files.mjs';
import { makeGallery } from './gallery.mjs';
import { csvRow, save } from './save.mjs';
import { count, percent, texts } from './text.mjs';

/** @typedef {import('./files.mjs').Found} Found */
/** @typedef {{wnid: string, className: string, short: string, index: number, li?: HTMLLIElement}} Class li: its row in the list of classes */
/**
 * @typedef {object} Item
 * @property {string} path @property {string} name its last part
 * @property {string} key by which paths are sorted
 * @property {File | null} file
 * @property {{class: Class, probability: number}[] | null} answers
 * @property {string} error
 */

const t = texts('folder', {
  drop: 'Drop a folder here', orMany: 'or many pictures at once', choose: 'Choose a folder', pictures: 'Choose pictures',
  more: 'More pictures', clear: 'Clear', cancel: 'Cancel', goOn: 'Go on', again: 'Look again', results: 'Download the results',
  doing: (/** @type {string} */ done, /** @type {string} */ total) => `${done} of ${total} pictures`,
  done: (/** @type {string} */ n) => (n === '1' ? '1 picture' : `${n} pictures`),
  stopped: (/** @type {string} */ done, /** @type {string} */ total) => `Stopped after ${done} of ${total} pictures`,
  rate: (/** @type {string} */ n) => `${n} a second`, left: (/** @type {string} */ time) => `${time} left`,
  waiting: 'Waiting for the network …', time: (/** @type {string} */ m, /** @type {number} */ s) => (m !== '0' ? `${m} min ${s} s` : `${s} s`),
  skipped: 'other files, left out',
  none: (/** @type {string} */ n) => `Among these files (${n}) is no picture (JPEG, PNG, WebP, GIF, AVIF, BMP).`,
  changed: 'from the network used before',
  progress: 'Pictures looked at', gallery: 'Pictures', find: 'Find a name or class', sort: 'Order', name: 'by name', class: 'by class', sure: 'surest first', unsure: 'least sure first',
  all: 'All', unread: 'Could not be read', moreClasses: (/** @type {string} */ n) => `Show all ${n} classes`, showing: (/** @type {string} */ n) => `${n} shown`,
  later: 'not yet looked at', cannot: (/** @type {string} */ why) => `The file cannot be read (${why}). Choose it again.`,
});
/** @typedef {typeof t} English */

/** So many classes are listed before "show all". */
const LISTED = 40;
/** Files, or rows of results, that are worked off between two breaths of the page. */
const SLICE = 250;

/** @param {number} seconds */
function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  return t.time(count(Math.floor(whole / 60)), whole % 60);
}
/** By paths, numbers in them by their size. @param {Item} a @param {Item} b */
const byKey = (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
const sure = (/** @type {Item} */ item) => item.answers?.[0].probability ?? -1;

/**
 * @param {HTMLElement} root
 * @param {import('./app.mjs').App} app
 * @returns {import('./app.mjs').View}
 */
export function mount(root, app) {
  /** @type {Item[]} */ let items = [];
  let skipped = 0, gathering = 0;
  /** The classes that were seen, by index: one object for all pictures of it. @type {Map<number, Class>} */ let classes = new Map();
  /** @type {AbortController | null} */ let run = null;
  /** What waits for a run, in order; `at` of them have an answer. */
  let todo = /** @type {Item[]} */ ([]), at = 0;
  let milliseconds = 0, began = 0; // of the runs before; when this one began
  /** @type {import('../squeezenet.mjs').Model | undefined} the network that gave the answers */ let model;
  let changed = false;
  let wake = () => {};
  /** In place of a class. */
  const all = group(t.all), unread = group(t.unread), later = group(t.later);
  /** The class that is shown alone, or all. */ let only = all;
  let allClasses = false;
  let shown = true, scrolled = 0;

  const { place: trouble, say } = errorPlace();
  const chooser = (/** @type {string} */ text, folder = false, kind = 'button quiet') => fileButton(text, { multiple: true, ...(folder ? { webkitdirectory: true } : { accept: 'image/*' }) }, (files) => add([found(files)]), kind);

  const empty = h('section', { class: 'stage', 'aria-label': t.choose },
    h('div', { class: 'frame' }, h('div', { class: 'empty' }, icon('M5 13v23a3 3 0 0 0 3 3h32a3 3 0 0 0 3-3V16a3 3 0 0 0-3-3H24l-4-5H8a3 3 0 0 0-3 3zm6 20 8-8 6 5 7-8 6 7'), h('p', {}, t.drop), h('p', { class: 'hint' }, t.orMany))),
    h('div', { class: 'tools' }, chooser(t.choose, true, 'button'), chooser(t.pictures)));

  const title = h('h2');
  const bar = h('progress', { 'aria-label': t.progress });
  const facts = h('p', { class: 'hint' }), notes = h('p', { class: 'hint' });
  const cancel = button(t.cancel, stop), goOn = button('', start, 'button');
  const downloads = [button('CSV', () => saveAs(true)), button('JSON', () => saveAs(false))];
  const status = h('section', { class: 'status panel', 'aria-label': t.progress, hidden: true },
    h('div', { class: 'counts' }, title, facts, notes), bar,
    h('div', { class: 'actions' }, cancel, goOn, h('span', { class: 'downloads', role: 'group', 'aria-label': t.results }, ...downloads), chooser(t.more), button(t.clear, clear)));

  const find = h('input', { type: 'search', autocomplete: 'off', spellcheck: false });
  const sort = h('select', {}, ...['name', 'class', 'sure', 'unsure'].map((value) => h('option', { value }, String(t[/** @type {'name'} */ (value)]))));
  const facets = h('ul', { class: 'facets' });
  const moreClasses = button('', () => {
    allClasses = true;
    showFacets();
  });
  const matches = h('p', { class: 'hint', role: 'status' });
  const gallery = makeGallery(t.gallery, describe, (/** @type {Item} */ item) => {
    if (!item.file) return;
    app.setPicture(item.file, item.name);
    app.go('picture');
  });
  const browse = h('div', { class: 'browse', hidden: true },
    h('div', { class: 'filter' },
      h('label', { class: 'find' }, h('span', {}, t.find), find),
      h('label', {}, h('span', {}, t.sort), sort)),
    h('div', { class: 'side' }, facets, moreClasses),
    h('div', { class: 'pictures' }, matches, gallery.element));
  root.classList.add('folder');
  root.append(trouble, empty, status, browse);

  /** @param {Item} item @returns {import('./gallery.mjs').Tile} */
  function describe({ path, name: file, answers, error, file: blob }) {
    const best = answers?.[0];
    return { path, file, name: best ? best.class.short : error, share: best ? percent(best.probability) : '', failed: Boolean(error), blob: best ? blob : null };
  }

  /** Takes files in, a slice at a time, and begins. @param {Iterable<Found[]> | AsyncIterable<Found[]>} batches */
  async function add(batches) {
    const turn = classes; // a new Map after "clear"
    const before = items.length;
    say(null);
    gathering++;
    stoppedByHand = false;
    showStatus();
    try {
      for await (const batch of batches) {
        for (let i = 0; i < batch.length; i += SLICE) {
          for (const { path, file, error } of batch.slice(i, i + SLICE)) {
            if (!isPicture({ path, file }) && !error) {
              skipped++;
              continue;
            }
            const item = {
              path, file, answers: null, error: file ? '' : t.cannot(String(error)), name: path.slice(path.replace(/\/$/, '').lastIndexOf('/') + 1),
              key: path.normalize('NFKD').toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, '0')),
            };
            items.push(item);
            if (file) todo.push(item);
          }
          wake();
          if (!run && at < todo.length && !stoppedByHand) start();
          await pause();
          if (turn !== classes) return;
          soon(150);
        }
      }
    } finally {
      gathering--;
    }
    wake();
    if (items.length === before) say(t.none(count(skipped)));
    if (items.length === 0) skipped = 0;
    if (!run && at < todo.length && !stoppedByHand) start();
    showAll();
  }

  let stoppedByHand = false;

  /** What waits, in order; more may come while files are gathered. */
  async function* waiting(/** @type {AbortSignal} */ signal) {
    for (let i = at; !signal.aborted;) {
      if (i < todo.length) yield /** @type {File} */ (todo[i++].file);
      else if (gathering > 0) await new Promise((resolve) => (wake = () => resolve(undefined)));
      else return;
    }
  }

  async function start() {
    if (run) return;
    const { signal } = run = new AbortController();
    stoppedByHand = false;
    began = 0;
    say(null);
    showStatus();
    app.announce(t.doing(count(items.length - todo.length + at), count(items.length)));
    /** @type {import('../squeezenet.mjs').Model | undefined} */ let ready;
    try {
      ready = await app.model();
      signal.throwIfAborted();
      if (model && model !== ready && at > 0) forget();
      model = ready;
      changed = false;
      began = performance.now();
      const from = at;
      for await (const { index, predictions, error } of ready.classifyAll(waiting(signal), { topK: Math.min(5, ready.info().classes), signal })) {
        const item = todo[from + index];
        at = from + index + 1;
        if (predictions) item.answers = predictions.map((p) => ({ class: classOf(p), probability: p.probability }));
        else item.error = String(/** @type {any} */ (error)?.message ?? error);
        gallery.update(item);
        soon();
      }
    } catch (e) {
      if (!signal.aborted && await app.model().then((now) => now === ready, () => true)) say(e);
      // otherwise another network took its place, and onModel begins again
    }
    if (run?.signal !== signal) return; // stopped or cleared, and perhaps begun again
    ended();
    if (at < todo.length) return;
    const text = t.done(count(items.length));
    app.announce([text, facts.textContent, notes.textContent].filter(Boolean).join('. '));
  }

  function ended() {
    if (began) milliseconds += performance.now() - began;
    began = 0;
    run = null;
    showAll();
  }

  function stop() {
    if (!run) return;
    run.abort();
    stoppedByHand = true;
    ended();
    app.announce(title.textContent ?? '');
    goOn.focus();
  }

  /** Forgets the answers, not the pictures. */
  function forget() {
    for (const item of todo) {
      item.answers = null;
      item.error = '';
    }
    at = milliseconds = 0;
    only = all;
    classes.clear();
  }

  function clear() {
    run?.abort();
    run = null;
    items = [], todo = [];
    at = skipped = milliseconds = began = 0;
    classes = new Map();
    only = all;
    allClasses = changed = stoppedByHand = false;
    find.value = '';
    say(null);
    gallery.clear();
    showAll();
    root.focus({ preventScroll: true });
  }

  /** @param {string} text @returns {Class} */
  function group(text) {
    return { index: -1, wnid: '', className: text, short: text };
  }

  /** @param {import('../squeezenet.mjs').Prediction} p @returns {Class} */
  function classOf({ index, wnid, className }) {
    let found = classes.get(index);
    if (!found) classes.set(index, found = { index, wnid, className, short: className.split(', ')[0] });
    return found;
  }

  function showStatus() {
    const busy = run !== null, ready = at >= todo.length;
    empty.hidden = items.length > 0 || gathering > 0;
    status.hidden = !empty.hidden;
    browse.hidden = items.length === 0;
    if (status.hidden) return;
    const total = count(items.length), done = items.length - todo.length + at, seconds = (milliseconds + (began && performance.now() - began)) / 1000;
    const rate = at / seconds || 0;
    title.textContent = busy ? t.doing(count(done), total) : ready || gathering > 0 ? t.done(total) : t.stopped(count(done), total);
    bar.hidden = !busy && ready && gathering === 0;
    if (items.length > 0) {
      bar.max = items.length;
      bar.value = done;
    }
    const speed = t.rate(rate < 9.95 ? rate.toFixed(1) : count(rate));
    facts.textContent = busy && !began ? t.waiting : at === 0 || (busy && seconds < 1) ? '' : `${speed}, ${busy ? t.left(duration((todo.length - at) / rate)) : duration(seconds)}`;
    const failed = items.filter((i) => i.error).length;
    notes.textContent = [failed && `${t.unread}: ${count(failed)}`, skipped && `${t.skipped}: ${count(skipped)}`, changed && t.changed].filter(Boolean).join('; ');
    cancel.hidden = !busy;
    goOn.hidden = busy || gathering > 0 || (ready && !changed);
    goOn.textContent = changed ? t.again : t.goOn;
    for (const button of downloads) button.disabled = at === 0;
  }

  /** @param {Item} item */
  const groupOf = (item) => (item.error ? unread : item.answers?.[0].class ?? later);

  /** The classes with how many pictures each has, the most frequent first. */
  function counted() {
    /** @type {Map<Class, number>} */ const counts = new Map();
    for (const item of items) counts.set(groupOf(item), (counts.get(groupOf(item)) ?? 0) + 1);
    counts.delete(later);
    return [...counts].sort(([a, n], [b, m]) => Number(a === unread) - Number(b === unread) || m - n || (a.short < b.short ? -1 : 1));
  }

  function showFacets() {
    const counts = counted(), most = counts[0]?.[1];
    const listed = counts.filter(([c], i) => allClasses || i < LISTED || c === only || c === unread);
    moreClasses.textContent = t.moreClasses(count(counts.length));
    moreClasses.hidden = listed.length === counts.length;
    arrange(facets, [/** @type {[Class, number]} */ ([all, items.length]), ...listed].map(([c, n]) => {
      const li = c.li ??= h('li', {}, h('button', {
        type: 'button', title: c.className,
        onclick() {
          only = only === c ? all : c;
          showFacets();
          showGallery();
          if (browse.getBoundingClientRect().top < 0) browse.scrollIntoView();
        },
      }, h('span', { class: 'name' }, c.short), h('span', { class: 'share' })));
      const button = /** @type {HTMLElement} */ (li.firstChild);
      /** @type {Element} */ (button.lastChild).textContent = count(n);
      button.style.setProperty('--share', c === all ? '0%' : `${100 * n / most}%`);
      button.setAttribute('aria-pressed', String(only === c));
      return li;
    }));
  }

  function showGallery() {
    const text = find.value.trim().toLowerCase();
    const fits = items.filter((item) => (only === all || groupOf(item) === only)
      && (!text || `${item.path}\n${item.answers?.[0].class.className}`.toLowerCase().includes(text))).sort(byKey);
    // what has no answer comes last
    if (sort.value !== 'name') fits.sort((a, b) => (sort.value !== 'unsure' || !a.answers || !b.answers ? sure(b) - sure(a) : sure(a) - sure(b)));
    /** @type {import('./gallery.mjs').Group<Item>[]} */ let groups = [{ items: fits }];
    if (sort.value === 'class') {
      /** @type {Map<Class, Item[]>} */ const of = new Map([...counted().map(([c]) => c), later].map((c) => [c, []]));
      for (const item of fits) of.get(groupOf(item))?.push(item);
      groups = [...of].filter(([, items]) => items.length > 0).map(([c, items]) => ({ heading: `${c.short} · ${count(items.length)}`, items }));
    }
    matches.textContent = fits.length < items.length ? t.showing(count(fits.length)) : '';
    gallery.show(groups);
  }

  function showAll() {
    clearTimeout(timer);
    timer = 0;
    if (!shown) return;
    showStatus();
    if (items.length === 0) return;
    showFacets();
    showGallery();
  }

  /** @type {any} */ let timer = 0;
  let order = 0;

  /** Shows how far it is, soon. @param {number} [ms] */
  function soon(ms = 250) {
    timer ||= setTimeout(async () => {
      timer = 0;
      if (!shown) return;
      showStatus();
      const now = performance.now();
      if (items.length === 0 || now < order) return;
      await pause();
      showFacets();
      await pause();
      // the gallery's order hangs on answers, or pictures have come
      if (gathering > 0 || sort.value !== 'name' || only !== all || find.value) showGallery();
      order = performance.now() + 1000;
    }, ms);
  }

  /** @param {boolean} csv or JSON */
  async function saveAs(csv) {
    const { model: id, architecture, precision, classes = 5 } = model?.info() ?? {};
    const done = items.filter((item) => item.answers || item.error).sort(byKey);
    const ranks = Array.from({ length: Math.min(5, classes) }, (_, i) => i);
    const parts = [csv
      ? `\ufeff${csvRow(['file', 'bytes', ...ranks.flatMap((i) => [`class${i + 1}`, `wnid${i + 1}`, `probability${i + 1}`]), 'error'])}` // by the mark at its start Excel knows UTF-8
      : `{"model": ${JSON.stringify({ id, architecture, precision })},\n"pictures": [\n`];
    for (let i = 0; i < done.length; i++) {
      const { path, file, answers, error } = done[i];
      const rows = answers?.map(({ class: { index, wnid, className }, probability }) => ({ index, wnid, className, probability }));
      parts.push(csv
        ? csvRow([path, file?.size ?? '', ...ranks.flatMap((k) => (rows ? [rows[k].className, rows[k].wnid, rows[k].probability] : ['', '', ''])), error])
        : JSON.stringify({ file: path, bytes: file?.size, ...(rows ? { predictions: rows } : { error }) }) + (i + 1 < done.length ? ',\n' : '\n]}\n'));
      if (i % SLICE === 0) await pause();
    }
    save(`squeezenet.${csv ? 'csv' : 'json'}`, new Blob(parts, { type: csv ? 'text/csv' : 'application/json' }));
  }

  /** @type {any} */ let typed = 0;
  find.addEventListener('input', () => {
    clearTimeout(typed);
    typed = setTimeout(showGallery, 150);
  });
  sort.addEventListener('change', showGallery);
  addEventListener('scroll', () => {
    if (shown && !root.hidden) scrolled = scrollY;
  }, { passive: true });

  app.onModel((ready) => {
    if (!model || model === ready) return;
    if (run) { // the answers of two networks are not mixed
      run.abort();
      run = null;
      forget();
      start();
    }
    changed = at > 0;
    showAll();
  });

  showStatus();
  return {
    take: (files, folders) => {
      if (files.length > 0) add([found(files)]);
      if (folders.length > 0) add(walk(folders));
    },
    shown() {
      shown = true;
      showAll();
      scrollTo(0, scrolled);
    },
    hidden: () => void (shown = false),
  };
}
