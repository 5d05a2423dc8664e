// Files that the page gives.
import { h } from './dom.mjs';

/** Gives the visitor a file. @param {string} name @param {Blob} blob */
export function save(name, blob) {
  const link = h('a', { download: name, href: URL.createObjectURL(blob) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000); // Firefox reads it after the click
}

/**
 * A row of CSV (RFC 4180). What a spreadsheet would take for a formula is led by an apostrophe, as a file's name
 * comes from strangers.
 * @param {(string | number)[]} cells
 */
export const csvRow = (cells) => `${cells.map((cell) => {
  const text = typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}).join(',')}\r\n`;
