// The sample pictures: the only thing that the page fetches after its start.
import { pictureAt } from './places.mjs';

export const samples = ['cat', 'coffee', 'flower', 'temple', 'rocket'];

/** @param {string} name @returns {Promise<Blob>} */
export async function sample(name) {
  const response = await fetch(pictureAt(name));
  if (!response.ok) throw new Error(String(response.status));
  return response.blob();
}
