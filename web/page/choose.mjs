// Choosing a picture where a view has none yet: a file, or one of the samples.
import { h } from './dom.mjs';
import { pictureAt } from './places.mjs';
import { sample, samples } from './samples.mjs';
import { texts } from './text.mjs';

const t = texts({
  en: {
    choose: 'Choose a picture', samples: 'Or take a sample picture', cat: 'Cat', coffee: 'Cup of coffee', flower: 'Flower', temple: 'Temple', rocket: 'Rocket',
  },
  zh: {
    choose: '选择图片', samples: '或使用示例图片', cat: '猫', coffee: '一杯咖啡', flower: '花', temple: '寺庙', rocket: '火箭',
  },
});

/**
 * @param {(file: Blob, name: string) => void} take
 * @param {(e: unknown) => void} fail with a sentence for the visitor
 */
export function chooser(take, fail) {
  const names = /** @type {Record<string, any>} */ (t);
  const input = h('input', {
    type: 'file', accept: 'image/*',
    onchange: () => {
      if (input.files?.[0]) take(input.files[0], input.files[0].name);
      input.value = ''; // the same file may be chosen again
    },
  });
  const button = (/** @type {string} */ name) => h('button', {
    type: 'button', 'data-picture': name,
    onclick: () => sample(name).then((file) => take(file, names[name]), fail),
  }, h('img', { src: pictureAt(`${name}-small`), alt: names[name], width: 48, height: 48 }));
  return h('div', { class: 'tools' },
    h('label', { class: 'button' }, input, h('span', {}, t.choose)),
    h('div', { class: 'samples', role: 'group', 'aria-label': t.samples }, ...samples.map(button)));
}
