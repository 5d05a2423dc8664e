// Makes web/types and docs/api from the comments in web/*.mjs:
//
//	npm ci && npm ci --prefix docs && node docs/make.mjs
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const types = `${root}web/types`;
const run = (/** @type {string} */ bin, /** @type {string[]} */ ...args) => execFileSync(process.execPath, [root + bin, ...args], { cwd: root, stdio: 'inherit' });

const all = mkdtempSync(join(tmpdir(), 'squeezenet-types-'));
run('node_modules/typescript/bin/tsc', '--project', 'tsconfig.types.json', '--outDir', all);
rmSync(types, { recursive: true, force: true });
mkdirSync(types);

// The public modules' declarations, and those that they mention.
const wanted = new Set(['squeezenet', 'mobilenet', 'element']);
for (const name of wanted) {
  copyFileSync(`${all}/${name}.d.mts`, `${types}/${name}.d.mts`);
  for (const [, other] of readFileSync(`${all}/${name}.d.mts`, 'utf8').matchAll(/(?:from|import\() ?'\.\/(\w+)\.mjs'/g)) wanted.add(other);
}
rmSync(all, { recursive: true });
writeFileSync(`${types}/inline.d.mts`, 'export * from \'./squeezenet.mjs\';\n');
// What importing the element adds to a page's types: JSDoc cannot say it.
appendFileSync(`${types}/element.d.mts`, `declare global {
    interface HTMLElementTagNameMap {
        'squeezenet-classifier': SqueezeNetClassifier;
    }
    interface HTMLElementEventMap extends SqueezeNetEventMap {
    }
}
`);

run('docs/node_modules/typedoc/bin/typedoc', '--options', 'docs/typedoc.json', '--logLevel', 'Warn');
