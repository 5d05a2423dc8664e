// Choosing a picture: a file, or one of the samples.
import { pictureAt } from './places.mjs';
import { texts } from './text.mjs';

const t = texts('choose', { noSample: 'The sample picture cannot be fetched: is the connection down? Choose a file of your own.' });
/** @typedef {typeof t} English */

/** @param {string} name of a sample picture @returns {Promise<Blob>} rejects with an Error whose message is for the visitor */
export async function sample(name) {
  const address = pictureAt(name);
  // from what is kept, as soon as the site is, though this visit began without
  const response = await globalThis.caches?.match(address).catch(() => null) ?? await fetch(address).catch(() => null);
  if (!response?.ok) throw new Error(t.noSample);
  return response.blob();
}

/**
 * @param {HTMLElement} tools index.html's, or a copy
 * @param {(file: Blob, name: string) => void} take
 * @param {(e: unknown) => void} fail with a sentence for the visitor
 */
export function chooser(tools, take, fail) {
  const file = /** @type {HTMLInputElement} */ (tools.querySelector('input'));
  file.onchange = () => {
    if (file.files?.[0]) take(file.files[0], file.files[0].name);
    file.value = ''; // the same file may be chosen again
  };
  for (const button of tools.querySelectorAll('button')) {
    const { alt } = /** @type {HTMLImageElement} */ (button.firstChild);
    button.onclick = () => sample(String(button.dataset.picture)).then((picture) => take(picture, alt), fail);
  }
  return tools;
}
