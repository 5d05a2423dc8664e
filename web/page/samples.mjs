// The sample pictures.
import { pictureAt } from './places.mjs';
import { texts } from './text.mjs';

const t = texts({
  en: { noSample: 'The sample picture cannot be fetched: is the connection down? Choose a file of your own.' },
  zh: { noSample: '无法获取示例图片：网络断开了吗？请选择你自己的文件。' },
});

export const samples = ['cat', 'coffee', 'flower', 'temple', 'rocket'];

/** @param {string} name @returns {Promise<Blob>} rejects with an Error whose message is for the visitor */
export async function sample(name) {
  const address = pictureAt(name);
  // from what is kept, as soon as the site is, though this visit began without
  const response = await globalThis.caches?.match(address).catch(() => null) ?? await fetch(address).catch(() => null);
  if (!response?.ok) throw new Error(t.noSample);
  return response.blob();
}
