// Names what is in the pictures of a folder, two at once, as CSV.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'squeezenet-wasm';

const folder = process.argv[2] ?? '.';
const files = (await readdir(folder)).filter((name) => /\.(jpe?g|png|gif|webp|bmp|tiff?)$/i.test(name)).sort();

const model = await load({ workers: 2 });
console.log('file,class,probability,error');
for await (const { source, predictions, error } of model.classifyAll(files.map((name) => join(folder, name)), { topK: 1 })) {
  const cells = error ? [source, '', '', error.message] : [source, predictions[0].className, predictions[0].probability.toFixed(3), ''];
  console.log(cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','));
}
await model.dispose();
