// The camera: what it sees now, and where. It is on only while it is looked at.
import { button, errorPlace, h } from './dom.mjs';
import { paintHeat } from './heat.mjs';
import { percent, texts } from './text.mjs';
import { jpeg } from './thumbs.mjs';
import { closeCamera, listCameras, openCamera } from './webcam.mjs';

const t = texts('camera', {
  title: 'Camera', start: 'Start', stop: 'Stop', take: 'Use this frame', which: 'Which camera', gone: 'The camera’s picture ended. Start it again.',
  hint: 'Press a class to see where it is.', rate: (/** @type {string} */ fps) => `${fps} pictures a second`,
});
/** @typedef {typeof t} English */

/** @param {HTMLElement} root @param {import('./app.mjs').App} app @returns {import('./app.mjs').View} */
export function mount(root, app) {
  /** @type {MediaStream | undefined} */ let stream;
  /** @type {import('../squeezenet.mjs').Watch | undefined} */ let watch;
  let turn = 0, chosen = -1, best = -1, on = false, asleep = false;

  const video = h('video', { muted: true, playsInline: true, autoplay: true });
  const heat = h('canvas', { 'aria-hidden': 'true' });
  const figure = h('figure', { hidden: true }, video, heat);
  const { place, say } = errorPlace();
  const opener = button(t.start, () => (on ? stop() : start()), 'button');
  const taker = button(t.take, take);
  const cameras = h('select', { 'aria-label': t.which, hidden: true, onchange: () => start() });
  const facts = h('p', { class: 'hint' }, t.hint);
  const rows = Array.from({ length: 5 }, () => {
    const name = h('span', { class: 'name' }), share = h('span', { class: 'share' });
    const row = button('', () => {
      chosen = chosen === Number(row.dataset.index) ? -1 : Number(row.dataset.index);
      press();
    }, '');
    row.append(name, share);
    return { row, name, share };
  });
  const list = h('ol', { class: 'classes', hidden: true }, ...rows.map(({ row }) => h('li', {}, row)));
  taker.disabled = true;
  root.className = 'pair';
  root.append(
    h('section', { class: 'stage', 'aria-label': t.title }, h('div', { class: 'frame' }, figure), h('div', { class: 'tools' }, opener, cameras, taker)),
    h('section', { class: 'result' }, h('h2', {}, t.title), place, list, facts));

  function press() {
    for (const { row } of rows) row.setAttribute('aria-pressed', String(Number(row.dataset.index) === chosen));
    heat.classList.toggle('shown', chosen >= 0);
  }

  function stop() {
    turn++;
    on = asleep = false;
    watch?.stop();
    closeCamera(stream);
    opener.textContent = t.start;
    figure.hidden = taker.disabled = true;
  }

  async function start() {
    stop();
    const mine = ++turn;
    on = true;
    opener.textContent = t.stop;
    say(null);
    try {
      const [model, opened] = await Promise.all([app.model(), openCamera(cameras.value)]);
      if (mine !== turn) return closeCamera(opened);
      stream = opened;
      const [track] = stream.getTracks();
      track.onended = () => {
        if (mine !== turn) return;
        stop();
        say(t.gone);
      };
      const all = await listCameras();
      if (mine !== turn) return;
      const { deviceId } = track.getSettings();
      cameras.hidden = all.length < 2;
      cameras.replaceChildren(...all.map((c) => h('option', { value: c.deviceId, selected: c.deviceId === deviceId }, c.label)));
      video.srcObject = stream;
      figure.hidden = taker.disabled = false;
      video.onresize = () => figure.style.setProperty('--ratio', String(video.videoWidth / video.videoHeight));
      video.play().catch(() => {});
      watch = model.classifyVideo(video, async (predictions, { frame, fps }) => {
        if (mine !== turn) return;
        show(predictions, fps);
        const index = chosen;
        if (index < 0) return;
        const map = await model.classMap(frame, index);
        if (mine === turn && index === chosen) paintHeat(heat, map);
      });
      await watch.finished;
    } catch (e) {
      if (mine !== turn) return;
      stop();
      say(e);
    }
  }

  /** @param {import('../squeezenet.mjs').Prediction[]} predictions @param {number} fps */
  function show(predictions, fps) {
    rows.forEach(({ row, name, share }, i) => {
      const p = predictions[i];
      /** @type {HTMLElement} */ (row.parentElement).hidden = !p;
      if (!p) return;
      row.dataset.index = String(p.index);
      name.textContent = p.className.split(', ')[0];
      share.textContent = percent(p.probability);
      row.style.setProperty('--share', `${100 * p.probability}%`);
    });
    press();
    list.hidden = false;
    if (fps) facts.textContent = t.rate(fps.toFixed(1));
    const [{ index, className, probability }] = predictions;
    if (index === best || probability < 0.5) return;
    best = index;
    app.announce(className.split(', ')[0]);
  }

  /** The frame becomes the picture of "one picture". */
  async function take() {
    const canvas = h('canvas', { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext('2d')?.drawImage(video, 0, 0);
    const blob = await jpeg(canvas);
    if (!blob) return;
    app.go('picture');
    app.setPicture(blob, t.title);
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden && on) {
      stop();
      asleep = true;
    } else if (asleep) {
      start();
    }
  });
  app.onModel(() => on && start()); // another network
  return { hidden: stop };
}
