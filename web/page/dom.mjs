// Elements without markup in strings.

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id of an element that index.html has
 * @returns {T}
 */
export const element = (id) => /** @type {T} */ (document.getElementById(id));

/**
 * An element with properties, listeners (onclick ...), attributes (aria-*, data-*, role, for ...) and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [given] undefined values are left out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, given = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (name in e) /** @type {any} */ (e)[name] = value;
    else e.setAttribute(name === 'class' ? 'class' : name, String(value));
  }
  e.append(...children);
  return e;
}

/** A drawing for the eye alone. @param {string} path within 48 x 48 */
export function icon(path) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  for (const [name, value] of Object.entries({ viewBox: '0 0 48 48', width: '56', height: '56', 'aria-hidden': 'true' })) svg.setAttribute(name, value);
  drawing.setAttribute('d', path);
  svg.append(drawing);
  return svg;
}

/** A place for an error's sentence, spoken when it appears; `say(null)` empties it. */
export function errorPlace() {
  const place = h('p', { class: 'error', role: 'alert', hidden: true });
  /** @param {unknown} e */
  const say = (e) => {
    place.textContent = e === null ? '' : e instanceof Error ? e.message : String(e);
    place.hidden = e === null;
  };
  return { place, say };
}
