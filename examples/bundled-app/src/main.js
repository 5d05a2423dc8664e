import { load } from 'squeezenet-wasm';

const answer = document.querySelector('pre');
const progress = document.querySelector('progress');

const model = await load({
  onProgress({ phase, loaded, total }) {
    if (total) progress.value = loaded / total;
    progress.hidden = phase === 'ready';
  },
});
answer.textContent = `${model.info().architecture} is ready.`;

document.querySelector('input').addEventListener('change', async ({ target }) => {
  try {
    const predictions = await model.classify(target.files[0], 3);
    answer.textContent = predictions.map((p) => `${(100 * p.probability).toFixed(1).padStart(5)} % ${p.className}`).join('\n');
  } catch (e) {
    answer.textContent = e.message;
  }
});
