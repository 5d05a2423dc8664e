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
    else e.setAttribute(name, String(value));
  }
  e.append(...children);
  return e;
}

/** @param {string} text @param {() => unknown} onclick @param {string} [kind] its class */
export const button = (text, onclick, kind = 'button quiet') => h('button', { type: 'button', class: kind, onclick }, text);

/**
 * Looks like a button, and lets files be chosen.
 * @param {string} text
 * @param {Record<string, any>} given what the input is to have besides
 * @param {(files: File[]) => void} take
 * @param {string} [kind]
 */
export function fileButton(text, given, take, kind = 'button quiet') {
  const input = h('input', {
    type: 'file', ...given,
    onchange() {
      const files = [...input.files ?? []];
      input.value = ''; // the same may be chosen again
      if (files.length > 0) take(files);
    },
  });
  return h('label', { class: kind }, input, h('span', {}, text));
}

/** Gives an element these children in this order. What stays is not taken out, and the focus stays where it is. @param {HTMLElement} parent @param {HTMLElement[]} children */
export function arrange(parent, children) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement), wanted = new Set(children);
  for (const child of /** @type {HTMLElement[]} */ ([...parent.children])) if (!wanted.has(child)) child.remove();
  let at = parent.firstChild;
  for (const child of children) {
    if (child === at) at = at.nextSibling;
    else parent.insertBefore(child, at);
  }
  if (parent.contains(focused) && focused !== document.activeElement) focused?.focus({ preventScroll: true });
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
