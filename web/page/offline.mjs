// The page's side of the service worker that keeps the site (sw.js).

/**
 * @typedef {{state: 'storing', done: number, total: number}
 *   | {state: 'ready'}
 *   | {state: 'update', apply: () => Promise<void>}
 *   | {state: 'unavailable', why: 'unsupported' | 'insecure' | 'forbidden' | 'full' | 'incomplete'}} OfflineState
 *
 * storing: the site, or a new version of it, is on its way; done and total in bytes.
 * ready: this page works without its server.
 * update: a new version is there, whole; apply() takes it, which loads the page anew. Without it the page
 *   goes on with its version, and the next visit after all its tabs were closed begins with the new one.
 * unavailable: everything works, but needs the server at the next visit. unsupported: the browser has no
 *   service workers (some have none in private windows); insecure: it wants https for them; forbidden: it
 *   may store nothing; full: there is no room; incomplete: the server did not give all files as they were
 *   built (it was cut off, or is being updated): the next visit tries again.
 */

/**
 * Stores the whole site in the browser, and looks for a new version of it. Call it when nothing else
 * waits for the network.
 * @param {{onState: (state: OfflineState) => void}} options
 */
export async function keepOffline({ onState }) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return onState({ state: 'unavailable', why: isSecureContext ? 'unsupported' : 'insecure' });

  /** @type {'full' | 'forbidden' | 'incomplete'} */ let failed = 'incomplete';
  /** @type {ServiceWorkerRegistration | undefined} */ let registration;
  let began = serviceWorker.controller; // this page has its version
  const stored = () => onState(registration?.waiting || began !== serviceWorker.controller ? { state: 'update', apply } : { state: 'ready' });
  const apply = async () => {
    const waiting = registration?.waiting;
    if (waiting) {
      const taken = new Promise((resolve) => {
        waiting.addEventListener('statechange', () => /activated|redundant/.test(waiting.state) && resolve(undefined));
      });
      waiting.postMessage('take over');
      await taken;
    }
    location.reload();
  };
  /** @type {ServiceWorker | null} */ let watched = null;
  /** @param {ServiceWorkerRegistration} registration */
  const watch = (registration) => {
    const { installing } = registration;
    if (!installing || installing === watched) return;
    watched = installing;
    installing.addEventListener('statechange', () => {
      if (registration.active) {
        if (installing.state !== 'activating') stored();
      } else if (installing.state === 'redundant') {
        setTimeout(() => onState({ state: 'unavailable', why: failed }), 500); // the worker's word on it may come later
      }
    });
  };

  serviceWorker.addEventListener('message', ({ data }) => {
    if (data?.offline?.failed) failed = data.offline.failed;
    else if (data?.offline && (!registration || registration.installing)) onState({ state: 'storing', ...data.offline });
  });
  serviceWorker.startMessages();
  serviceWorker.addEventListener('controllerchange', () => {
    began ??= serviceWorker.controller; // a first visit
    registration && stored(); // or another tab took the update
  });
  try {
    registration = await serviceWorker.register(new URL('../sw.js', import.meta.url));
  } catch (e) {
    return onState({ state: 'unavailable', why: /** @type {Error} */ (e).name === 'SecurityError' ? 'forbidden' : 'incomplete' });
  }
  const found = registration;
  found.addEventListener('updatefound', () => watch(found));
  watch(found);
  if (found.active) stored();
}
