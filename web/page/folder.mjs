// A folder: hundreds of pictures, over all workers, in a gallery by class, and as CSV and JSON.
import { errorPlace, h, icon } from './dom.mjs';
import { found, isPicture, pause, walk } from './files.mjs';
import { Gallery } from './gallery.mjs';
import { csvRow, save } from './save.mjs';
import { count, language, percent, texts } from './text.mjs';

/** @typedef {import('./files.mjs').Found} Found */
/** @typedef {{wnid: string, className: string, short: string, index: number}} Class */
/**
 * @typedef {object} Item
 * @property {string} path @property {string} name its last part
 * @property {string} key by which paths are sorted
 * @property {File | null} file
 * @property {{class: Class, probability: number}[] | null} answers
 * @property {string} error
 */

const t = texts({
  en: {
    drop: 'Drop a folder here', orMany: 'or many pictures at once; hundreds are fine', choose: 'Choose a folder', pictures: 'Choose pictures',
    more: 'More pictures', clear: 'Clear', cancel: 'Cancel', goOn: 'Go on', again: 'Look again', csv: 'CSV', json: 'JSON', results: 'Download the results',
    gathering: (/** @type {string} */ n) => `Gathering files: ${n} pictures so far`,
    doing: (/** @type {string} */ done, /** @type {string} */ total) => `${done} of ${total} pictures`,
    done: (/** @type {string} */ n) => (n === '1' ? '1 picture' : `${n} pictures`),
    stopped: (/** @type {string} */ done, /** @type {string} */ total) => `Stopped after ${done} of ${total} pictures`,
    rate: (/** @type {string} */ n, /** @type {string} */ left) => `${n} a second, ${left} left`,
    took: (/** @type {string} */ n, /** @type {string} */ time) => `${n} a second, ${time} in all`,
    waiting: 'Waiting for the network …',
    seconds: (/** @type {string} */ n) => `${n} s`, minutes: (/** @type {string} */ m, /** @type {string} */ s) => `${m} min ${s} s`,
    failed: (/** @type {number} */ n) => (n === 1 ? '1 could not be read' : `${count(n)} could not be read`),
    skipped: (/** @type {number} */ n) => (n === 1 ? '1 file that is no picture was left out' : `${count(n)} files that are no pictures were left out`),
    none: (/** @type {number} */ n) => (n === 0 ? 'The folder is empty. Choose another.' : `No picture is among ${n === 1 ? 'this 1 file' : `these ${count(n)} files`} (JPEG, PNG, WebP, GIF, AVIF, BMP). Choose another folder.`),
    changed: 'These are the answers of the network that was in use before.',
    progress: 'Pictures looked at', gallery: 'Pictures', find: 'Find a name or class', sort: 'Order', byName: 'by name', byClass: 'by class', bySure: 'surest first', byUnsure: 'least sure first',
    classes: 'Classes', all: 'All', unread: 'Could not be read', moreClasses: (/** @type {number} */ n) => `Show all ${count(n)} classes`,
    noMatch: 'No picture matches.', showing: (/** @type {string} */ n) => `${n} shown`,
    later: 'not yet looked at',
    cannot: (/** @type {string} */ why) => `The file cannot be read (${why}). Choose it again.`,
  },
  zh: {
    drop: '把文件夹拖到这里', orMany: '也可以一次拖入许多图片，几百张也没问题', choose: '选择文件夹', pictures: '选择图片',
    more: '添加图片', clear: '清空', cancel: '取消', goOn: '继续', again: '重新识别', csv: 'CSV', json: 'JSON', results: '下载结果',
    gathering: (n) => `正在收集文件：已找到 ${n} 张图片`,
    doing: (done, total) => `已识别 ${done} / ${total} 张图片`,
    done: (n) => `${n} 张图片`,
    stopped: (done, total) => `已停止：识别了 ${total} 张中的 ${done} 张`,
    rate: (n, left) => `每秒 ${n} 张，还需 ${left}`,
    took: (n, time) => `每秒 ${n} 张，共用时 ${time}`,
    waiting: '正在等待网络加载…',
    seconds: (n) => `${n} 秒`, minutes: (m, s) => `${m} 分 ${s} 秒`,
    failed: (n) => `${count(n)} 张无法读取`,
    skipped: (n) => `已略过 ${count(n)} 个非图片文件`,
    none: (n) => (n === 0 ? '这个文件夹是空的，请选择其他文件夹。' : `这 ${count(n)} 个文件中没有图片（JPEG、PNG、WebP、GIF、AVIF、BMP），请选择其他文件夹。`),
    changed: '这些是之前所用网络的结果。',
    progress: '已识别的图片', gallery: '图片', find: '查找名称或类别', sort: '排序', byName: '按名称', byClass: '按类别', bySure: '最确定的在前', byUnsure: '最不确定的在前',
    classes: '类别', all: '全部', unread: '无法读取', moreClasses: (n) => `显示全部 ${count(n)} 个类别`,
    noMatch: '没有符合条件的图片。', showing: (n) => `显示 ${n} 张`,
    later: '尚未识别',
    cannot: (why) => `无法读取此文件（${why}），请重新选择。`,
  },
});

/** So many classes are listed before "show all". */
const LISTED = 40;
/** Files, or rows of results, that are worked off between two breaths of the page. */
const SLICE = 250;

/** @param {number} seconds */
const duration = (seconds) => (seconds < 99.5 ? t.seconds(count(Math.max(1, seconds))) : t.minutes(count(Math.floor(seconds / 60)), count(Math.floor(seconds % 60))));

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
  /** @type {number | 'failed' | null} the class that is shown alone */ let only = null;
  let allClasses = false;
  let shown = true, scrolled = 0;

  const { place: trouble, say } = errorPlace();
  /** @param {boolean} folder @param {string} text @param {string} [quiet] */
  const chooser = (folder, text, quiet = '') => {
    const input = h('input', { type: 'file', multiple: true, ...(folder ? { webkitdirectory: true } : { accept: 'image/*' }) });
    input.addEventListener('change', () => {
      const files = [...input.files ?? []];
      input.value = ''; // the same may be chosen again
      add([found(files)]);
    });
    return h('label', { class: `button ${quiet}` }, input, h('span', {}, text));
  };
  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, more = 'quiet') => h('button', { type: 'button', class: `button ${more}`, onclick }, text);

  const empty = h('section', { class: 'stage', 'aria-label': t.choose },
    h('div', { class: 'frame' }, h('div', { class: 'empty' }, icon('M5 13v23a3 3 0 0 0 3 3h32a3 3 0 0 0 3-3V16a3 3 0 0 0-3-3H24l-4-5H8a3 3 0 0 0-3 3zm6 20 8-8 6 5 7-8 6 7'), h('p', {}, t.drop), h('p', { class: 'hint' }, t.orMany))),
    h('div', { class: 'tools' }, chooser(true, t.choose), chooser(false, t.pictures, 'quiet')));

  const title = h('h2');
  const bar = h('progress', { 'aria-label': t.progress });
  const facts = h('p', { class: 'hint' }), notes = h('p', { class: 'hint', hidden: true });
  const cancel = button(t.cancel, stop), goOn = button(t.goOn, start, ''), again = button(t.again, lookAgain, '');
  const csv = button(t.csv, () => saveAs('csv')), json = button(t.json, () => saveAs('json'));
  const downloads = h('span', { class: 'downloads', role: 'group', 'aria-label': t.results }, csv, json);
  const status = h('section', { class: 'status', 'aria-label': t.progress, hidden: true },
    h('div', { class: 'counts' }, title, facts, notes), bar,
    h('div', { class: 'actions' }, cancel, goOn, again, downloads, chooser(false, t.more, 'quiet'), button(t.clear, clear)));

  const find = h('input', { type: 'search', autocomplete: 'off', spellcheck: false });
  const sort = h('select', {}, ...[['name', t.byName], ['class', t.byClass], ['sure', t.bySure], ['unsure', t.byUnsure]].map(([value, text]) => h('option', { value }, text)));
  const facets = h('ul', { class: 'facets', 'aria-label': t.classes });
  const moreClasses = button('', () => {
    allClasses = true;
    showFacets();
  });
  const matches = h('p', { class: 'hint', role: 'status' });
  const gallery = /** @type {Gallery<Item>} */ (new Gallery(t.gallery, describe, (item) => {
    if (!item.file) return;
    app.setPicture(item.file, item.name);
    app.go('picture');
  }));
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
    const before = items.length + skipped;
    say(null);
    gathering++;
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
          later(150);
        }
      }
    } finally {
      gathering--;
    }
    wake();
    stoppedByHand = false;
    if (items.length === 0) {
      say(t.none(skipped));
      skipped = 0;
    } else if (items.length + skipped === before) {
      say(t.none(0));
    }
    if (!run && at < todo.length) start();
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
        later();
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
    only = null;
    classes.clear();
  }

  function lookAgain() {
    run?.abort();
    run = null;
    forget();
    showAll();
    start();
  }

  function clear() {
    run?.abort();
    run = null;
    items = [], todo = [];
    at = skipped = milliseconds = began = 0;
    classes = new Map();
    only = null;
    allClasses = changed = stoppedByHand = false;
    find.value = '';
    say(null);
    gallery.clear();
    showAll();
    root.focus({ preventScroll: true });
  }

  /** @param {import('../squeezenet.mjs').Prediction} p @returns {Class} */
  function classOf({ index, wnid, className }) {
    let found = classes.get(index);
    if (!found) classes.set(index, found = { index, wnid, className, short: className.split(', ')[0] });
    return found;
  }

  function showStatus() {
    const some = items.length > 0, busy = run !== null;
    empty.hidden = some || gathering > 0;
    status.hidden = !empty.hidden;
    browse.hidden = !some;
    if (status.hidden) return;
    const failed = items.filter((i) => i.error).length, unread = items.length - todo.length;
    const done = unread + at, seconds = (milliseconds + (began && performance.now() - began)) / 1000;
    const rate = at / seconds;
    const rateText = rate > 0 && seconds > 0 ? rate < 9.95 ? rate.toFixed(1) : count(rate) : '';
    title.textContent = !busy && gathering > 0 ? t.gathering(count(items.length)) : busy ? t.doing(count(done), count(items.length)) : at < todo.length ? t.stopped(count(done), count(items.length)) : t.done(count(items.length));
    bar.hidden = !busy && at >= todo.length && gathering === 0;
    if (some) {
      bar.max = items.length;
      bar.value = done;
    }
    facts.textContent = busy && !began ? t.waiting : !rateText ? '' : busy ? (seconds > 1 ? t.rate(rateText, duration((todo.length - at) / rate)) : '') : t.took(rateText, duration(seconds));
    notes.textContent = [failed && t.failed(failed), skipped && t.skipped(skipped), changed && t.changed].filter(Boolean).join(language === 'zh' ? '；' : '; ');
    notes.hidden = !notes.textContent;
    cancel.hidden = !busy;
    goOn.hidden = busy || at >= todo.length || changed || gathering > 0;
    again.hidden = busy || !changed;
    csv.disabled = json.disabled = at === 0;
  }

  /** @param {Item} item */
  const groupOf = (item) => (item.error ? 'failed' : item.answers ? item.answers[0].class.index : null);

  /** The classes with how many pictures each has, the most frequent first. */
  function counted() {
    /** @type {Map<number | 'failed', number>} */ const counts = new Map();
    for (const item of items) {
      const group = groupOf(item);
      if (group !== null) counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => (a[0] === 'failed' ? 1 : b[0] === 'failed' ? -1 : b[1] - a[1] || ((classes.get(a[0])?.short ?? '') < (classes.get(b[0])?.short ?? '') ? -1 : 1)));
  }

  /** @type {Map<number | 'failed' | null, {li: HTMLLIElement, show: (n: number, most: number) => void}>} */ const rows = new Map();

  function showFacets() {
    const all = counted();
    const most = all[0]?.[1] ?? 1;
    const listed = all.filter(([group], i) => allClasses || i < LISTED || group === only || group === 'failed');
    moreClasses.textContent = t.moreClasses(all.length);
    moreClasses.hidden = listed.length === all.length;
    /** @type {[number | 'failed' | null, number][]} */ const wanted = [[null, items.length], ...listed];
    const keep = new Set(wanted.map(([group]) => group));
    for (const [group, { li }] of rows) {
      if (keep.has(group)) continue;
      li.remove();
      rows.delete(group);
    }
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    let after = facets.firstChild;
    for (const [group, n] of wanted) {
      let row = rows.get(group);
      if (!row) {
        const name = group === null ? t.all : group === 'failed' ? t.unread : classes.get(group)?.short ?? '';
        const number = h('span', { class: 'share' });
        const press = h('button', { type: 'button', onclick: () => choose(group), title: typeof group === 'number' ? classes.get(group)?.className : undefined }, h('span', { class: 'name' }, name), number);
        const li = h('li', {}, press);
        row = {
          li,
          show: (n, most) => {
            number.textContent = count(n);
            press.style.setProperty('--share', group === null ? '0%' : `${100 * n / most}%`);
            press.setAttribute('aria-pressed', String(only === group));
          },
        };
        rows.set(group, row);
      }
      row.show(n, most);
      if (row.li === after) after = after.nextSibling;
      else facets.insertBefore(row.li, after);
    }
    if (focused && focused !== document.activeElement && facets.contains(focused)) focused.focus({ preventScroll: true });
  }

  /** @param {number | 'failed' | null} group */
  function choose(group) {
    only = only === group ? null : group;
    showFacets();
    showGallery();
  }

  function showGallery() {
    const text = find.value.trim().toLowerCase();
    const fits = items.filter((item) => (only === null || groupOf(item) === only)
      && (!text || item.path.toLowerCase().includes(text) || (item.answers?.[0].class.className.toLowerCase().includes(text) ?? false)));
    const byKey = (/** @type {Item} */ a, /** @type {Item} */ b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
    const sure = (/** @type {Item} */ item) => item.answers?.[0].probability ?? NaN;
    /** @type {import('./gallery.mjs').Group<Item>[]} */ let groups = [];
    if (sort.value === 'class') {
      /** @type {Map<number | 'failed' | null, Item[]>} */ const of = new Map([...counted().map(([group]) => group), null].map((group) => [group, []]));
      for (const item of fits) of.get(groupOf(item))?.push(item);
      groups = [...of].flatMap(([group, items]) => {
        if (items.length === 0) return [];
        const name = group === null ? t.later : group === 'failed' ? t.unread : classes.get(group)?.className ?? '';
        return [{ heading: `${name} · ${count(items.length)}`, items: items.sort((a, b) => sure(b) - sure(a) || byKey(a, b)) }];
      });
    } else {
      const sign = sort.value === 'sure' ? -1 : 1;
      // what has no answer comes last
      if (sort.value !== 'name') fits.sort((a, b) => Number(!a.answers) - Number(!b.answers) || (sign * (sure(a) - sure(b)) || 0) || byKey(a, b));
      else fits.sort(byKey);
      groups = [{ items: fits }];
    }
    matches.textContent = fits.length === 0 && items.length > 0 ? t.noMatch : fits.length < items.length ? t.showing(count(fits.length)) : '';
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
  function later(ms = 250) {
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
      if (gathering > 0 || sort.value !== 'name' || only !== null || find.value) showGallery();
      order = performance.now() + 1000;
    }, ms);
  }

  /** @param {'csv' | 'json'} kind */
  async function saveAs(kind) {
    const info = model?.info();
    const done = items.filter((item) => item.answers || item.error).sort((a, b) => (a.key < b.key ? -1 : 1));
    const most = Math.min(5, info?.classes ?? 5);
    /** @type {string[]} */ const parts = [];
    if (kind === 'csv') {
      const columns = Array.from({ length: most }, (_, i) => [`class${i + 1}`, `wnid${i + 1}`, `probability${i + 1}`]).flat();
      parts.push('\ufeff', csvRow(['file', 'bytes', ...columns, 'error'])); // by the mark at its start Excel knows UTF-8
    } else {
      parts.push(`{"model": ${JSON.stringify({ id: info?.model, architecture: info?.architecture, precision: info?.precision })},\n"pictures": [\n`);
    }
    for (let i = 0; i < done.length; i += SLICE) {
      const slice = done.slice(i, i + SLICE);
      if (kind === 'csv') {
        parts.push(slice.map(({ path, file, answers, error }) => csvRow([
          path, file?.size ?? '', ...Array.from({ length: most }, (_, k) => (answers?.[k] ? [answers[k].class.className, answers[k].class.wnid, answers[k].probability] : ['', '', ''])).flat(), error,
        ])).join(''));
      } else {
        parts.push(slice.map(({ path, file, answers, error }) => JSON.stringify({
          file: path, bytes: file?.size, ...(answers ? { predictions: answers.map(({ class: { index, wnid, className }, probability }) => ({ index, wnid, className, probability })) } : { error }),
        })).join(',\n'), i + SLICE < done.length ? ',\n' : '');
      }
      await pause();
    }
    if (kind === 'json') parts.push('\n]}\n');
    save(`squeezenet.${kind}`, new Blob(parts, { type: kind === 'csv' ? 'text/csv' : 'application/json' }));
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
    if (run) return lookAgain(); // the answers of two networks are not mixed
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
