// The page's languages. Each part of the page keeps its own sentences beside it, in all of them.

/** @typedef {'en' | 'zh'} Language */

/** @returns {Language} the one asked for by the address, chosen before, or preferred by the browser */
function pick() {
  let chosen = new URLSearchParams(location.search).get('lang');
  try {
    if (chosen) localStorage.setItem('language', chosen);
    else chosen = localStorage.getItem('language');
  } catch {} // storage is forbidden: the browser's own then
  for (const tag of [chosen ?? '', ...navigator.languages]) {
    const found = /^(en|zh)\b/i.exec(tag);
    if (found) return /** @type {Language} */ (found[1].toLowerCase());
  }
  return 'en';
}

export const language = pick();

/**
 * Sentences, and functions that make one.
 * @template {Record<string, string | ((...args: any[]) => string)>} T
 * @param {{en: T, zh: NoInfer<T> & Record<string, unknown>}} all in English without those that stand in index.html
 * @returns {T}
 */
export const texts = (all) => all[language];

/**
 * Puts sentences in the place of index.html's English ones: data-text, data-label and data-alt name the key.
 * @param {Record<string, any>} t
 */
export function translate(t) {
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : language;
  for (const [data, attribute] of [['text', ''], ['label', 'aria-label'], ['alt', 'alt']]) {
    for (const e of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-${data}]`))) {
      const sentence = t[String(e.dataset[data])];
      if (sentence === undefined) continue; // of another part of the page
      if (attribute) e.setAttribute(attribute, sentence);
      else e.textContent = sentence;
    }
  }
}

const number = (/** @type {Intl.NumberFormatOptions} */ options) => {
  const format = new Intl.NumberFormat(language, options);
  return (/** @type {number} */ n) => format.format(n);
};
const tenth = number({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
const whole = number({ maximumFractionDigits: 0 });

/** Grouped digits. */
export const count = whole;
/** @param {number} bytes */
export const megabytes = (bytes) => tenth(bytes / 1e6);
/** @param {number} ms */
export const milliseconds = (ms) => `${ms < 10 ? tenth(ms) : whole(ms)} ms`;
/** @param {number} p 0 to 1 */
export const percent = (p) => (p < 0.001 ? '< 0.1%' : p < 0.0995 ? `${tenth(100 * p)}%` : `${whole(100 * p)}%`);
