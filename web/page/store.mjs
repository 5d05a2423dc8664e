// What the visitor keeps in this browser: networks of their own, in IndexedDB. What is listed and what is large lie apart.

/**
 * @typedef {object} Kept
 * @property {string} id @property {string} name
 * @property {number} date milliseconds since 1970
 * @property {string} classes the first of their names
 * @property {number} [right] the share of its pictures for which it was right, if it learned here
 * @property {number} bytes of model and pictures
 * @property {boolean} pictures whether those that it learned from are there too
 *
 * @typedef {{name: string, pictures: {name: string, bytes: ArrayBuffer, type: string}[]}[]} KeptPictures
 *   bytes, as Firefox's private windows keep no Blobs
 */

/** @type {Promise<IDBDatabase> | undefined} */ let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('squeezenet', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('networks', { keyPath: 'id' });
      request.result.createObjectStore('files');
    };
    request.onsuccess = () => {
      const db = request.result;
      // another tab may bring a newer version, and the browser may take it all away
      db.onversionchange = () => db.close();
      db.onclose = () => (opened = undefined);
      resolve(db);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('another tab holds it'));
  });
  opened.catch(() => (opened = undefined)); // to be tried again
  return opened;
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(networks: IDBObjectStore, files: IDBObjectStore) => IDBRequest<T> | void} work
 * @returns {Promise<T>} when it is written
 */
async function transact(mode, work) {
  const transaction = (await open()).transaction(['networks', 'files'], mode);
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(/** @type {T} */ (request?.result));
    transaction.onabort = () => reject(transaction.error ?? new Error('it was broken off'));
    const request = work(transaction.objectStore('networks'), transaction.objectStore('files'));
  });
}

/** @returns {Promise<Kept[]>} the newest first */
export const list = async () => (await transact('readonly', (networks) => /** @type {IDBRequest<Kept[]>} */ (networks.getAll()))).sort((a, b) => b.date - a.date);

/** Without a model only what is listed of it changes. @param {Kept} kept @param {Uint8Array} [model] @param {KeptPictures} [pictures] */
export const put = (kept, model, pictures) => transact('readwrite', (networks, files) => {
  networks.put(kept);
  if (model) files.put(model, `${kept.id} model`);
  if (pictures) files.put(pictures, `${kept.id} pictures`);
});

/** @param {string} id */
export const remove = (id) => transact('readwrite', (networks, files) => {
  networks.delete(id);
  files.delete(`${id} model`);
  files.delete(`${id} pictures`);
});

/** @param {string} id @returns {Promise<Uint8Array<ArrayBuffer> | undefined>} the network's file */
export const model = (id) => transact('readonly', (_, files) => files.get(`${id} model`));

/** @param {string} id @returns {Promise<KeptPictures | undefined>} */
export const pictures = (id) => transact('readonly', (_, files) => files.get(`${id} pictures`));
