// What the page of one file says in the place of kept.mjs's line.
import { language } from './text.mjs';

const sentences = {
  en: 'This page is one file: keep it anywhere, it works without a connection.',
  zh: '此页面是单个文件：可存放在任何位置，没有网络也能使用。',
};

/** @param {HTMLElement} place */
export function keep(place) {
  place.hidden = false;
  place.dataset.state = 'ready';
  place.textContent = sentences[language];
}
