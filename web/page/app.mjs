// The page's frame: the views and how to get from one to another, the network that they share, and
// what is said of it below them. It uses the public module and nothing else.
import { element, errorPlace, h } from './dom.mjs';
import { dropped } from './files.mjs';
import * as picture from './picture.mjs';
import { first, imagenet, own } from './start.mjs';
import { language, texts, translate } from './text.mjs';

/** @typedef {import('../squeezenet.mjs').Model} Model */

/**
 * What a view is given.
 * @typedef {object} App
 * @property {() => Promise<Model>} model the network in use; rejects where none could be loaded
 * @property {(loading: Promise<Model>, name?: string, id?: string) => Promise<void>} use takes another network (name: what it
 *   is called, for one of the visitor's own; id: where it is kept, to be used after a reload too); the one before goes on
 *   until it is there, and if it fails
 * @property {{name: string, id: string}} own the visitor's own network that is in use; name is empty where it is ImageNet's
 * @property {(listener: (model: Model) => void) => void} onModel calls when a network is there, now or later
 * @property {{file: Blob | null, name: string}} picture the picture that "one picture" and "look inside" are about
 * @property {(file: Blob, name: string) => void} setPicture
 * @property {(listener: () => void) => void} onPicture
 * @property {(text: string) => void} announce says it to a screen reader
 * @property {(view: string) => void} go
 *
 * @typedef {object} View
 * @property {(files: File[], folders: FileSystemDirectoryEntry[], at: EventTarget | null) => void} [take] what was dropped (at:
 *   on which element) or pasted; without it a single file goes to "one picture", more of them and folders to "a folder"
 * @property {() => void} [shown] after it came into view
 * @property {() => void} [hidden] after it went out of view: stop what nobody sees
 */

const t = texts('app', {
  own: (/** @type {string} */ name) => `In use: ${name}`, back: 'Back to ImageNet’s classes',
  lost: (/** @type {string} */ name, /** @type {string} */ why) => `Your network “${name}” could not be loaded (${why}); ImageNet’s classes are in use.`,
  noView: 'This part of the page could not be loaded: is the connection down? Choose it again.',
  noFile: 'That was no file. Drop or paste a picture file, or an image copied from another program.',
});
/** @typedef {typeof t} English */

let begun = false; // whether what comes later has
const more = () => import('./views.mjs');

/** The views by their names in the address. @type {Record<string, () => Promise<{mount(root: HTMLElement, app: App): View}>>} */
const views = {
  picture: async () => picture,
  inside: async () => (await more()).inside,
  camera: async () => (await more()).camera,
  folder: async () => (await more()).folder,
  own: async () => (await more()).own,
};

// The network is on its way; the page may not be there yet.
if (document.readyState === 'loading') await new Promise((resolve) => addEventListener('DOMContentLoaded', resolve));
await translate();

const precision = /** @type {HTMLSelectElement} */ (element('precision'));
const { place, say } = errorPlace();
element('trouble').append(place);

/** @type {Promise<Model>} */ let model = first;
/** @type {((model: Model) => void)[]} */ const modelListeners = [];
/** @type {(() => void)[]} */ const pictureListeners = [];

/** @type {App} */
const app = {
  model: () => model,
  use,
  onModel(listener) {
    modelListeners.push(listener);
    model.then(listener, () => {});
  },
  picture: { file: null, name: '' },
  setPicture(file, name) {
    app.picture = { file, name };
    for (const listener of pictureListeners) listener();
  },
  onPicture: (listener) => void pictureListeners.push(listener),
  own: { name: '', id: '' },
  announce: (text) => void (element('live').textContent = text),
  go: (view) => void (location.hash = view),
};

/** @param {Promise<Model>} loading @param {string} [name] @param {string} [id] */
async function use(loading, name = '', id = '') {
  const before = model;
  try {
    const ready = await loading;
    app.own = { name, id };
    showOwn();
    if (loading !== before) {
      model = loading;
      before.then((m) => m.dispose(), () => {});
      for (const listener of modelListeners) listener(ready);
    }
    precision.value = ready.info().precision;
    say(null);
  } catch (e) {
    say(e);
    // the network before, if there was one, goes on
    before.then((m) => (precision.value = m.info().precision), () => {});
  }
}

const inUse = h('aside', { class: 'in-use', hidden: true }, h('span'), h('button', { type: 'button', class: 'button quiet', onclick: () => use(imagenet()) }, t.back));
element('trouble').before(inUse);

/** Says that one of the visitor's own networks is in use, and remembers it for the next visit. */
function showOwn() {
  inUse.hidden = !app.own.name;
  /** @type {Element} */ (inUse.firstChild).textContent = t.own(app.own.name);
  try {
    if (app.own.id) localStorage.setItem('own', JSON.stringify(app.own));
    else localStorage.removeItem('own');
  } catch {} // storage is forbidden: for this visit then
}

/** @type {Map<string, {root: HTMLElement, view: View}>} */ const mounted = new Map();
let current = '';

/** Shows the view that the address names. @param {boolean} [moved] the visitor came here by a link of this page */
async function show(moved = false) {
  const wanted = location.hash.slice(1);
  const name = wanted in views ? wanted : 'picture';
  const before = mounted.get(current);
  if (name === current) return;
  current = name;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('href') === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  let next = mounted.get(name);
  if (!next) {
    try {
      const { mount } = await views[name]();
      const root = document.getElementById(`view-${name}`) ?? h('main', { id: `view-${name}`, tabIndex: -1, hidden: true });
      if (!root.isConnected) element('views').append(root);
      next = { root, view: mount(root, app) };
      mounted.set(name, next);
    } catch (e) {
      console.error(e);
      if (current === name) {
        current = '';
        given = undefined;
        say(t.noView);
      }
      return;
    }
  }
  if (current !== name) return; // another was chosen meanwhile
  if (moved) say(null); // at the start it may say why the network could not be loaded
  for (const view of /** @type {HTMLCollectionOf<HTMLElement>} */ (element('views').children)) view.hidden = view !== next.root;
  before?.view.hidden?.();
  if (moved) next.root.focus({ preventScroll: true });
  next.view.shown?.();
  given?.();
  given = undefined;
}

/** @type {(() => void) | undefined} what the view that comes next takes */ let given;

/** @param {DataTransfer | null} data @param {EventTarget | null} at */
function take(data, at) {
  const { files, folders } = dropped(data);
  if (files.length + folders.length === 0) return say(t.noFile);
  say(null);
  const view = mounted.get(current)?.view;
  if (view?.take) {
    view.take(files, folders, at);
  } else if (files.length > 1 || folders.length > 0) {
    given = () => mounted.get(current)?.view.take?.(files, folders, null);
    app.go('folder');
  } else {
    app.go('picture');
    app.setPicture(files[0], files[0].name);
  }
}

addEventListener('hashchange', () => show(true));
addEventListener('paste', (e) => {
  if (!(e.target instanceof HTMLInputElement)) take(e.clipboardData, null);
});
addEventListener('dragover', (e) => {
  e.preventDefault();
  document.body.classList.add('over');
});
addEventListener('dragleave', (e) => {
  if (!e.relatedTarget) document.body.classList.remove('over');
});
addEventListener('drop', (e) => {
  e.preventDefault();
  document.body.classList.remove('over');
  take(e.dataTransfer, e.target);
});

precision.addEventListener('change', () => {
  use(imagenet({ precision: /** @type {'int8' | 'float32'} */ (precision.value) }));
});
const link = /** @type {HTMLAnchorElement} */ (element('language'));
if (language === 'zh') Object.assign(link, { href: '?lang=en', lang: 'en', hreflang: 'en', textContent: 'English' });
link.onclick = () => void (link.hash = location.hash);
precision.value = 'int8'; // browsers restore what was chosen before a reload
first.catch(() => {}).then(async () => {
  const { id, name, lost } = own;
  await use(first, lost ? '' : name, lost ? '' : id);
  if (lost) say(t.lost(name, lost instanceof Error ? lost.message : String(lost)));
});
show();
// The first visit's start waits for nothing that only what comes later needs.
app.onModel(() => {
  if (!begun) (window.requestIdleCallback ?? setTimeout)(() => more().then(({ foot }) => foot(app), console.error));
  begun = true;
});
