// The pictures that the tests give, good and bad.
import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const root = new URL('../', import.meta.url);

/** @param {string} name from the project's root */
export const read = (name) => new Uint8Array(readFileSync(new URL(name, root)));

export const cat = read('web/pictures/cat.jpg');
export const chelsea = read('picture/testdata/chelsea.png');

/** A grey PNG that says it has width x height pixels. @param {number} width @param {number} height @param {boolean} [whole] with its pixels */
export function png(width, height, whole = true) {
  const chunk = (/** @type {string} */ type, /** @type {Uint8Array} */ data) => {
    const b = Buffer.alloc(12 + data.length);
    b.writeUInt32BE(data.length, 0);
    b.write(type, 4, 'latin1');
    b.set(data, 8);
    b.writeUInt32BE(crc32(b.subarray(4, 8 + data.length)), 8 + data.length);
    return b;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits
  const rows = Buffer.alloc(whole ? (width + 1) * height : 64, 0x60);
  if (whole) for (let y = 0; y < height; y++) rows[y * (width + 1)] = 0;
  return new Uint8Array(Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]));
}

/** A JPEG with an EXIF orientation. @param {Uint8Array} jpeg @param {number} orientation */
export function oriented(jpeg, orientation) {
  const tiff = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  tiff.writeUInt16BE(orientation, 18);
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const marker = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), marker, exif, jpeg.subarray(2)]));
}

/**
 * Bad pictures, and what the sentence about them must say, in a browser and in Node.
 * @type {{name: string, bytes: Uint8Array, type?: string, says: RegExp, code: string}[]}
 */
export const bad = [
  { name: 'notes.txt', bytes: new TextEncoder().encode('not a picture at all, only words'), says: /not a picture/, code: 'picture-not-decoded' },
  { name: 'empty.jpg', bytes: new Uint8Array(0), says: /empty/, code: 'picture-not-decoded' },
  { name: 'cut.jpg', bytes: cat.slice(0, cat.length >> 1), says: /(ends early|damaged).*again/, code: 'picture-not-decoded' },
  { name: 'cut.png', bytes: chelsea.slice(0, chelsea.length >> 1), says: /(ends early|damaged).*again/, code: 'picture-not-decoded' },
  { name: 'huge.png', bytes: png(30000, 30000, false), says: /30[, ]?000 ?x ?30[, ]?000.*smaller/, code: 'picture-too-large' },
];

/** Odd pictures that have an answer. */
export const odd = [
  { name: 'one.png', bytes: png(1, 1) },
  { name: 'tower.png', bytes: png(1, 20000) },
  { name: 'a-jpeg.png', bytes: cat },
];
