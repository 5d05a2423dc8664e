// A gallery of any length: only the tiles that are near the window exist.
import { arrange, button, h } from './dom.mjs';
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

/**
 * @template {object} T
 * @param {string} label
 * @param {(item: T) => Tile} describe
 * @param {(item: T) => void} open
 */
export function makeGallery(label, describe, open) {
  /** @type {T[]} */ let items = [];
  /** @type {Group<T>[]} */ let groups = [];
  /** Rows from top to bottom; a heading has no items. @type {Row[]} */ let rows = [];
  let columns = 1, side = WIDTH;
  /** @type {Map<T, {index: number, li: HTMLLIElement, button: HTMLButtonElement, old: boolean, fill: (index: number) => void, thumb: () => void}>} */ const tiles = new Map();
  /** Thumbnails, the one that was seen longest ago first. @type {Map<T, HTMLCanvasElement>} */ const thumbs = new Map();
  let kept = 0;
  let focus = 0; // the tile that Tab leads to
  let frame = 0;

  const headings = h('div', { 'aria-hidden': 'true' }); // a tile has its class too
  const list = h('ul', { 'aria-label': label, onkeydown: key });
  const element = h('div', { class: 'gallery' }, headings, list);
  new ResizeObserver(layOut).observe(element);
  addEventListener('scroll', soon, { passive: true });

  const top = () => element.getBoundingClientRect().top;

  /** The first row of which something is true, of rows of which it is false and then true. @param {(row: Row) => boolean} is */
  function firstRow(is) {
    let low = 0, high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (is(rows[middle])) high = middle;
      else low = middle + 1;
    }
    return low;
  }
  const rowOf = (/** @type {number} */ index) => firstRow((row) => row.to > index);

  function layOut() {
    const width = element.clientWidth;
    if (width === 0) return; // not in view
    // what is at the window's top stays there
    const anchor = top() < 0 ? items[rows.find((r) => r.bottom > -top() && r.to > r.from)?.from ?? -1] : undefined;
    const before = anchor && tiles.get(anchor)?.li.getBoundingClientRect().top;

    columns = Math.max(2, Math.floor((width + GAP) / (WIDTH + GAP)));
    side = Math.floor((width - GAP * (columns - 1)) / columns);
    rows = [];
    let y = 0, at = 0;
    for (const { heading, items } of groups) {
      if (heading) rows.push({ top: y, bottom: y += HEADING, heading, from: at, to: at });
      for (const end = at + items.length; at < end;) rows.push({ top: y, bottom: y += side + CAPTION + GAP, from: at, to: at = Math.min(end, at + columns) });
    }
    element.style.height = `${y}px`;
    element.style.setProperty('--side', `${side}px`);
    const index = anchor ? items.indexOf(anchor) : -1;
    if (before !== undefined && index >= 0) scrollBy(0, top() + rows[rowOf(index)].top - before);
    for (const tile of tiles.values()) tile.old = true;
    render();
  }

  function soon() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      render();
    });
  }

  function render() {
    if (element.clientWidth === 0) return;
    const from = -top() - innerHeight / 2, to = from + 2 * innerHeight;
    const lines = [], near = new Set();
    for (let r = firstRow((row) => row.bottom > from); r < rows.length && rows[r].top < to; r++) {
      const row = rows[r];
      if (row.heading) {
        const heading = h('p', {}, row.heading);
        heading.style.top = `${row.top}px`;
        lines.push(heading);
      }
      for (let i = row.from; i < row.to; i++) near.add(i);
    }
    headings.replaceChildren(...lines);
    // the one with the focus stays, wherever it is
    if (tiles.get(items[focus])?.li.contains(document.activeElement)) near.add(focus);
    const first = near.has(focus) ? focus : Math.min(...near);

    const shown = [...near].sort((a, b) => a - b).map((index) => {
      const item = items[index], row = rows[rowOf(index)];
      let tile = tiles.get(item);
      if (!tile) tiles.set(item, tile = make(item));
      if (tile.old) {
        tile.old = false;
        tile.li.style.transform = `translate(${(index - row.from) * (side + GAP)}px, ${row.top}px)`;
        tile.fill(index);
      }
      tile.button.tabIndex = index === first ? 0 : -1;
      return tile;
    });
    for (const [item, tile] of tiles) if (!shown.includes(tile)) tiles.delete(item);
    arrange(list, shown.map(({ li }) => li));
    for (const { thumb } of shown) thumb();
  }

  /** @param {T} item */
  function make(item) {
    const [picture, name, share, file] = ['photo', 'name', 'share', 'file'].map((part) => h('span', { class: part }));
    const press = button('', () => open(item), '');
    press.append(picture, h('span', { class: 'caption' }, name, share, file));
    const li = h('li', {}, press);
    const tile = {
      li, button: press, index: 0, old: true,
      fill(/** @type {number} */ index) {
        const shown = describe(item);
        tile.index = index;
        name.textContent = shown.name;
        share.textContent = shown.share;
        file.textContent = shown.file;
        li.classList.toggle('failed', shown.failed);
        press.title = shown.failed ? `${shown.path}: ${shown.name}` : shown.path;
        li.setAttribute('aria-posinset', String(index + 1));
        li.setAttribute('aria-setsize', String(items.length));
        if (li.isConnected) tile.thumb();
      },
      thumb() {
        const { blob } = describe(item);
        if (blob && !picture.hasChildNodes()) thumbOf(item, blob, picture);
      },
    };
    press.onfocus = () => {
      focus = tile.index;
      soon();
    };
    return tile;
  }

  /** @param {T} item @param {Blob} blob @param {HTMLElement} place */
  async function thumbOf(item, blob, place) {
    let canvas = thumbs.get(item) ?? null;
    if (canvas) {
      thumbs.delete(item); // to come last
    } else {
      if (place.dataset.asked) return;
      place.dataset.asked = 'true';
      // twice at most: a finer one is not worth its memory
      canvas = await thumbnail(blob, Math.round(side * Math.min(2, devicePixelRatio)), () => place.isConnected);
      delete place.dataset.asked;
      if (!canvas || !place.isConnected) return;
      kept += canvas.width * canvas.height;
    }
    thumbs.set(item, canvas);
    place.replaceChildren(canvas);
    for (const [old, { width, height }] of thumbs) {
      if (kept <= KEPT) break;
      if (tiles.has(old)) continue;
      thumbs.delete(old);
      kept -= width * height;
    }
  }

  /** @param {KeyboardEvent} e */
  function key(e) {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const last = items.length - 1, row = rowOf(focus);
    const vertical = (/** @type {number} */ step) => {
      for (let r = row + step; rows[r]; r += step) {
        const { from, to } = rows[r];
        if (to > from) return Math.min(to - 1, from + focus - rows[row].from);
      }
      return focus;
    };
    const to = /** @type {Record<string, () => number>} */ ({
      ArrowLeft: () => Math.max(0, focus - 1), ArrowRight: () => Math.min(last, focus + 1), ArrowUp: () => vertical(-1), ArrowDown: () => vertical(1), Home: () => 0, End: () => last,
    })[e.key]?.();
    if (to === undefined) return;
    e.preventDefault();
    focus = to;
    const place = rows[rowOf(to)], above = top() + place.top, below = top() + place.bottom - innerHeight;
    if (above < 0) scrollBy(0, above - GAP);
    else if (below > 0) scrollBy(0, below + GAP);
    render();
    tiles.get(items[to])?.button.focus({ preventScroll: true });
  }

  /** @param {Group<T>[]} next */
  function show(next) {
    const focused = list.contains(document.activeElement) ? items[focus] : undefined;
    groups = next;
    items = groups.flatMap((g) => g.items);
    focus = Math.max(0, focused ? items.indexOf(focused) : 0);
    layOut();
  }

  return {
    element, show,
    /** Shows what has changed of an item. @param {T} item */
    update(item) {
      const tile = tiles.get(item);
      tile?.fill(tile.index);
    },
    clear() {
      thumbs.clear();
      kept = 0;
      show([]);
    },
  };
}
