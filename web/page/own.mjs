// Own classes: named, given pictures, learned here, judged, used, kept.
import { load } from '../squeezenet.mjs';
import { arrange, button, errorPlace, fileButton, h } from './dom.mjs';
import { found, isPicture, pause, walk } from './files.mjs';
import { save } from './save.mjs';
import { workers } from './start.mjs';
import * as store from './store.mjs';
import { count, language, megabytes, percent, texts } from './text.mjs';
import { jpeg, thumbnail } from './thumbs.mjs';
import { closeCamera, openCamera } from './webcam.mjs';

/** @typedef {import('./files.mjs').Found} Found */
/** @typedef {import('./store.mjs').Kept} Kept */
/** @typedef {import('../squeezenet.mjs').Model} Model */
/** @typedef {{blob: Blob, name: string, state: 'new' | 'good' | 'bad', error: string, tile: HTMLLIElement | null}} Picture */
/**
 * @typedef {object} Class
 * @property {Picture[]} pictures
 * @property {number} shown so many tiles at most
 * @property {HTMLElement} card @property {HTMLInputElement} name @property {() => void} show
 */

const t = texts('own', {
  intro: 'Teach it your own classes', how: 'Name two classes or more and give each some pictures: ten make a fair start. It learns from them here, in seconds.',
  nth: (/** @type {number} */ n) => `Class ${n}`, add: 'Add pictures', camera: 'Camera', shut: 'Close camera', addClass: 'Add a class', folders: 'A folder for each class', without: (/** @type {string} */ name) => `Remove ${name}`,
  pictures: (/** @type {string} */ n) => (n === '1' ? '1 picture' : `${n} pictures`), drop: 'Drop pictures here, or choose them', more: (/** @type {string} */ n) => `Show ${n} more`,
  bad: (/** @type {string} */ n) => `${n} cannot be used`, same: (/** @type {string} */ n) => `Left out, as they are there already: ${n}.`,
  none: 'No picture is among these files.', where: 'Drop pictures on a class, or a folder for each class anywhere.',
  hold: 'Hold to take pictures', gone: 'The camera’s picture ended. Open it again.',
  twice: (/** @type {string} */ name) => `Two classes are called “${name}”.`, least: 'At least two classes are needed.', needs: (/** @type {string} */ name, /** @type {string} */ pictures) => `${name} has ${pictures}: it needs two at least.`,
  looking: (/** @type {string} */ n) => `Looking at the pictures: ${n} to go.`, few: (/** @type {string} */ name) => `${name}: ten pictures or more make it surer.`,
  learn: 'Learn', cancel: 'Cancel', at: (/** @type {string} */ done, /** @type {string} */ total) => `Picture ${done} of ${total}`, learning: 'Learning', cancelled: 'Cancelled; nothing has changed.',
  judged: (/** @type {string} */ share) => `Right for ${share}`, judgedOf: (/** @type {string} */ right, /** @type {string} */ of) => `${right} of ${of} pictures, each judged by a classifier that had not seen it.`,
  mistakes: (/** @type {string} */ n) => `Taken for something else: ${n}`, taken: (/** @type {string} */ name, /** @type {string} */ share) => `Taken for ${name} (${share})`,
  name: 'Name', use: 'Use it', used: 'In use. ', keep: 'Keep it', save: 'Save to a file', withPictures: 'Keep the pictures too, to go on another time',
  kept: 'Kept in this browser.', notKept: 'Not kept yet: it is gone when this page is closed.',
  keptTitle: 'Kept on this device', nothing: 'Nothing yet.', load: 'Load a file', hint: 'One saved here, or converted from another program’s weights: squeezenet convert IN OUT.sqz',
  remove: 'Delete', really: 'Really delete?', goOn: 'Go on with its pictures', right: (/** @type {string} */ share) => `${share} right`,
  full: 'The storage that this browser gives the page is full: delete what is kept here, or save to a file.',
  forbidden: (/** @type {string} */ why) => `This browser keeps nothing for this page (${why}): save to a file instead.`, lost: 'The browser has cleared it.',
});
/** @typedef {typeof t} English */

/** Tiles of a class that are shown at first, and then with each press. */
const TILES = 24, MORE = 96;
/** Pictures are kept smaller than this: the network sees 227 pixels. */
const SIDE = 640;

/**
 * What was learned or loaded, and may be used, kept, saved.
 * @typedef {object} Result
 * @property {string} name
 * @property {string} classes
 * @property {Uint8Array<ArrayBuffer>} file
 * @property {Model | null} model while it is there
 * @property {import('../squeezenet.mjs').Training} [training]
 * @property {{name: string, pictures: Picture[]}[]} given
 * @property {string} id where it is kept
 */

/** The first of some names. @param {string[]} names @param {number} most */
const some = (names, most) => names.slice(0, most).join(', ') + (names.length > most ? ` … (${count(names.length)})` : '');

/**
 * @param {HTMLElement} root
 * @param {import('./app.mjs').App} app
 * @returns {import('./app.mjs').View}
 */
export function mount(root, app) {
  /** @type {Class[]} */ let classes = [];
  /** @type {AbortController | null} */ let training = null;
  /** @type {Result | null} */ let result = null;
  /** @type {Model | undefined} the one in use */ let current;
  /** @type {Picture[]} */ const unseen = []; // not yet looked at
  let looking = false, left = 0;
  /** @type {any} */ let timer = 0;

  const { place: trouble, say: sayHere } = errorPlace();
  const say = (/** @type {unknown} */ e) => {
    sayHere(e);
    trouble.scrollIntoView({ block: 'nearest' }); // it may be below many pictures
  };
  const { place: keptTrouble, say: sayKept } = errorPlace();
  /** @param {Record<string, any>} given */
  const field = (given) => h('input', { maxLength: 60, autocomplete: 'off', spellcheck: false, ...given });
  const actions = (/** @type {HTMLElement[]} */ ...children) => h('div', { class: 'actions' }, ...children);
  const hint = (text = '') => h('p', { class: 'hint' }, text);
  /** @param {HTMLElement} place @param {Blob} blob */
  const fillWith = (place, blob) => thumbnail(blob, 144, () => place.isConnected).then((canvas) => canvas && place.prepend(canvas));

  // The classes

  const cards = h('div', { class: 'cards' });
  const addClassButton = button(t.addClass, () => addClass().name.focus());

  function addClass(given = '') {
    const name = field({ class: 'title', value: given, oninput: showWhole });
    const strip = h('ul', { class: 'strip' }), facts = hint();
    const more = button('', () => {
      c.shown += MORE;
      c.show();
    });
    const camera = h('div', { class: 'webcam', hidden: true });
    const cameraButton = button(t.camera, () => (camera.hidden ? openIn(c, camera, cameraButton) : shut()));
    const remove = button('×', () => {
      const at = classes.indexOf(c);
      if (!camera.hidden) shut();
      classes.splice(at, 1);
      card.remove();
      showWhole();
      (classes[Math.min(at, classes.length - 1)]?.name ?? addClassButton).focus();
    }, 'cross');
    const card = h('section', { class: 'class panel' }, h('div', { class: 'titles' }, name, remove), facts, strip, more, camera,
      actions(fileButton(t.add, { multiple: true, accept: 'image/*' }, (files) => addPictures(c, found(files))), cameraButton));
    /** @type {Class} */
    const c = {
      pictures: [], shown: TILES, card, name,
      show() {
        name.placeholder = t.nth(classes.indexOf(c) + 1);
        name.setAttribute('aria-label', name.placeholder);
        card.setAttribute('aria-label', nameOf(c));
        remove.setAttribute('aria-label', t.without(nameOf(c)));
        const all = c.pictures.length, bad = c.pictures.filter((p) => p.state === 'bad').length;
        facts.textContent = all === 0 ? t.drop : [t.pictures(count(all - bad)), bad && t.bad(count(bad))].filter(Boolean).join(', ');
        more.hidden = all <= c.shown;
        more.textContent = t.more(count(Math.min(MORE, all - c.shown)));
        const shown = c.pictures.slice(0, c.shown);
        arrange(strip, shown.map((p) => p.tile ??= tileOf(c, p)));
        shown.forEach(fill);
      },
    };
    classes.push(c);
    cards.append(card);
    showWhole();
    return c;
  }

  /** @param {Class} c */
  const nameOf = (c) => c.name.value.trim() || c.name.placeholder;

  /** @param {Class} c @param {Picture} p */
  function tileOf(c, p) {
    const remove = button('×', () => {
      const at = c.pictures.indexOf(p);
      c.pictures.splice(at, 1);
      p.tile = null;
      showWhole();
      (c.pictures[Math.min(at, c.pictures.length - 1)]?.tile?.querySelector('button') ?? c.card.querySelector('.actions input'))?.focus();
    }, 'cross');
    remove.setAttribute('aria-label', t.without(p.name));
    return h('li', { title: p.name }, remove);
  }

  /** @param {Picture} p */
  function fill({ tile, state, error, name, blob }) {
    if (!tile || state === 'new' || tile.dataset.state) return;
    tile.dataset.state = state;
    if (state === 'good') return void fillWith(tile, blob).then((done) => done === null && delete tile.dataset.state);
    tile.title = error;
    tile.firstElementChild?.setAttribute('aria-label', `${t.without(name)}. ${error}`);
  }

  /** @param {Class} c @param {Found[]} files */
  async function addPictures(c, files) {
    const key = (/** @type {Blob} */ blob) => (blob instanceof File ? `${blob.name} ${blob.size} ${blob.lastModified}` : blob);
    const there = new Set(c.pictures.map((p) => key(p.blob)));
    const given = files.filter(isPicture);
    let same = 0;
    sayHere(null);
    for (const [i, { file, path, error = '' }] of given.entries()) {
      if (i % 250 === 249) await pause();
      if (file && there.has(key(file))) {
        same++;
        continue;
      }
      /** @type {Picture} */
      const p = { blob: file ?? new Blob(), name: path, state: file ? 'new' : 'bad', error, tile: null };
      there.add(key(p.blob));
      c.pictures.push(p);
      if (file) unseen.push(p);
    }
    if (given.length === 0) say(t.none);
    else if (same > 0) say(t.same(count(same)));
    showWhole();
    look();
  }

  /** Each folder a class: the first on the paths in which they differ. @param {Found[]} files */
  async function addFolders(files) {
    const paths = files.filter(isPicture).map((f) => ({ f, parts: f.path.split('/').slice(0, -1) }));
    if (paths.length === 0) return say(t.none);
    const common = paths.every(({ parts }) => parts[0] === paths[0].parts[0]) && paths.some(({ parts }) => parts.length > 1) ? 1 : 0;
    /** @type {Map<string, Found[]>} */ const groups = new Map();
    for (const { f, parts } of paths) {
      const name = parts[common] ?? parts[0] ?? '';
      const group = groups.get(name);
      if (group) group.push(f);
      else groups.set(name, [f]);
    }
    for (const [name, group] of groups) {
      const c = classes.find((c) => c.name.value.trim() === name) ?? classes.find((c) => !c.name.value && c.pictures.length === 0) ?? addClass();
      c.name.value = name;
      await addPictures(c, group);
    }
  }

  /** Looks at new pictures, so that one that cannot be read is known at once. */
  async function look() {
    if (looking) return;
    looking = true;
    while (unseen.length > 0) {
      const batch = unseen.splice(0);
      let at = 0;
      /** @type {Model | undefined} */ let model;
      try {
        model = await app.model();
        for await (const { index, error } of model.classifyAll(batch.map((p) => p.blob), { topK: 1 })) {
          const p = batch[index];
          at = index + 1;
          p.state = error ? 'bad' : 'good';
          p.error = error?.message ?? '';
          fill(p);
          left = unseen.length + batch.length - at;
          timer ||= setTimeout(showWhole, 200);
        }
      } catch (e) {
        unseen.unshift(...batch.slice(at));
        if (model && await app.model().catch(() => model) !== model) continue; // another took its place
        say(e);
        break;
      }
    }
    looking = false;
    showWhole();
  }

  // The camera

  let shut = () => {};

  /** @param {Class} c @param {HTMLElement} place @param {HTMLButtonElement} opener */
  async function openIn(c, place, opener) {
    shut();
    sayHere(null);
    let closed = false;
    /** @type {MediaStream | null} */ let stream = null;
    /** @type {any} */ let repeat = 0;
    const release = () => {
      clearInterval(repeat);
      repeat = 0;
    };
    const close = shut = () => {
      if (closed) return;
      closed = true;
      release();
      closeCamera(stream);
      place.hidden = true;
      place.replaceChildren();
      opener.textContent = t.camera;
    };
    opener.textContent = t.shut;
    try {
      stream = await openCamera();
    } catch (e) {
      close();
      return say(e);
    }
    if (closed) return closeCamera(stream);
    stream.getTracks()[0].onended = () => {
      close();
      say(t.gone);
    };
    const video = h('video', { muted: true, playsInline: true, autoplay: true, srcObject: stream });
    const capture = async () => {
      if (video.readyState < 2) return;
      const { videoWidth, videoHeight } = video, scale = Math.min(1, SIDE / Math.max(videoWidth, videoHeight));
      const canvas = h('canvas', { width: Math.round(videoWidth * scale), height: Math.round(videoHeight * scale) });
      canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
      const blob = await jpeg(canvas);
      const file = blob && new File([blob], `camera-${Date.now()}.jpg`, { type: blob.type });
      if (file) addPictures(c, [{ file, path: file.name }]);
    };
    /** @param {Event} e */
    const press = (e) => {
      e.preventDefault();
      if (repeat) return;
      capture();
      repeat = setInterval(capture, 200);
    };
    // assistive technology clicks, and nothing else
    const shutter = button(t.hold, () => {}, 'button');
    shutter.onclick = (e) => e.detail === 0 && capture();
    shutter.onpointerdown = (e) => {
      if (e.button !== 0) return;
      shutter.setPointerCapture(e.pointerId);
      press(e);
    };
    shutter.onkeydown = (e) => void (/^( |Enter)$/.test(e.key) && press(e));
    shutter.onpointerup = shutter.onlostpointercapture = shutter.onkeyup = shutter.onblur = release;
    shutter.oncontextmenu = (e) => e.preventDefault(); // a long touch
    place.replaceChildren(video, shutter);
    place.hidden = false;
    video.play().catch(() => {});
    shutter.focus();
  }

  // Learning

  const missing = h('ul', { class: 'missing' });
  const trainButton = button(t.learn, train, 'button learn');
  const cancelButton = button(t.cancel, () => training?.abort());
  const bar = h('progress', { 'aria-label': t.learning, max: 1 });
  const stage = hint();
  const busy = h('div', { class: 'busy', hidden: true }, stage, bar, cancelButton);
  const resultPlace = h('section', { class: 'panel', tabIndex: -1, hidden: true, 'aria-labelledby': 'own-result' });

  function showWhole() {
    clearTimeout(timer);
    timer = 0;
    for (const c of classes) c.show();
    // what keeps it from learning, or what would make it better
    const given = ofUse();
    const needs = given.length < 2 ? [t.least] : [], hints = [];
    for (const c of given) {
      const n = c.pictures.filter((p) => p.state !== 'bad').length, name = nameOf(c);
      if (given.find((other) => nameOf(other) === name) !== c) needs.push(t.twice(name));
      if (n < 2) needs.push(t.needs(name, t.pictures(count(n))));
      else if (n < 10) hints.push(t.few(name));
    }
    const wait = looking || unseen.length > 0;
    const lines = needs.length > 0 ? needs : wait ? [t.looking(count(Math.max(1, left)))] : hints.slice(0, 3);
    missing.replaceChildren(...lines.map((line) => h('li', {}, line)));
    missing.hidden = lines.length === 0 || training !== null;
    trainButton.disabled = needs.length > 0 || wait;
    trainButton.hidden = training !== null;
    busy.hidden = !training;
  }

  const ofUse = () => classes.filter((c) => c.name.value.trim() || c.pictures.length > 0);

  async function train() {
    if (training) return;
    const given = ofUse().map((c) => ({ name: nameOf(c), pictures: c.pictures.filter((p) => p.state === 'good') }));
    const { signal } = training = new AbortController();
    sayHere(null);
    bar.removeAttribute('value');
    stage.textContent = t.learning;
    showWhole();
    cancelButton.focus();
    try {
      const base = await app.model();
      const made = await base.train(Object.fromEntries(given.map(({ name, pictures }) => [name, pictures.map((p) => p.blob)])), {
        signal,
        onProgress({ phase, done, total }) {
          const features = phase === 'features'; // they take most of the time
          bar.value = (features ? 0 : 0.8) + (features ? 0.8 : 0.2) * done / total;
          stage.textContent = features ? t.at(count(done), count(total)) : t.learning;
        },
      });
      const names = given.map(({ name }) => name);
      take({ name: some(names, 3), classes: some(names, 9), file: await made.export(), model: made, training: made.training, given, id: '' });
    } catch (e) {
      if (signal.aborted) app.announce(t.cancelled);
      else say(e);
    }
    training = null;
    showWhole();
    if (signal.aborted) trainButton.focus();
  }

  // What came of it

  let showState = () => {};

  /** @param {Result} r */
  function take(r) {
    if (result?.model && result.model !== current) result.model.dispose();
    result = r;
    const name = field({ value: r.name, oninput: () => (r.name = name.value.trim() || r.name) });
    const state = h('p', { class: 'hint', role: 'status' });
    const use = button(t.use, async () => {
      const loading = r.model ? Promise.resolve(r.model) : load({ model: r.file, workers });
      loading.then((model) => (r.model = model), () => {});
      await app.use(loading, r.name, r.id);
    }, 'button');
    const keep = button(t.keep, async () => {
      keep.disabled = true;
      await keepIt(r, box.checked);
      keep.disabled = false;
      showState();
    });
    const box = h('input', { type: 'checkbox' });
    const withPictures = h('label', { class: 'check' }, box, h('span', {}, t.withPictures));
    showState = () => {
      use.hidden = r.model !== null && r.model === current;
      keep.hidden = r.id !== '';
      withPictures.hidden = keep.hidden || r.given.length === 0;
      state.textContent = (use.hidden ? t.used : '') + (r.id ? t.kept : t.notKept);
    };
    showState();
    resultPlace.replaceChildren(
      ...(r.training ? judgement(r, r.training) : [h('h2', { id: 'own-result' }, r.name), hint(r.classes)]),
      h('label', { class: 'field' }, h('span', {}, t.name), name),
      actions(use, keep, button(t.save, () => saveFile(r.name, r.file))), withPictures, state);
    resultPlace.hidden = false;
    resultPlace.focus({ preventScroll: true });
    resultPlace.scrollIntoView({ block: 'nearest' });
  }

  /** @param {Result} r @param {import('../squeezenet.mjs').Training} training */
  function judgement(r, { right, of, classes, confusion, answers }) {
    const title = t.judged(percent(right / of)), text = t.judgedOf(count(right), count(of));
    app.announce(`${title}. ${text}`);
    // each class: how many of its pictures are right, and what the others were taken for
    const bars = classes.map(({ name, pictures, right }, i) => {
      const wrong = confusion[i].map((n, j) => (n > 0 && j !== i ? `→ ${classes[j].name} ${count(n)}` : '')).filter(Boolean);
      const li = h('li', {}, h('span', { class: 'name' }, name, h('span', { class: 'hint' }, wrong.join(', '))), h('span', {}, `${count(right)} / ${count(pictures)}`));
      li.style.setProperty('--share', `${100 * right / pictures}%`);
      return li;
    });
    const wrong = answers.filter((a) => a.name !== a.className).sort((a, b) => b.probability - a.probability);
    const byName = new Map(r.given.map(({ name, pictures }) => [name, pictures]));
    const mistakes = wrong.slice(0, 30).map(({ name, picture, className, probability }) => {
      const li = h('li', {}, h('span', {}, t.taken(className, percent(probability)), hint(byName.get(name)?.[picture].name)));
      return { li, blob: byName.get(name)?.[picture].blob };
    });
    const details = h('details', {
      hidden: wrong.length === 0,
      ontoggle: () => mistakes.splice(0).forEach(({ li, blob }) => blob && fillWith(li, blob)),
    }, h('summary', {}, t.mistakes(count(wrong.length))), h('ul', { class: 'mistakes' }, ...mistakes.map(({ li }) => li)));
    return [h('h2', { id: 'own-result' }, title), hint(text), h('ul', { class: 'bars' }, ...bars), details];
  }

  /** @param {string} name @param {BlobPart} file */
  const saveFile = (name, file) => save(`${name.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, '_')}.sqz`, new Blob([file]));

  // What is kept

  const keptList = h('ul', { class: 'kept' }), nothing = hint(t.nothing);

  /** Does what needs the store; says so where it cannot. @template T @param {() => Promise<T>} work @returns {Promise<T | undefined>} */
  async function stored(work) {
    try {
      const value = await work();
      sayKept(value === null ? t.lost : null);
      return value;
    } catch (e) {
      const { name, message } = /** @type {Error} */ (e ?? {});
      sayKept(name === 'QuotaExceededError' ? t.full : t.forbidden(message || name));
    }
  }

  /** @param {Result} r @param {boolean} withPictures */
  async function keepIt(r, withPictures) {
    /** @type {import('./store.mjs').KeptPictures} */ const pictures = [];
    let bytes = r.file.length;
    for (const { name, pictures: given } of withPictures ? r.given : []) {
      const small = [];
      for (const { name, blob } of given) {
        const canvas = blob.size > 150e3 && await thumbnail(blob, SIDE, () => true, true);
        const kept = canvas && await jpeg(canvas) || blob;
        bytes += kept.size;
        small.push({ name, bytes: await kept.arrayBuffer(), type: kept.type });
      }
      pictures.push({ name, pictures: small });
    }
    const id = crypto.randomUUID?.() ?? String(Math.random()), { name, classes, file, training } = r;
    await stored(async () => {
      await store.put({ id, name, classes, date: Date.now(), bytes, pictures: pictures.length > 0, right: training && training.right / training.of }, file, pictures);
      r.id = id;
    });
    if (!r.id) return;
    if (r.model === current) await app.use(app.model(), name, id);
    await showKept();
    app.announce(t.kept);
  }

  async function showKept() {
    const all = await stored(store.list);
    if (!all) return;
    nothing.hidden = all.length > 0;
    keptList.replaceChildren(...all.map(rowOf));
  }

  /** @param {Kept} k */
  function rowOf(k) {
    const name = field({
      value: k.name,
      async onchange() {
        k.name = name.value = name.value.trim() || k.name;
        label();
        await stored(() => store.put(k));
        if (app.own.id === k.id) await app.use(app.model(), k.name, k.id);
      },
    });
    const file = () => stored(async () => await store.model(k.id) ?? null);
    const removing = button(t.remove, async () => {
      if (removing.textContent !== t.really) {
        removing.textContent = t.really;
        return label();
      }
      await stored(() => store.remove(k.id));
      if (app.own.id === k.id) await app.use(app.model(), k.name, ''); // goes on until the page is closed
      if (result?.id === k.id) result.id = '';
      showState();
      await showKept();
      /** @type {HTMLElement | null} */ (kept.querySelector('li input') ?? kept.querySelector('input'))?.focus();
    }, 'link');
    removing.onblur = () => {
      removing.textContent = t.remove;
      label();
    };
    const links = h('div', { class: 'actions' },
      button(t.use, async () => {
        const bytes = await file();
        if (bytes) await useFile(bytes, k.name, k.id);
      }, 'link'),
      ...(k.pictures ? [button(t.goOn, () => goOn(k.id), 'link')] : []),
      button(t.save, async () => {
        const bytes = await file();
        if (bytes) saveFile(k.name, bytes);
      }, 'link'),
      removing);
    const label = () => {
      name.setAttribute('aria-label', `${t.name}: ${k.name}`);
      for (const b of links.children) b.setAttribute('aria-label', `${b.textContent}: ${k.name}`);
    };
    label();
    return h('li', {}, name, hint([k.classes, k.right !== undefined && t.right(percent(k.right)), new Date(k.date).toLocaleDateString(language), `${megabytes(k.bytes)} MB`].filter(Boolean).join(' · ')), links);
  }

  /** @param {Uint8Array | Blob} file @param {string} name @param {string} id */
  async function useFile(file, name, id) {
    try {
      const model = await load({ model: file, workers });
      await app.use(Promise.resolve(model), name, id);
      sayKept(null);
      return model;
    } catch (e) {
      sayKept(e);
      keptTrouble.scrollIntoView({ block: 'nearest' });
    }
  }

  /** @param {File} file */
  async function loadFile(file) {
    const name = file.name.replace(/\.sqz$/i, '');
    const model = await useFile(file, name, '');
    if (model) take({ name, classes: some((await model.classNames()).map((c) => c.className), 9), file: await model.export(), model, given: [], id: '' });
  }

  /** Brings back the pictures that a network was made of. @param {string} id */
  async function goOn(id) {
    const groups = await stored(async () => await store.pictures(id) ?? null);
    if (!groups) return;
    shut();
    cards.replaceChildren();
    classes = [];
    for (const { name, pictures } of groups) {
      await addPictures(addClass(name), pictures.map((p) => ({ path: p.name, file: new File([p.bytes], p.name, { type: p.type }) })));
    }
    classes[0].name.focus();
  }

  const kept = h('section', { class: 'panel', 'aria-labelledby': 'own-kept' }, h('h2', { id: 'own-kept' }, t.keptTitle), keptTrouble, keptList, nothing,
    actions(fileButton(t.load, { accept: '.sqz' }, ([file]) => loadFile(file))), hint(t.hint));
  root.classList.add('own', 'pair');
  root.append(
    h('section', { 'aria-labelledby': 'own-intro' }, h('h2', { id: 'own-intro' }, t.intro), hint(t.how), cards,
      actions(addClassButton, fileButton(t.folders, { multiple: true, webkitdirectory: true }, (files) => addFolders(found(files))))),
    h('div', { class: 'column' }, h('section', { class: 'panel', 'aria-label': t.learn }, trouble, missing, trainButton, busy), resultPlace, kept));
  addClass();
  addClass();
  showKept();
  app.onModel((model) => {
    if (result?.model && result.model === current) result.model = null; // it was ended
    current = model;
    showState();
  });

  return {
    async take(files, folders, at) {
      const network = files.find((f) => /\.sqz$/i.test(f.name));
      if (network) return loadFile(network);
      const c = at instanceof Element && classes.find(({ card }) => card.contains(at));
      const all = found(files);
      for await (const some of walk(folders)) all.push(...some);
      if (c) addPictures(c, all);
      else if (folders.length > 0) addFolders(all.filter((f) => f.path.includes('/')));
      else say(t.where);
    },
    hidden: () => shut(),
  };
}
