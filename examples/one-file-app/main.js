// esbuild copies no files that a module finds next to itself, so here they are inside of it.
import { load } from 'squeezenet-wasm/inline';

const answer = document.querySelector('pre');
const model = await load();
answer.textContent = `${model.info().architecture} is ready.`;

document.querySelector('input').addEventListener('change', async ({ target }) => {
  try {
    const [best] = await model.classify(target.files[0], 1);
    answer.textContent = `${(100 * best.probability).toFixed(1)} % ${best.className}`;
  } catch (e) {
    answer.textContent = e.message;
  }
});
