#!/usr/bin/env node
// One command: installs what package-lock.json pins, if it is not there, and measures (see README.md).
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

if (!existsSync(new URL('node_modules/.package-lock.json', import.meta.url))) {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: fileURLToPath(new URL('.', import.meta.url)), stdio: 'inherit', shell: process.platform === 'win32' });
}
await import('./bench.mjs');
