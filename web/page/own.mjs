// Own classes: named, given pictures, learned here, judged, used, kept.
import { load } from '../squeezenet.mjs';
import { errorPlace, h } from './dom.mjs';
import { found, isPicture, pause, walk } from './files.mjs';
import { save } from './save.mjs';
import { workers } from './start.mjs';
import * as store from './store.mjs';
import { count, language, megabytes, percent, texts } from './text.mjs';
import { smaller, thumbnail } from './thumbs.mjs';
import { closeCamera, openCamera } from './webcam.mjs';

/** @typedef {import('./files.mjs').Found} Found */
/** @typedef {import('./store.mjs').Kept} Kept */
/** @typedef {{blob: Blob, name: string, state: 'new' | 'good' | 'bad', error: string, tile: HTMLLIElement | null}} Picture */
/**
 * @typedef {object} Class
 * @property {Picture[]} pictures
 * @property {number} shown so many tiles at most
 * @property {HTMLElement} card @property {HTMLInputElement} name @property {() => void} show
 */

const t = texts({
  en: {
    intro: 'Teach it your own classes', how: 'Name two classes or more and give each some pictures: ten make a fair start. It learns on this device, in seconds.',
    nameOf: (/** @type {number} */ n) => `Name of class ${n}`, unnamed: (/** @type {number} */ n) => `Class ${n}`, add: 'Add pictures', camera: 'Camera', closeCamera: 'Close camera', addClass: 'Add a class', folders: 'A folder for each class',
    removeClass: (/** @type {string} */ name) => `Remove the class ${name}`, removePicture: (/** @type {string} */ name) => `Remove ${name}`,
    pictures: (/** @type {number} */ n) => (n === 1 ? '1 picture' : `${count(n)} pictures`), dropHere: 'Drop pictures here, or choose them', more: (/** @type {number} */ n) => `Show ${count(n)} more`,
    bad: (/** @type {number} */ n) => `${count(n)} cannot be used`, same: (/** @type {number} */ n) => (n === 1 ? '1 picture was there already.' : `${count(n)} pictures were there already.`),
    noPictures: 'Among these files there is no picture.', dropWhere: 'Drop pictures on one of the classes, or a folder for each class anywhere.',
    hold: 'Hold to take pictures', taken: (/** @type {number} */ n) => `${count(n)} taken`, cameraGone: 'The camera’s picture ended: it was unplugged, or its permission was taken back. Open it again.',
    needName: (/** @type {number} */ n) => `Class ${n} has no name yet.`, twice: (/** @type {string} */ name) => `Two classes are named “${name}”: give each its own name.`,
    needPictures: (/** @type {string} */ name, /** @type {number} */ n) => `${name} has ${n === 0 ? 'no picture' : 'one picture'}: give it two or more.`,
    least: 'Two classes with two pictures each are the least.',
    needClass: 'One class more is needed: pictures of what is not meant make a good second one.', looking: (/** @type {string} */ n) => `Looking at the pictures: ${n} to go.`,
    few: (/** @type {string} */ name) => `${name} has few pictures: ten or more make it surer.`,
    train: 'Learn', cancel: 'Cancel', features: (/** @type {string} */ done, /** @type {string} */ total) => `Looking at picture ${done} of ${total}`, learning: 'Learning', progress: 'Learning', cancelled: 'Learning was cancelled; nothing has changed.',
    judged: (/** @type {string} */ share) => `Right for ${share}`, judgedOf: (/** @type {string} */ right, /** @type {string} */ of) => `${right} of ${of} pictures, each judged by a classifier that had not seen it.`,
    byClass: 'Right, by class', confusion: 'What was taken for what', isTaken: 'is \\ taken for', mistakes: 'Taken for something else', mistake: (/** @type {string} */ name, /** @type {string} */ taken, /** @type {string} */ share) => `${name}, taken for ${taken} (${share})`, noMistakes: 'None was taken for something else.',
    ofFile: (/** @type {number} */ n) => `${count(n)} classes`, name: 'Name', use: 'Use it', used: 'In use: every view of this page answers with it.', keep: 'Keep it', save: 'Save to a file', keepPictures: 'Keep the pictures too, to go on after a reload',
    kept: 'Kept in this browser.', notKept: 'Not kept yet: it is gone when this page is closed.', keeping: 'Keeping …',
    keptTitle: 'Kept on this device', nothing: 'Nothing is kept yet.', loadFile: 'Load a file', fileHint: 'A network that was saved here, or made from another program’s by squeezenet convert (.sqz).',
    rename: 'Rename', remove: 'Delete', really: 'Really delete?', goOn: 'Go on with its pictures', right: (/** @type {string} */ share) => `${share} right`,
    full: 'The storage that the browser gives this page is full. Delete what is kept and not needed, or save it to a file; everything else works.',
    forbidden: (/** @type {string} */ why) => `This browser keeps nothing for this page (${why}), as in some private windows. Everything else works: save the network to a file.`,
    tooMany: (/** @type {string} */ mb) => `The pictures take ${mb} MB, and at most 100 are kept: the network was kept without them.`, lost: 'It is not there any more: the browser has cleared what was kept.',
    notSqz: (/** @type {string} */ why) => `${why} A network of another program is converted on the command line: squeezenet convert IN OUT.sqz`,
  },
  zh: {
    intro: '教它认识你自己的类别', how: '给两个或更多类别起名，并各提供一些图片，十张左右就不错。学习在这台设备上进行，只需几秒。',
    nameOf: (n) => `类别 ${n} 的名称`, unnamed: (n) => `类别 ${n}`, add: '添加图片', camera: '摄像头', closeCamera: '关闭摄像头', addClass: '添加类别', folders: '每个文件夹作为一个类别',
    removeClass: (name) => `移除类别 ${name}`, removePicture: (name) => `移除 ${name}`,
    pictures: (n) => `${count(n)} 张图片`, dropHere: '把图片拖到这里，或选择图片', more: (n) => `再显示 ${count(n)} 张`,
    bad: (n) => `${count(n)} 张无法使用`, same: (n) => `${count(n)} 张图片已经在里面了。`,
    noPictures: '这些文件中没有图片。', dropWhere: '请把图片拖到某个类别上；若每个文件夹是一个类别，可拖到任意位置。',
    hold: '按住拍摄', taken: (n) => `已拍 ${count(n)} 张`, cameraGone: '摄像头画面中断：可能已拔出，或权限被收回。请重新打开。',
    needName: (n) => `类别 ${n} 还没有名称。`, twice: (name) => `有两个类别都叫“${name}”，请分别命名。`,
    needPictures: (name, n) => `${name}${n === 0 ? '还没有图片' : '只有一张图片'}：请至少提供两张。`,
    least: '至少需要两个类别，每个类别两张图片。',
    needClass: '还需要一个类别：可以用“不是目标”的图片作为第二类。', looking: (n) => `正在查看图片：还剩 ${n} 张。`,
    few: (name) => `${name}的图片较少：十张以上会更可靠。`,
    train: '开始学习', cancel: '取消', features: (done, total) => `正在查看第 ${done} / ${total} 张图片`, learning: '正在学习', progress: '学习进度', cancelled: '已取消学习，没有任何改变。',
    judged: (share) => `正确率 ${share}`, judgedOf: (right, of) => `${of} 张中答对 ${right} 张；每张都由没有见过它的分类器判断。`,
    byClass: '各类别的正确率', confusion: '哪些被认作哪些', isTaken: '实际 \\ 认作', mistakes: '认错的图片', mistake: (name, taken, share) => `${name}，被认作${taken}（${share}）`, noMistakes: '没有认错的图片。',
    ofFile: (n) => `${count(n)} 个类别`, name: '名称', use: '使用', used: '正在使用：本页所有视图都用它回答。', keep: '保留', save: '存为文件', keepPictures: '同时保留图片，以便重新载入后继续',
    kept: '已保留在此浏览器中。', notKept: '尚未保留：关闭此页面后就会消失。', keeping: '正在保留…',
    keptTitle: '保留在此设备上', nothing: '还没有保留任何网络。', loadFile: '载入文件', fileHint: '在这里保存过的网络，或用 squeezenet convert 从其他程序转换的网络（.sqz）。',
    rename: '重命名', remove: '删除', really: '确定删除？', goOn: '用它的图片继续', right: (share) => `正确率 ${share}`,
    full: '浏览器给此页面的存储空间已满。请删除不再需要的网络，或把它存为文件；其他功能照常可用。',
    forbidden: (why) => `此浏览器不为本页面保留数据（${why}），某些隐私窗口就是这样。其他功能照常可用：请把网络存为文件。`,
    tooMany: (mb) => `图片共 ${mb} MB，最多保留 100 MB：网络已保留，但不含图片。`, lost: '它已经不在了：浏览器清除了保留的数据。',
    notSqz: (why) => `${why} 其他程序的网络可用命令行转换：squeezenet convert IN OUT.sqz`,
  },
});

/** Tiles of a class that are shown at first, and then with each press. */
const TILES = 24, MORE = 96;
/** Pictures are kept smaller than this: the network sees 227 pixels. */
const KEPT_SIDE = 640, KEPT_BYTES = 100e6;
/** Confusion is shown as a table up to so many classes. */
const TABLE = 12;

/**
 * What was learned or loaded, and may be used, kept, saved.
 * @typedef {object} Result
 * @property {string} name
 * @property {Uint8Array<ArrayBuffer>} file
 * @property {import('../squeezenet.mjs').Model | null} model until it is used
 * @property {string[]} classes @property {number} count
 * @property {import('../squeezenet.mjs').Training | null} training
 * @property {{name: string, pictures: Picture[]}[]} given
 * @property {string} id where it is kept
 */

/**
 * @param {HTMLElement} root
 * @param {import('./app.mjs').App} app
 * @returns {import('./app.mjs').View}
 */
export function mount(root, app) {
  /** @type {Class[]} */ let classes = [];
  /** @type {AbortController | null} */ let training = null;
  /** @type {Result | null} */ let result = null;
  /** @type {Picture[]} */ const unseen = []; // not yet looked at
  let looking = false;

  const { place: trouble, say } = errorPlace();
  const { place: keptTrouble, say: sayKept } = errorPlace();
  const button = (/** @type {string} */ text, /** @type {() => unknown} */ onclick, more = 'quiet') => h('button', { type: 'button', class: `button ${more}`, onclick }, text);
  /** @param {string} text @param {Record<string, any>} given @param {(files: File[]) => void} take @param {string} [more] */
  const chooser = (text, given, take, more = 'quiet') => {
    const input = h('input', {
      type: 'file', ...given,
      onchange: () => {
        const files = [...input.files ?? []];
        input.value = ''; // the same may be chosen again
        if (files.length > 0) take(files);
      },
    });
    return h('label', { class: `button ${more}` }, input, h('span', {}, text));
  };

  // The classes

  const cards = h('div', { class: 'cards' });
  const addClassButton = button(t.addClass, () => addClass().name.focus());
  const lists = h('section', { 'aria-labelledby': 'own-intro' },
    h('div', { class: 'intro' }, h('h2', { id: 'own-intro' }, t.intro), h('p', { class: 'hint' }, t.how)),
    cards,
    h('div', { class: 'actions' }, addClassButton, chooser(t.folders, { multiple: true, webkitdirectory: true }, (files) => addFolders(found(files)))));

  /** @param {string} [given] @returns {Class} */
  function addClass(given = '') {
    const name = h('input', { class: 'title', value: given, maxLength: 60, autocomplete: 'off', spellcheck: false, oninput: () => showWhole() });
    const strip = h('ul', { class: 'strip' });
    const facts = h('p', { class: 'hint' });
    const more = button('', () => {
      c.shown += MORE;
      c.show();
    });
    const camera = h('div', { class: 'webcam', hidden: true });
    const cameraButton = button(t.camera, () => (camera.hidden ? openIn(c, camera, cameraButton) : shut()));
    const remove = h('button', { type: 'button', class: 'cross' }, '×');
    const adder = chooser(t.add, { multiple: true, accept: 'image/*' }, (files) => addPictures(c, found(files)));
    const card = h('section', { class: 'class' }, h('div', { class: 'head' }, name, remove), facts, strip, more, camera, h('div', { class: 'actions' }, adder, cameraButton));
    /** @type {Class} */
    const c = {
      pictures: [], shown: TILES, card, name,
      show() {
        const n = classes.indexOf(c) + 1;
        const called = nameOf(c);
        name.setAttribute('aria-label', t.nameOf(n));
        name.placeholder = t.nameOf(n);
        card.setAttribute('aria-label', called);
        remove.setAttribute('aria-label', t.removeClass(called));
        const bad = c.pictures.filter((p) => p.state === 'bad').length, rest = c.pictures.length - c.shown;
        facts.textContent = c.pictures.length === 0 ? t.dropHere : [t.pictures(c.pictures.length - bad), bad && t.bad(bad)].filter(Boolean).join(', ');
        more.hidden = rest <= 0;
        more.textContent = t.more(Math.min(MORE, rest));
        const tiles = c.pictures.slice(0, c.shown).map((p) => tileOf(c, p));
        if (tiles.length !== strip.children.length || tiles.some((tile, i) => strip.children[i] !== tile)) strip.replaceChildren(...tiles);
        for (const [i, tile] of tiles.entries()) fill(tile, c.pictures[i]);
      },
    };
    remove.addEventListener('click', () => {
      const at = classes.indexOf(c);
      if (!camera.hidden) shut();
      classes = classes.filter((other) => other !== c);
      card.remove();
      showWhole();
      (classes[Math.min(at, classes.length - 1)]?.name ?? addClassButton).focus();
    });
    classes.push(c);
    cards.append(card);
    showWhole();
    return c;
  }

  /** @param {Class} c */
  const nameOf = (c) => c.name.value.trim() || t.unnamed(classes.indexOf(c) + 1);

  /** @param {Class} c @param {Picture} p */
  function tileOf(c, p) {
    if (p.tile) return p.tile;
    const remove = h('button', {
      type: 'button', class: 'cross', 'aria-label': t.removePicture(p.name),
      onclick: () => {
        const at = c.pictures.indexOf(p);
        c.pictures.splice(at, 1);
        p.tile = null;
        showWhole();
        const next = c.pictures[Math.min(at, c.pictures.length - 1)];
        (next?.tile?.querySelector('button') ?? c.card.querySelector('.actions input'))?.focus();
      },
    }, '×');
    return p.tile = h('li', { title: p.name }, remove);
  }

  /** @param {HTMLLIElement} tile @param {Picture} p */
  async function fill(tile, p) {
    tile.classList.toggle('bad', p.state === 'bad');
    if (p.state === 'bad') {
      tile.title = p.error;
      /** @type {HTMLElement} */ (tile.lastElementChild).setAttribute('aria-label', `${t.removePicture(p.name)}. ${p.error}`);
    }
    if (p.state !== 'good' || tile.dataset.asked) return;
    tile.dataset.asked = 'true';
    const canvas = await thumbOf(p.blob, () => tile.isConnected);
    if (canvas) tile.prepend(canvas);
    else delete tile.dataset.asked;
  }

  /** @param {Blob} blob @param {() => boolean} wanted */
  async function thumbOf(blob, wanted) {
    const bitmap = await thumbnail(blob, 144, wanted);
    if (!bitmap) return null;
    const canvas = h('canvas', { width: bitmap.width, height: bitmap.height });
    canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
    return canvas;
  }

  /** @param {Class} c @param {Found[]} files */
  async function addPictures(c, files) {
    const key = (/** @type {Blob} */ blob) => (blob instanceof File ? `${blob.name} ${blob.size} ${blob.lastModified}` : blob);
    const there = new Set(c.pictures.map((p) => key(p.blob)));
    let same = 0, pictures = 0;
    say(null);
    for (const [i, { file, path, error }] of files.entries()) {
      if (i % 250 === 249) await pause();
      if (!isPicture({ path, file })) continue;
      pictures++;
      if (file && there.has(key(file))) {
        same++;
        continue;
      }
      if (file) there.add(key(file));
      /** @type {Picture} */
      const p = { blob: file ?? new Blob(), name: path, state: file ? 'new' : 'bad', error: error ?? '', tile: null };
      c.pictures.push(p);
      if (file) unseen.push(p);
    }
    if (pictures === 0) say(t.noPictures);
    else if (same > 0) say(t.same(same));
    showWhole();
    look();
  }

  /** Each folder a class: the first on the paths in which they differ. @param {Found[]} files */
  async function addFolders(files) {
    const paths = files.filter(isPicture).map((f) => ({ f, parts: f.path.split('/').slice(0, -1) }));
    if (paths.length === 0) return say(t.noPictures);
    const [first] = paths;
    const common = paths.every(({ parts }) => parts[0] === first.parts[0]) && paths.some(({ parts }) => parts.length > 1) ? 1 : 0;
    /** @type {Map<string, Found[]>} */ const groups = new Map();
    for (const { f, parts } of paths) {
      const name = parts[common] ?? parts[0] ?? t.unnamed(1);
      groups.set(name, [...groups.get(name) ?? [], f].flat());
    }
    for (const [name, group] of groups) {
      let c = classes.find((c) => c.name.value.trim() === name) ?? classes.find((c) => !c.name.value.trim() && c.pictures.length === 0);
      c ??= addClass();
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
      /** @type {import('../squeezenet.mjs').Model | null} */ let model = null;
      try {
        model = await app.model();
        for await (const { index, error } of model.classifyAll(batch.map((p) => p.blob), { topK: 1 })) {
          const p = batch[index];
          at = index + 1;
          p.state = error ? 'bad' : 'good';
          p.error = error?.message ?? '';
          if (p.tile) fill(p.tile, p);
          soon(unseen.length + batch.length - at);
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

  /** @type {any} */ let timer = 0;
  let left = 0;
  /** @param {number} n pictures to look at */
  function soon(n) {
    left = n;
    timer ||= setTimeout(showWhole, 200);
  }

  // The camera

  /** @type {(() => void) | null} */ let shutCamera = null;
  const shut = () => shutCamera?.();

  /** @param {Class} c @param {HTMLElement} place @param {HTMLButtonElement} opener */
  async function openIn(c, place, opener) {
    shut();
    say(null);
    let closed = false, taken = 0;
    /** @type {MediaStream | null} */ let stream = null;
    /** @type {any} */ let repeat = 0;
    const video = h('video', { muted: true, playsInline: true, autoplay: true });
    const release = () => {
      clearInterval(repeat);
      repeat = 0;
    };
    const close = () => {
      closed = true;
      release();
      closeCamera(stream);
      place.hidden = true;
      place.replaceChildren();
      opener.textContent = t.camera;
      if (shutCamera === close) shutCamera = null;
    };
    shutCamera = close;
    opener.textContent = t.closeCamera;
    try {
      stream = await openCamera();
    } catch (e) {
      close();
      return say(e);
    }
    if (closed) return closeCamera(stream);
    for (const track of stream.getTracks()) {
      track.onended = () => {
        close();
        say(t.cameraGone);
      };
    }
    video.srcObject = stream;
    const counter = h('p', { class: 'hint', role: 'status' });
    const capture = async () => {
      if (video.readyState < 2) return;
      const scale = Math.min(1, KEPT_SIDE / Math.max(video.videoWidth, video.videoHeight));
      const canvas = h('canvas', { width: Math.round(video.videoWidth * scale), height: Math.round(video.videoHeight * scale) });
      canvas.getContext('2d')?.drawImage(video, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92));
      if (!blob) return;
      counter.textContent = t.taken(++taken);
      const file = new File([blob], `camera-${Date.now()}-${taken}.jpg`, { type: 'image/jpeg' });
      addPictures(c, [{ file, path: file.name }]);
    };
    const press = () => {
      if (repeat) return;
      capture();
      repeat = setInterval(capture, 200);
    };
    const shutter = button(t.hold, () => {}, '');
    shutter.addEventListener('pointerdown', (e) => {
      if (e.button !== 0) return;
      shutter.setPointerCapture(e.pointerId);
      press();
    });
    shutter.addEventListener('keydown', (e) => {
      if (e.key !== ' ' && e.key !== 'Enter') return;
      e.preventDefault();
      press();
    });
    for (const end of ['pointerup', 'pointercancel', 'lostpointercapture', 'keyup', 'blur']) shutter.addEventListener(end, release);
    // assistive technology clicks, and nothing else
    shutter.addEventListener('click', (e) => e.detail === 0 && capture());
    shutter.addEventListener('contextmenu', (e) => e.preventDefault()); // a long touch
    place.replaceChildren(video, h('div', { class: 'actions' }, shutter, counter));
    place.hidden = false;
    video.play().catch(() => {});
    shutter.focus();
  }

  // Learning

  const missing = h('ul', { class: 'missing' });
  const trainButton = button(t.train, train, '');
  const cancelButton = button(t.cancel, () => training?.abort());
  const bar = h('progress', { 'aria-label': t.progress, max: 1 });
  const stage = h('p', { class: 'hint' });
  const busy = h('div', { class: 'busy', hidden: true }, stage, bar, cancelButton);
  const learn = h('section', { class: 'panel', 'aria-label': t.train }, missing, h('div', { class: 'actions' }, trainButton), busy);
  const resultPlace = h('section', { class: 'panel', tabIndex: -1, hidden: true, 'aria-labelledby': 'own-result' });

  /** @param {Class} c */
  const good = (c) => c.pictures.filter((p) => p.state === 'good');

  /** What keeps it from learning, and what would make it better. */
  function wanting() {
    const given = classes.filter((c) => c.name.value.trim() || c.pictures.length > 0);
    /** @type {string[]} */ const needs = [], hints = [];
    for (const c of given) {
      const n = c.pictures.filter((p) => p.state !== 'bad').length, name = c.name.value.trim();
      if (!name) needs.push(t.needName(classes.indexOf(c) + 1));
      else if (given.find((other) => other.name.value.trim() === name) !== c) needs.push(t.twice(name));
      if (n < 2) needs.push(t.needPictures(nameOf(c), n));
      else if (n < 10) hints.push(t.few(nameOf(c)));
    }
    if (given.length === 0) needs.push(t.least);
    if (given.length === 1) needs.push(t.needClass);
    return { given, needs, hints };
  }

  function showWhole() {
    clearTimeout(timer);
    timer = 0;
    for (const c of classes) c.show();
    const { given, needs, hints } = wanting();
    const wait = looking || unseen.length > 0;
    const lines = needs.length > 0 ? needs : wait ? [t.looking(count(Math.max(1, left)))] : hints.slice(0, 3);
    missing.replaceChildren(...lines.map((line) => h('li', {}, line)));
    missing.hidden = lines.length === 0 || training !== null;
    trainButton.disabled = given.length < 2 || needs.length > 0 || wait;
    trainButton.hidden = training !== null;
    busy.hidden = training === null;
  }

  async function train() {
    if (training) return;
    const given = wanting().given.map((c) => ({ name: c.name.value.trim(), pictures: good(c) }));
    const { signal } = training = new AbortController();
    say(null);
    bar.removeAttribute('value');
    stage.textContent = t.learning;
    showWhole();
    cancelButton.focus();
    try {
      const base = await app.model();
      const made = await base.train(Object.fromEntries(given.map(({ name, pictures }) => [name, pictures.map((p) => p.blob)])), {
        signal,
        onProgress({ phase, done, total }) {
          // looking takes most of the time
          bar.value = phase === 'features' ? 0.8 * done / total : 0.8 + 0.2 * done / total;
          stage.textContent = phase === 'features' ? t.features(count(done), count(total)) : t.learning;
        },
      });
      take({
        name: given.slice(0, 3).map(({ name }) => name).join(', ') + (given.length > 3 ? ' …' : ''), file: await made.export(), model: made,
        classes: given.slice(0, 20).map(({ name }) => name), count: given.length, training: made.training ?? null, given, id: '',
      });
    } catch (e) {
      if (signal.aborted) app.announce(t.cancelled);
      else say(e);
    }
    training = null;
    showWhole();
    if (signal.aborted) trainButton.focus();
  }

  // What came of it

  /** @param {Result} next */
  function take(next) {
    result?.model?.dispose();
    result = next;
    showResult();
    resultPlace.focus({ preventScroll: true });
    resultPlace.scrollIntoView({ block: 'nearest' });
    if (next.training) app.announce(`${t.judged(percent(next.training.right / next.training.of))}. ${t.judgedOf(count(next.training.right), count(next.training.of))}`);
  }

  function showResult() {
    const r = result;
    resultPlace.hidden = !r;
    if (!r) return;
    const name = h('input', { value: r.name, maxLength: 80, autocomplete: 'off', oninput: () => (r.name = name.value.trim() || r.name) });
    const state = h('p', { class: 'hint', role: 'status' });
    const showState = () => {
      const inUse = using === r;
      state.textContent = [inUse && t.used, r.id ? t.kept : t.notKept].filter(Boolean).join(language === 'zh' ? '' : ' ');
      use.hidden = inUse;
      keep.hidden = withPictures.hidden = Boolean(r.id);
    };
    const pictures = h('input', { type: 'checkbox' });
    const use = button(t.use, async () => {
      const loading = r.model ? Promise.resolve(r.model) : load({ model: r.file, workers });
      r.model = null; // the page's, which ends it
      try {
        await loading;
        using = r;
        await app.use(loading, r.name, r.id);
      } catch (e) {
        say(e);
      }
      showState();
    }, '');
    const keep = button(t.keep, async () => {
      keep.disabled = true;
      state.textContent = t.keeping;
      await keepIt(r, pictures.checked);
      keep.disabled = false;
      showState();
    });
    const withPictures = h('label', { class: 'check' }, pictures, h('span', {}, t.keepPictures));
    resultPlace.replaceChildren(
      ...(r.training ? judgement(r, r.training) : [h('h2', { id: 'own-result' }, r.name), h('p', { class: 'hint' }, t.ofFile(r.count))]),
      h('label', { class: 'field' }, h('span', {}, t.name), name),
      h('div', { class: 'actions' }, use, keep, button(t.save, () => saveFile(r.name, r.file))),
      ...(r.given.length > 0 ? [withPictures] : []), state);
    onUse = showState;
    showState();
  }

  /** @type {Result | null} */ let using = null;
  let onUse = () => {};

  /** @param {Result} r @param {import('../squeezenet.mjs').Training} training */
  function judgement(r, training) {
    const share = (/** @type {number} */ right, /** @type {number} */ of) => `${count(100 * right / of)}%`;
    const bars = h('ul', { class: 'bars', 'aria-label': t.byClass }, ...training.classes.map(({ name, pictures, right }) => {
      const li = h('li', {}, h('span', { class: 'name' }, name), h('span', { class: 'share' }, `${count(right)} / ${count(pictures)}`));
      li.style.setProperty('--share', `${100 * right / pictures}%`);
      return li;
    }));
    const names = training.classes.map(({ name }) => name);
    const table = h('div', { class: 'scroll', tabIndex: 0, role: 'region', 'aria-label': t.confusion }, h('table', {},
      h('caption', {}, t.confusion),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, t.isTaken), ...names.map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...training.confusion.map((row, i) => h('tr', {}, h('th', { scope: 'row' }, names[i]),
        ...row.map((n, j) => h('td', { class: i === j ? 'right' : n > 0 ? 'wrong' : 'zero' }, count(n))))))));
    const wrong = training.answers.filter((a) => a.name !== a.className).sort((a, b) => b.probability - a.probability);
    const of = new Map(r.given.map(({ name, pictures }) => [name, pictures]));
    const mistakes = h('ul', { class: 'mistakes' }, ...wrong.slice(0, 30).map(({ name, picture, className, probability }) => {
      const p = of.get(name)?.[picture];
      const li = h('li', {}, h('span', {}, t.mistake(name, className, percent(probability)), h('br'), h('span', { class: 'hint' }, p?.name ?? '')));
      if (p) thumbOf(p.blob, () => result === r).then((canvas) => canvas && li.prepend(canvas));
      return li;
    }));
    return [
      h('h2', { id: 'own-result' }, t.judged(share(training.right, training.of))),
      h('p', { class: 'hint' }, t.judgedOf(count(training.right), count(training.of))),
      bars,
      ...(names.length <= TABLE ? [table] : []),
      ...(wrong.length > 0 ? [h('details', {}, h('summary', {}, `${t.mistakes} (${count(wrong.length)})`), mistakes)] : [h('p', { class: 'hint' }, t.noMistakes)]),
    ];
  }

  /** @param {string} name @param {BlobPart} file */
  const saveFile = (name, file) => save(`${name.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, '_').slice(0, 80)}.sqz`, new Blob([file], { type: 'application/octet-stream' }));

  // What is kept

  const keptList = h('ul', { class: 'kept' });
  const nothing = h('p', { class: 'hint' }, t.nothing);
  const kept = h('section', { class: 'panel', 'aria-labelledby': 'own-kept' }, h('h2', { id: 'own-kept' }, t.keptTitle), keptTrouble, keptList, nothing,
    h('div', { class: 'actions' }, chooser(t.loadFile, { accept: '.sqz' }, ([file]) => loadFile(file))), h('p', { class: 'hint' }, t.fileHint));

  /** Does what needs the store; says so where it cannot. @template T @param {() => Promise<T>} work @returns {Promise<T | undefined>} */
  async function stored(work) {
    try {
      const value = await work();
      sayKept(null);
      return value;
    } catch (e) {
      const { name, message } = /** @type {Error} */ (e ?? {});
      sayKept(name === 'QuotaExceededError' ? t.full : t.forbidden(message || name));
    }
  }

  /** @param {Result} r @param {boolean} withPictures */
  async function keepIt(r, withPictures) {
    /** @type {import('./store.mjs').KeptPictures | null} */ let pictures = null;
    let bytes = 0;
    if (withPictures) {
      pictures = [];
      for (const { name, pictures: given } of r.given) {
        const small = [];
        for (const p of given) {
          const blob = p.blob.size < 150e3 ? p.blob : await smaller(p.blob, KEPT_SIDE) ?? p.blob;
          bytes += blob.size;
          if (bytes > KEPT_BYTES) break;
          small.push({ name: p.name, bytes: await blob.arrayBuffer(), type: blob.type });
        }
        pictures.push({ name, pictures: small });
      }
    }
    const much = bytes > KEPT_BYTES;
    if (much) {
      pictures = null;
      bytes = r.given.flatMap((g) => g.pictures).reduce((sum, p) => sum + p.blob.size, 0);
    }
    const id = `${Date.now().toString(36)}-${Math.floor(1e9 * Math.random()).toString(36)}`;
    await stored(async () => {
      await store.put({
        id, name: r.name, date: Date.now(), classes: r.classes, count: r.count, bytes: r.file.length + (pictures ? bytes : 0), pictures: pictures !== null,
        training: r.training && { right: r.training.right, of: r.training.of },
      }, r.file, pictures);
      r.id = id;
      if (using === r) await app.use(app.model(), r.name, id);
    });
    if (r.id) {
      await showKept();
      app.announce(t.kept);
      if (much) sayKept(t.tooMany(megabytes(bytes)));
    }
  }

  async function showKept() {
    const all = await stored(store.list);
    if (!all) return;
    nothing.hidden = all.length > 0;
    keptList.replaceChildren(...all.map(rowOf));
  }

  /** @param {Kept} k */
  function rowOf(k) {
    const facts = [t.ofFile(k.count), k.training && t.right(`${count(100 * k.training.right / k.training.of)}%`), new Date(k.date).toLocaleDateString(language), `${megabytes(k.bytes)} MB`];
    const name = h('span', { class: 'name' }, k.name);
    /** @param {HTMLButtonElement} b @param {string} text */
    const call = (b, text) => {
      b.textContent = text;
      b.setAttribute('aria-label', `${text}: ${k.name}`);
    };
    /** @param {string} text @param {() => unknown} onclick */
    const act = (text, onclick) => {
      const b = h('button', { type: 'button', class: 'link', onclick });
      call(b, text);
      return b;
    };
    const file = async () => {
      const bytes = await stored(() => store.model(k.id));
      if (!bytes && keptTrouble.hidden) sayKept(t.lost);
      return bytes;
    };
    const renaming = act(t.rename, () => {
      const input = h('input', { value: k.name, maxLength: 80, 'aria-label': `${t.rename}: ${k.name}` });
      const done = async (/** @type {boolean} */ taken) => {
        const value = input.value.trim();
        if (taken && value && value !== k.name) {
          await stored(() => store.rename({ ...k, name: value }));
          if (app.own.id === k.id) await app.use(app.model(), value, k.id);
        }
        await showKept();
        /** @type {HTMLElement | null} */ (keptList.querySelector(`[data-id="${k.id}"] .rename`))?.focus();
      };
      name.replaceChildren(input);
      input.focus();
      input.select();
      input.addEventListener('keydown', (e) => {
        if (e.key === 'Enter') done(true);
        if (e.key === 'Escape') done(false);
      });
      input.addEventListener('change', () => done(true));
    });
    renaming.classList.add('rename');
    let sure = false;
    const removing = act(t.remove, async () => {
      if (!sure) {
        sure = true;
        return call(removing, t.really);
      }
      await stored(() => store.remove(k.id));
      if (app.own.id === k.id) await app.use(app.model(), app.own.name, ''); // goes on until the page is closed
      if (result?.id === k.id) {
        result.id = '';
        onUse();
      }
      await showKept();
      /** @type {HTMLElement | null} */ (kept.querySelector('.link') ?? kept.querySelector('input'))?.focus();
    });
    removing.addEventListener('blur', () => {
      sure = false;
      call(removing, t.remove);
    });
    const all = k.classes.join(', ') + (k.count > k.classes.length ? ' …' : '');
    return h('li', { 'data-id': k.id }, name, h('span', { class: 'hint' }, facts.filter(Boolean).join(' · ')), h('span', { class: 'hint' }, all === k.name ? '' : all),
      h('span', { class: 'links' },
        act(t.use, async () => {
          const bytes = await file();
          if (bytes) await useFile(bytes, k.name, k.id);
        }),
        ...(k.pictures ? [act(t.goOn, () => goOn(k))] : []),
        renaming,
        act(t.save, async () => {
          const bytes = await file();
          if (bytes) saveFile(k.name, bytes);
        }),
        removing));
  }

  /** @param {Uint8Array | Blob} file @param {string} name @param {string} id */
  async function useFile(file, name, id) {
    say(null);
    try {
      const loading = load({ model: file, workers });
      await loading;
      using = null;
      await app.use(loading, name, id);
      onUse();
      return await loading;
    } catch (e) {
      const { message } = /** @type {Error} */ (e);
      say(/\.sqz$/i.test(name) || id ? message : t.notSqz(message));
      trouble.scrollIntoView({ block: 'nearest' });
    }
  }

  /** @param {File} file */
  async function loadFile(file) {
    const name = file.name.replace(/\.sqz$/i, '');
    const model = await useFile(file, file.name === name ? name : file.name, '');
    if (!model) return;
    const names = await model.classNames();
    using = { name, file: await model.export(), model: null, classes: names.slice(0, 20).map((c) => c.className), count: names.length, training: null, given: [], id: '' };
    await app.use(app.model(), name, '');
    take(using);
  }

  /** Brings back the pictures that a network was made of. @param {Kept} k */
  async function goOn(k) {
    const groups = await stored(() => store.pictures(k.id));
    if (!groups) return keptTrouble.hidden && sayKept(t.lost);
    for (const c of classes) c.card.remove();
    classes = [];
    for (const { name, pictures } of groups) {
      const c = addClass(name);
      await addPictures(c, pictures.map((p) => ({ path: p.name, file: new File([p.bytes], p.name, { type: p.type }) })));
    }
    classes[0]?.name.focus();
  }

  root.classList.add('own', 'pair');
  root.append(h('div', { class: 'wide' }, trouble), lists, h('div', { class: 'column' }, learn, resultPlace, kept));
  addClass();
  addClass();
  showKept();
  app.onModel(() => {
    if (app.own.name === '') using = null;
    onUse();
  });

  return {
    async take(files, folders, at) {
      const network = files.find((f) => /\.sqz$/i.test(f.name));
      if (network) return loadFile(network);
      const card = at instanceof Element ? at.closest('.class') : null;
      const c = classes.find((c) => c.card === card);
      /** @type {Found[]} */ const all = found(files);
      for await (const some of walk(folders)) all.push(...some);
      if (c) addPictures(c, all);
      else if (folders.length > 0) addFolders(all.filter((f) => f.path.includes('/')));
      else say(t.dropWhere);
    },
    hidden: shut,
  };
}
