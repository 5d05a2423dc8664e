#!/usr/bin/env -S node --stack-size=8192
// Runs a GOOS=js program in Node with the kernels, as go test -exec wants it:
//
//   GOOS=js GOARCH=wasm go test -exec "$PWD/wasm/exec/run.mjs" ./...
//
// SQUEEZENET_VARIANT=go, simd, relaxed-dot or relaxed-pair is the form to run; without it the best one.
// It does what Go's lib/wasm/wasm_exec_node.js does, and links the kernels.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import v8 from 'node:v8';

import { link } from '../../web/instantiate.mjs';
import { supported } from '../../web/parts.mjs';

const [program, ...args] = process.argv.slice(2);
if (!program) {
  console.error('usage: run.mjs PROGRAM.wasm ARGUMENTS...; go test -exec calls it');
  process.exit(2);
}
const require = createRequire(import.meta.url);
Object.assign(globalThis, { require, fs, path });
const root = process.env.GOROOT || execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();
require(path.join(root, 'lib/wasm/wasm_exec.js'));

// Node 20 has relaxed SIMD behind a flag, which later versions may not know. Its baseline compiler
// (liftoff) computes the relaxed dot wrongly, so there the kernels are compiled by the optimising one.
const node20 = process.version.startsWith('v20.');
if (node20) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
function compileKernels(/** @type {URL} */ file) {
  if (node20) v8.setFlagsFromString('--no-liftoff'), v8.setFlagsFromString('--no-wasm-lazy-compilation');
  const kernels = new WebAssembly.Module(fs.readFileSync(file));
  if (node20) v8.setFlagsFromString('--liftoff'), v8.setFlagsFromString('--wasm-lazy-compilation');
  return kernels;
}

const variant = /** @type {import('../../web/instantiate.mjs').Variant | undefined} */ (process.env.SQUEEZENET_VARIANT || undefined);
const level = variant === 'go' ? null : variant === 'simd' ? 'simd' : supported();
const file = level && new URL(`../../kernels/simd/kernels${level === 'relaxed' ? '-relaxed' : ''}.wasm`, import.meta.url);

const go = new (/** @type {any} */ (globalThis).Go)();
go.argv = [program, ...args];
// Arguments and environment together must stay under 8 KiB: what Go's tests read, and ours.
go.env = { TMPDIR: os.tmpdir() };
for (const [name, value] of Object.entries(process.env)) {
  if (/^(GO|SQUEEZENET_|CI$|HOME$|PATH$|TZ$)/.test(name)) go.env[name] = value;
}
go.exit = process.exit;
process.on('exit', (code) => {
  if (code === 0 && !go.exited) { // every goroutine waits, and nothing will wake one: Go reports a deadlock
    go._pendingEvent = { id: 0 };
    go._resume();
  }
});
try {
  const instance = await link(go, new WebAssembly.Module(fs.readFileSync(program)), file && compileKernels(file), variant);
  await go.run(instance);
} catch (e) {
  console.error(e);
  process.exit(1);
}
