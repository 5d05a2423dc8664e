// A page that uses the original. package.test.mjs compiles it as it is, and with its first import changed.
import * as mobilenet from '@tensorflow-models/mobilenet';
import * as tf from '@tensorflow/tfjs-core';

const img = document.querySelector('img')!;
const canvas = document.querySelector('canvas')!;
const video = document.querySelector('video')!;

const model: mobilenet.MobileNet = await mobilenet.load();
await mobilenet.load({ version: 1, alpha: 0.25 });
await mobilenet.load({ version: 2, alpha: 0.5 });
await mobilenet.load({ version: 2, modelUrl: 'models/own', inputRange: [-1, 1] });

let predictions: Array<{ className: string; probability: number }> = await model.classify(img);
predictions = await model.classify(canvas, 5);
predictions = await model.classify(video);
predictions = await model.classify(new ImageData(2, 2), 1);
predictions = await model.classify(tf.zeros<tf.Rank.R3>([224, 224, 3]));
predictions = await model.classify(tf.browser.fromPixels(img), 10);
const words: string = predictions.map(({ className, probability }) => `${className}: ${(100 * probability).toFixed(1)} %`).join('\n');
document.body.textContent = words + mobilenet.version;

const logits = model.infer(img);
const shape: number[] = logits.shape;
const values: ArrayLike<number> = await logits.data();
const rows = (await logits.array()) as number[][];
const same: ArrayLike<number> = (await model.infer(tf.zeros([1, 224, 224, 3]))).dataSync();
const embedding = model.infer(canvas, true);
embedding.dispose();
const freed: boolean = embedding.isDisposed;
console.log(shape, values, rows, same, freed, logits.dtype, logits.size, logits.rank);

// @ts-expect-error there are two versions
await mobilenet.load({ version: 3 });
// @ts-expect-error and four widths
await mobilenet.load({ version: 1, alpha: 0.3 });
// @ts-expect-error a range is two numbers
await mobilenet.load({ version: 1, inputRange: [0] });
// @ts-expect-error a picture is needed
await model.classify();
// @ts-expect-error how many is a number
await model.classify(img, '5');
// @ts-expect-error predictions have no index
predictions[0].index;
