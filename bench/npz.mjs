// Reads NumPy's .npz (a ZIP of .npy files): https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const TYPES = { '<f4': Float32Array, '|u1': Uint8Array, '<i8': BigInt64Array };

/** @returns {Map<string, {shape: number[], data: Float32Array | Uint8Array | BigInt64Array}>} by name, without ".npy" */
export function readNpz(path) {
  const zip = readFileSync(path);
  const arrays = new Map();
  let end = zip.length - 22;
  while (end >= 0 && zip.readUInt32LE(end) !== 0x06054b50) end--;
  if (end < 0) throw new Error(`${path}: no end of a ZIP directory: this is not a .npz file`);
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < zip.readUInt16LE(end + 10); i++) {
    const [method, packed] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [nameLen, extraLen, noteLen] = [28, 30, 32].map((o) => zip.readUInt16LE(at + o));
    const local = zip.readUInt32LE(at + 42);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLen);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + packed);
    arrays.set(name.replace(/\.npy$/, ''), npy(method === 8 ? inflateRawSync(bytes) : bytes, `${path}: ${name}`));
    at += 46 + nameLen + extraLen + noteLen;
  }
  return arrays;
}

function npy(bytes, where) {
  const wide = bytes[6] > 1; // version 2 has a 4-byte header length
  const data = (wide ? 12 : 10) + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const header = bytes.toString('latin1', 10, data);
  const type = /'descr': '([^']+)'/.exec(header)?.[1];
  if (!TYPES[type] || /'fortran_order': True/.test(header)) throw new Error(`${where}: cannot read arrays of ${header.trim()}`);
  const shape = /'shape': \(([^)]*)\)/.exec(header)[1].split(',').filter((s) => s.trim()).map(Number);
  return { shape, data: new TYPES[type](Uint8Array.from(bytes.subarray(data)).buffer) };
}
