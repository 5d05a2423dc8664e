// A gallery of any length: only the tiles that are near the window exist.
import { h } from './dom.mjs';
import { thumbnail } from './thumbs.mjs';

const GAP = 12, CAPTION = 60, HEADING = 52, WIDTH = 152;
/** Thumbnails that are kept, in pixels: four bytes each. */
const KEPT = 8e6;

/**
 * @typedef {object} Tile what a tile shows
 * @property {string} name @property {string} share @property {string} file
 * @property {string} path
 * @property {Blob | null} blob of the thumbnail; null: not yet, or never
 * @property {boolean} failed
 */

/**
 * @template T
 * @typedef {{heading?: string, items: T[]}} Group
 */

/** @typedef {{top: number, bottom: number, heading?: string, from: number, to: number}} Row */

/** @template {object} T */
export class Gallery {
  #root; #list; #headings; #describe; #open;
  /** @type {T[]} */ #items = [];
  /** @type {Group<T>[]} */ #groups = [];
  /** Rows from top to bottom; a heading has no items. @type {Row[]} */ #rows = [];
  #columns = 1;
  #side = WIDTH;
  /** @type {Map<T, {index: number, li: HTMLLIElement, button: HTMLButtonElement, fill: (index: number) => void, thumb: () => void}>} */ #tiles = new Map();
  /** Thumbnails, the one that was seen longest ago first. @type {Map<T, HTMLCanvasElement>} */ #thumbs = new Map();
  #kept = 0;
  /** The tile that Tab leads to. */ #focus = 0;
  #frame = 0;

  /**
   * @param {string} label
   * @param {(item: T) => Tile} describe
   * @param {(item: T) => void} open
   */
  constructor(label, describe, open) {
    this.#describe = describe;
    this.#open = open;
    this.#headings = h('div', { 'aria-hidden': 'true' }); // a tile has its class too
    this.#list = h('ul', { 'aria-label': label });
    this.#root = h('div', { class: 'gallery' }, this.#headings, this.#list);
    this.#list.addEventListener('keydown', (e) => this.#key(e));
    new ResizeObserver(() => this.#layOut()).observe(this.#root);
    addEventListener('scroll', () => this.#soon(), { passive: true });
  }

  get element() {
    return this.#root;
  }

  /** @param {Group<T>[]} groups */
  show(groups) {
    const focused = this.#list.contains(document.activeElement) ? this.#items[this.#focus] : undefined;
    this.#groups = groups;
    this.#items = groups.flatMap((g) => g.items);
    this.#focus = Math.max(0, focused ? this.#items.indexOf(focused) : 0);
    this.#layOut();
  }

  /** Shows what has changed of an item. @param {T} item */
  update(item) {
    const tile = this.#tiles.get(item);
    tile?.fill(tile.index);
  }

  clear() {
    this.#thumbs.clear();
    this.#kept = 0;
    this.show([]);
  }

  #layOut() {
    const width = this.#root.clientWidth;
    if (width === 0) return; // not in view
    // what is at the window's top stays there
    const top = this.#root.getBoundingClientRect().top;
    const anchor = top < 0 ? this.#items[this.#rows.find((r) => r.bottom > -top && r.to > r.from)?.from ?? -1] : undefined;
    const before = anchor && this.#tiles.get(anchor)?.li.getBoundingClientRect().top;

    this.#columns = Math.max(2, Math.floor((width + GAP) / (WIDTH + GAP)));
    this.#side = Math.floor((width - GAP * (this.#columns - 1)) / this.#columns);
    this.#rows = [];
    let y = 0, at = 0;
    for (const { heading, items } of this.#groups) {
      if (heading !== undefined) {
        this.#rows.push({ top: y, bottom: y + HEADING, heading, from: at, to: at });
        y += HEADING;
      }
      for (const end = at + items.length; at < end;) {
        const to = Math.min(end, at + this.#columns);
        this.#rows.push({ top: y, bottom: y + this.#side + CAPTION + GAP, from: at, to });
        y += this.#side + CAPTION + GAP;
        at = to;
      }
    }
    this.#root.style.height = `${y}px`;
    this.#root.style.setProperty('--side', `${this.#side}px`);
    if (anchor && before !== undefined) {
      const index = this.#items.indexOf(anchor);
      if (index >= 0) scrollBy(0, this.#root.getBoundingClientRect().top + this.#rows[this.#rowOf(index)].top - before);
    }
    for (const { li } of this.#tiles.values()) li.dataset.old = '';
    this.#render();
  }

  /** @param {number} index */
  #rowOf(index) {
    let low = 0, high = this.#rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rows[middle].to > index) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
    });
  }

  #render() {
    if (this.#root.clientWidth === 0) return;
    const { top } = this.#root.getBoundingClientRect();
    const from = -top - innerHeight / 2, to = -top + 1.5 * innerHeight;
    let low = 0, high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rows[middle].bottom > from) high = middle;
      else low = middle + 1;
    }
    /** @type {Map<T, {index: number, row: Row}>} */ const near = new Map();
    const headings = [];
    for (let r = low; r < this.#rows.length && this.#rows[r].top < to; r++) {
      const row = this.#rows[r];
      if (row.heading !== undefined) {
        const heading = h('p', {}, row.heading);
        heading.style.top = `${row.top}px`;
        headings.push(heading);
      }
      for (let i = row.from; i < row.to; i++) near.set(this.#items[i], { index: i, row });
    }
    this.#headings.replaceChildren(...headings);
    // the one with the focus stays, wherever it is
    const held = this.#items[this.#focus];
    if (held && this.#tiles.get(held)?.li.contains(document.activeElement) && !near.has(held)) near.set(held, { index: this.#focus, row: this.#rows[this.#rowOf(this.#focus)] });

    for (const [item, { li }] of this.#tiles) {
      if (near.has(item)) continue;
      li.remove();
      this.#tiles.delete(item);
    }
    const first = near.has(held) ? this.#focus : Math.min(...[...near.values()].map((n) => n.index));
    const focused = this.#list.contains(document.activeElement) ? this.#tiles.get(held)?.button : undefined;
    let after = this.#list.firstChild;
    for (const [item, { index, row }] of [...near].sort((a, b) => a[1].index - b[1].index)) {
      let tile = this.#tiles.get(item);
      if (!tile || tile.li.dataset.old !== undefined) {
        if (!tile) this.#tiles.set(item, tile = this.#make(item));
        delete tile.li.dataset.old;
        tile.li.style.transform = `translate(${(index - row.from) * (this.#side + GAP)}px, ${row.top}px)`;
        tile.fill(index);
      }
      tile.button.tabIndex = index === first ? 0 : -1;
      if (tile.li === after) after = after.nextSibling;
      else this.#list.insertBefore(tile.li, after);
    }
    if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true }); // it was moved
    for (const { thumb } of this.#tiles.values()) thumb();
  }

  /** @param {T} item */
  #make(item) {
    const picture = h('span', { class: 'thumb' });
    const name = h('span', { class: 'name' }), share = h('span', { class: 'share' }), file = h('span', { class: 'file' });
    const button = h('button', { type: 'button', tabIndex: -1 }, picture, h('span', { class: 'caption' }, name, share, file));
    const li = h('li', {}, button);
    button.addEventListener('click', () => this.#open(item));
    const tile = {
      li, button, index: 0,
      fill: (/** @type {number} */ index) => {
        const shown = this.#describe(item);
        tile.index = index;
        name.textContent = shown.name;
        share.textContent = shown.share;
        file.textContent = shown.file;
        li.classList.toggle('failed', shown.failed);
        button.title = shown.failed ? `${shown.path}: ${shown.name}` : shown.path;
        li.setAttribute('aria-posinset', String(index + 1));
        li.setAttribute('aria-setsize', String(this.#items.length));
        if (li.isConnected) tile.thumb();
      },
      thumb: () => {
        const { blob } = this.#describe(item);
        if (blob && !picture.hasChildNodes()) this.#thumb(item, blob, picture);
      },
    };
    button.addEventListener('focus', () => {
      this.#focus = tile.index;
      this.#soon();
    });
    return tile;
  }

  /** @param {T} item @param {Blob} blob @param {HTMLElement} place */
  async #thumb(item, blob, place) {
    let canvas = this.#thumbs.get(item);
    if (canvas) {
      this.#thumbs.delete(item); // to come last
    } else {
      if (place.dataset.asked) return;
      place.dataset.asked = 'true';
      // twice at most: a finer one is not worth its memory
      const bitmap = await thumbnail(blob, Math.round(this.#side * Math.min(2, devicePixelRatio)), () => place.isConnected);
      delete place.dataset.asked;
      if (!bitmap) return;
      if (!place.isConnected) return bitmap.close();
      canvas = h('canvas', { width: bitmap.width, height: bitmap.height });
      canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
      this.#kept += canvas.width * canvas.height;
    }
    this.#thumbs.set(item, canvas);
    place.replaceChildren(canvas);
    for (const [old, { width, height }] of this.#thumbs) {
      if (this.#kept <= KEPT) break;
      if (this.#tiles.has(old)) continue;
      this.#thumbs.delete(old);
      this.#kept -= width * height;
    }
  }

  /** @param {KeyboardEvent} e */
  #key(e) {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const last = this.#items.length - 1;
    const row = this.#rowOf(this.#focus);
    const vertical = (/** @type {number} */ step) => {
      for (let r = row + step; r >= 0 && r < this.#rows.length; r += step) {
        const { from, to } = this.#rows[r];
        if (to > from) return Math.min(to - 1, from + this.#focus - this.#rows[row].from);
      }
      return this.#focus;
    };
    const to = /** @type {Record<string, () => number>} */ ({
      ArrowLeft: () => Math.max(0, this.#focus - 1), ArrowRight: () => Math.min(last, this.#focus + 1),
      ArrowUp: () => vertical(-1), ArrowDown: () => vertical(1), Home: () => 0, End: () => last,
    })[e.key]?.();
    if (to === undefined) return;
    e.preventDefault();
    this.#focus = to;
    const { top, bottom } = this.#rows[this.#rowOf(to)];
    const at = this.#root.getBoundingClientRect().top;
    if (at + top < 0) scrollBy(0, at + top - GAP);
    else if (at + bottom > innerHeight) scrollBy(0, at + bottom - innerHeight + GAP);
    this.#render();
    this.#tiles.get(this.#items[to])?.button.focus({ preventScroll: true });
  }
}
