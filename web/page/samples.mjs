// The sample pictures.
import { pictureAt } from './places.mjs';

export const samples = ['cat', 'coffee', 'flower', 'temple', 'rocket'];

/** @param {string} name @returns {Promise<Blob>} */
export async function sample(name) {
  const address = pictureAt(name);
  // from what is kept, as soon as the site is, though this visit began without
  const response = await globalThis.caches?.match(address).catch(() => null) ?? await fetch(address);
  if (!response.ok) throw new Error(String(response.status));
  return response.blob();
}
