// One line below the page: whether it works without its server, and whether there is a new version.
import { h } from './dom.mjs';
import { keepOffline } from './offline.mjs';
import { megabytes, texts } from './text.mjs';

const t = texts('kept', {
  storing: (/** @type {string} */ done, /** @type {string} */ total) => `Keeping this page on your device: ${done} of ${total} MB.`,
  ready: 'This page is kept on your device: it works without a connection.',
  update: 'A new version of this page is here, for now or for your next visit.', apply: 'Use it now',
  unsupported: 'This window (private?) cannot keep the page: the next visit needs a connection.',
  insecure: 'Without https the page cannot be kept: the next visit needs a connection.',
  forbidden: 'This browser lets the page store nothing: the next visit needs a connection.',
  full: 'There is no room to keep the page: the next visit needs a connection. Free some space.',
  incomplete: 'The page could not be kept whole (connection lost, or server being updated): the next visit tries again.',
});
/** @typedef {typeof t} English */

/** @param {HTMLElement} place @param {(text: string) => void} announce */
export function keep(place, announce) {
  place.hidden = false;
  keepOffline({
    onState(now) {
      place.dataset.state = now.state;
      if (now.state === 'storing') {
        place.textContent = t.storing(megabytes(now.done), megabytes(now.total));
      } else if (now.state === 'update') {
        const button = h('button', { type: 'button', class: 'button quiet' }, t.apply);
        button.onclick = () => {
          button.disabled = true;
          now.apply();
        };
        place.replaceChildren(t.update, ' ', button);
        announce(t.update);
      } else {
        place.textContent = now.state === 'ready' ? t.ready : t[now.why];
      }
    },
  });
}
