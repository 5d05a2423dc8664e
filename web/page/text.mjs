// The page's languages. Each part of the page keeps its English sentences; those of another language come in a
// file of their own (zh.mjs), to those who read it.

/** @typedef {'en' | 'zh'} Language */

/** @returns {Language} the one asked for by the address, chosen before, or preferred by the browser */
function pick() {
  let chosen = new URLSearchParams(location.search).get('lang');
  try {
    if (chosen) localStorage.setItem('language', chosen);
    else chosen = localStorage.getItem('language');
  } catch {} // storage is forbidden: the browser's own then
  const found = [chosen, ...navigator.languages].find((tag) => /^(en|zh)\b/i.test(tag ?? ''));
  return found && /^z/i.test(found) ? 'zh' : 'en';
}

export const language = pick();
const html = document.documentElement;
html.hidden = language === 'zh'; // until it is translated: what is seen does not move
const translation = html.hidden && import('./zh.mjs').catch(() => null); // in English, where it cannot be fetched

/** @typedef {Record<string, string | ((...args: any[]) => string)>} Sentences and functions that make one */

/** @type {Record<string, Sentences>} by the parts of the page */ const parts = {};
/** @type {Record<string, Sentences>} */ let spoken = {};

/**
 * What a part of the page says, in the page's language once that is there.
 * @template {Sentences} T
 * @param {string} part
 * @param {T} english
 */
export const texts = (part, english) => /** @type {T} */ (parts[part] = Object.assign(english, spoken[part]));

/** Translates the page where it is not to be English: the parts that are there, and those that come. */
export async function translate() {
  const all = await translation;
  if (all) {
    spoken = all.default;
    for (const part in parts) texts(part, parts[part]);
    html.lang = 'zh-Hans';
    for (const e of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-text]'))) {
      const sentence = all.default.page[String(e.dataset.text)], attribute = ['alt', 'aria-label'].find((name) => e.hasAttribute(name));
      if (attribute) e.setAttribute(attribute, sentence);
      else e.textContent = sentence;
    }
  }
  html.hidden = false;
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
