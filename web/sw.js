// Keeps the whole site in the browser, so that it needs no server after the first visit. Each version of
// the site has a cache of its own. It is filled before this worker takes over, every file checked by its
// hash, or not kept at all; a page is served wholly from the version that it began with.

/** @typedef {Event & {waitUntil(work: Promise<unknown>): void}} Extendable */
/** @typedef {Extendable & {request: Request, clientId: string, resultingClientId: string, respondWith(answer: Promise<Response>): void}} Fetching */
/** @typedef {{id: string, postMessage(message: unknown): void}} Client */
/** @typedef {{version: string, files: Record<string, {bytes: number, sha256: string}>}} Manifest */

const worker = /** @type {{
  registration: ServiceWorkerRegistration,
  clients: {claim(): Promise<void>, matchAll(options?: {includeUncontrolled: boolean}): Promise<Client[]>},
  skipWaiting(): Promise<void>,
  addEventListener(name: string, listener: (event: any) => void): void,
}} */ (/** @type {unknown} */ (self));

const version = 'VERSION'; // manifest.json's: the build writes it here
const { scope } = worker.registration;
const prefix = `squeezenet ${scope} `; // an origin may hold several such sites
const current = prefix + version;
const manifestName = 'manifest.json';

worker.addEventListener('install', (/** @type {Extendable} */ event) => event.waitUntil(store()));
worker.addEventListener('activate', (/** @type {Extendable} */ event) => event.waitUntil(begin()));
worker.addEventListener('message', (/** @type {MessageEvent} */ { data }) => {
  if (data === 'take over') worker.skipWaiting();
});

/** Says to all pages how far it is, or why it failed. @param {object} message */
async function tell(message) {
  for (const page of await worker.clients.matchAll({ includeUncontrolled: true })) page.postMessage({ offline: message });
}

/** Fills this version's cache. */
async function store() {
  try {
    // Files that did not change come from the versions before, those of a fill that was broken off from itself.
    const before = await Promise.all((await caches.keys()).filter((name) => name.startsWith(prefix)).map((name) => caches.open(name)));
    const cache = await caches.open(current);
    const answer = await ask(manifestName);
    const manifest = /** @type {Manifest} */ (await answer.clone().json());
    if (manifest.version !== version) throw new Error(`${manifestName} is not of version ${version}: the server is being updated`);
    const files = Object.entries(manifest.files);
    const total = files.reduce((sum, [, { bytes }]) => sum + bytes, 0);
    let done = 0;
    tell({ done, total });
    const keep = async () => {
      for (let file; (file = files.pop());) {
        const [name, { bytes, sha256 }] = file;
        await cache.put(scope + name, await kept(before, name, sha256) ?? await checked(await ask(name), name, sha256));
        await tell({ done: done += bytes, total });
      }
    };
    const ended = await Promise.allSettled([0, 1, 2, 3].map(() => keep().catch((e) => {
      files.length = 0; // the others stop as well
      throw e;
    })));
    const reasons = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    if (reasons.length > 0) throw reasons.find(({ name }) => name === 'QuotaExceededError') ?? reasons[0];
    await cache.put(scope + manifestName, answer);
  } catch (e) {
    await caches.delete(current).catch(() => {});
    const { name } = /** @type {Error} */ (e);
    await tell({ failed: name === 'QuotaExceededError' ? 'full' : name === 'SecurityError' ? 'forbidden' : 'incomplete' });
    throw e; // the version before, if there is one, stays
  }
}

/** @param {string} name @returns {Promise<Response>} the server's file, though an older one may be in the browser's own cache */
async function ask(name) {
  const answer = await fetch(scope + name, { cache: 'no-cache', priority: 'low' });
  if (!answer.ok) throw new Error(`${name}: the server answered ${answer.status}`);
  return answer;
}

/** A response with the bytes that it should have. @param {Response} response @param {string} name @param {string} sha256 */
async function checked(response, name, sha256) {
  const bytes = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  if (btoa(String.fromCharCode(...digest)) !== sha256) throw new Error(`${name} is not of version ${version}: the server is being updated`);
  const headers = new Headers(response.headers);
  for (const header of ['content-encoding', 'content-length', 'vary']) headers.delete(header);
  return new Response(bytes, { headers });
}

/** The file as one of the caches has it. @param {Cache[]} before @param {string} name @param {string} sha256 */
async function kept(before, name, sha256) {
  for (const cache of before) {
    const response = await cache.match(scope + name);
    const same = response && await checked(response, name, sha256).catch(() => null);
    if (same) return same;
  }
  return null;
}

/** Where a page's version is written: in the cache that it is served from. @param {string} id */
const mark = (id) => `${scope}?page=${id}`;

/** @type {Map<string, string>} the caches of pages whose marks were written or read already */
const pages = new Map();

/** A page is of this version, from now on. @param {string} id */
async function written(id) {
  pages.set(id, current);
  await (await caches.open(current)).put(mark(id), new Response(current));
}

/** @param {string} id @returns {Promise<string>} */
async function cacheOf(id) {
  let name = pages.get(id);
  if (!name) {
    name = await (await caches.match(mark(id)))?.text() ?? current;
    pages.set(id, name);
  }
  return name;
}

worker.addEventListener('fetch', (/** @type {Fetching} */ event) => {
  const { request, clientId, resultingClientId } = event;
  const { origin, pathname, search } = new URL(request.url);
  const navigates = request.mode === 'navigate'; // to this page, whatever its query (?lang=zh)
  const address = (origin + pathname).replace(/\/$/, '/index.html');
  if (request.method !== 'GET' || !address.startsWith(scope) || (search && !navigates) || request.headers.has('range')) return;
  event.respondWith((async () => {
    const cacheName = navigates ? current : await cacheOf(clientId);
    const found = await caches.match(address, { cacheName });
    if (found && navigates && resultingClientId) {
      event.waitUntil((async () => {
        await written(resultingClientId);
        await new Promise((resolve) => setTimeout(resolve, 2000)); // then the page has begun, and the one before it is gone
        await tidy();
      })());
    }
    return found ?? fetch(request);
  })());
});

/** Takes over, at a first visit from the server: the page that is open needs it no more. */
async function begin() {
  await tidy(true);
  await worker.clients.claim();
  for (const { id } of await worker.clients.matchAll()) if (!await caches.match(mark(id))) await written(id);
}

/**
 * Removes what no page uses: marks of pages that are gone, and caches of versions before.
 * @param {boolean} [activating] also those that never served a page: an update that was broken off, or passed over
 */
async function tidy(activating = false) {
  const open = (await worker.clients.matchAll()).map(({ id }) => id);
  for (const name of await caches.keys()) {
    if (!name.startsWith(prefix)) continue;
    const cache = await caches.open(name);
    const marks = (await cache.keys()).filter(({ url }) => url.startsWith(mark('')));
    const gone = marks.filter(({ url }) => !open.includes(url.slice(mark('').length)));
    if (name === current) await Promise.all(gone.map((request) => cache.delete(request)));
    else if (gone.length === marks.length && (gone.length || activating && !worker.registration.installing)) await caches.delete(name);
  }
}
