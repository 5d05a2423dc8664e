// The sample pictures: the only thing that the page fetches after its start.

export const samples = ['cat', 'coffee', 'flower', 'temple', 'rocket'];

/** @param {string} name @returns {Promise<Blob>} */
export async function sample(name) {
  const response = await fetch(new URL(`../pictures/${name}.jpg`, import.meta.url));
  if (!response.ok) throw new Error(String(response.status));
  return response.blob();
}
