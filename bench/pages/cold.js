// The page that is timed from navigation to its first answer: engine, model and picture come at once.
import { crop } from './input.js';

/** The answer is a promise on the page: {ms since the navigation began, top class, its probability}. */
export function answer(create) {
  const config = JSON.parse(document.getElementById('config').textContent);
  const picture = fetch(config.picture).then((r) => r.blob()).then(createImageBitmap).then(crop);
  globalThis.answer = (async () => {
    const engine = await create(config);
    const loaded = performance.now();
    engine.set(await picture);
    const prob = await engine.run();
    let top = 0;
    prob.forEach((p, i) => { if (p > prob[top]) top = i; });
    return { ms: performance.now(), loaded, top, probability: prob[top] };
  })();
  globalThis.answer.catch(() => {}); // reported by whoever awaits it
}
