// What a strict program may say of the package, and what it may not. package.test.mjs compiles it against
// the packed package, as a bundler and as Node resolve it.
import { load, SqueezeNetError, type ClassMap, type Info, type Layer, type Model, type Output, type Prediction, type Progress, type Source } from 'squeezenet-wasm';
import { load as loadInline } from 'squeezenet-wasm/inline';
import { load as loadMobilenet, type MobileNet, type Tensor } from 'squeezenet-wasm/mobilenet';
import { SqueezeNetClassifier } from 'squeezenet-wasm/element';

const { signal } = new AbortController();
const model: Model = await load();
await load({ precision: 'float32', workers: 2, signal, onProgress: ({ phase, loaded, total }: Progress) => console.log(phase, loaded, total) });
await load({ model: new Uint8Array(1), wasm: new URL('https://a.example/b.wasm'), labels: ['a'], worker: false });
const inlined: Model = await loadInline({ precision: 'int8' });

const sources: Source[] = [
  new Blob([]), new File([], 'a'), 'a.jpg', new URL('https://a.example/a.jpg'), new ArrayBuffer(1), new Uint8Array(1), new ImageData(1, 1),
  { data: new Uint8ClampedArray(4), width: 1, height: 1 }, document.createElement('img'), document.createElement('canvas'),
  document.createElement('video'), new OffscreenCanvas(1, 1), await createImageBitmap(new Blob([])), new VideoFrame(document.createElement('canvas')),
];
const predictions: Prediction[] = await model.classify(sources[0], 3);
const { index, wnid, className, probability }: Prediction = predictions[0];
const facts: [number, string, string, number] = [index, wnid, className, probability];
await model.classify('a.jpg', { topK: 3, crop: 'center', classes: [1, 'n02123045', 'tabby'], threshold: 0.1, signal });

for await (const answer of model.classifyAll(sources, { concurrency: 2, topK: 1, signal, onProgress: ({ done, failed, total }) => console.log(done, failed, total) })) {
  const at: number = answer.index;
  if (answer.error) console.error(at, answer.source, answer.error);
  else console.log(answer.predictions?.[0].className);
}
async function* many(): AsyncGenerator<Source> {
  yield 'a.jpg';
}
for await (const answer of model.classifyAll(many())) console.log(answer.index);

const output: Output = await model.infer('a.jpg', { output: 'embedding' });
const values: Float32Array = output.data;
const map: ClassMap = await model.classMap('a.jpg', 281, { crop: 'fit' });
const image: ImageData = map.image;
const layers: Layer[] = await model.layers();
const info: Info = model.info();
const { hash, ok } = await model.selfTest();
const own: Model = await model.train({ cats: sources, dogs: sources }, { signal, onProgress: ({ phase, done, total }) => console.log(phase, done, total) });
const file: Uint8Array = await own.export();
await load({ model: file });
await model.dispose();
console.log(facts, values, map.region.x, image.width, layers[0].shape, info.architecture, hash, ok, inlined);
try {
  await model.classify('a.jpg');
} catch (e) {
  if (e instanceof SqueezeNetError) console.log(e.code.toUpperCase(), e.message);
}

{
  await using own = await load();
  await own.classify('a.jpg');
}

const mobilenet: MobileNet = await loadMobilenet({ version: 2, alpha: 1, workers: 2 });
const tensor: Tensor = await mobilenet.infer('a.jpg', true);
const [row]: number[][] = tensor.arraySync();
console.log(row.length);
await mobilenet.dispose();

const element: SqueezeNetClassifier = document.querySelector('squeezenet-classifier') ?? document.createElement('squeezenet-classifier');
element.src = 'a.jpg';
element.topK = 3;
element.classes = [281, 'n02123045'];
element.heatmap = true;
element.addEventListener('squeezenet-result', ({ detail }) => console.log(detail.predictions[0].className, detail.source));
element.addEventListener('squeezenet-error', ({ detail }) => console.log(detail.error.message));
const answered: Prediction[] = await element.classify(new Blob([]));
console.log(answered, element.value.length, element.predictions.length);

// @ts-expect-error there are two precisions
await load({ precision: 'int4' });
// @ts-expect-error no such option
await load({ presicion: 'int8' });
// @ts-expect-error a picture is needed
await model.classify();
// @ts-expect-error a number is no picture
await model.classify(5);
// @ts-expect-error three ways to crop
await model.classify('a.jpg', { crop: 'centre' });
// @ts-expect-error it has to be awaited
model.classify('a.jpg').length;
// @ts-expect-error a prediction has no label
predictions[0].label;
// @ts-expect-error one picture is no iterable of pictures
model.classifyAll(new Blob([]));
// @ts-expect-error a class is a number
await model.classMap('a.jpg', 'tabby');
// @ts-expect-error code cannot be changed
new SqueezeNetError('a', 'b').code = 'c';
// @ts-expect-error no such property
element.topk = 3;
// @ts-expect-error a form's value comes from the picture
element.value = 'cat';
// @ts-expect-error no such event detail
element.addEventListener('squeezenet-result', ({ detail }) => console.log(detail.classes));
