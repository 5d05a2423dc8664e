// The diagram of the net, as it is made of what layers() lists, for every architecture.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { nodesOf } from '../web/page/net.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
/** @type {Record<string, import('../web/squeezenet.mjs').Layer[]>} */
const archs = JSON.parse(execFileSync('go', ['run', './e2e/archs', '7'], { cwd: root, encoding: 'utf8' }));

/** Which modules add what they read (paper, section 6): a bypass of its own, none of weights, or no sum. */
const bypasses = /** @type {Record<string, (module: number) => '' | 'identity' | 'projection'>} */ ({
  squeezenet1_1: () => '', squeezenet1_0: () => '', squeezenet1_0_torchvision: () => '',
  squeezenet1_0_simple: (m) => (m % 2 ? 'identity' : ''),
  squeezenet1_0_complex: (m) => (m % 2 ? 'identity' : 'projection'),
});
const pools = /** @type {Record<string, string[]>} */ ({ squeezenet1_1: ['pool1', 'pool3', 'pool5'] });

assert.deepEqual(Object.keys(archs).sort(), Object.keys(bypasses).sort(), 'every architecture has its expectation');
for (const [arch, layers] of Object.entries(archs)) {
  describe(arch, () => {
    const nodes = nodesOf(layers);
    const byName = new Map(nodes.map((n) => [n.name, n]));
    /** @param {string} name */
    const node = (name) => {
      const n = byName.get(name);
      assert.ok(n, `${name} is there`);
      return n;
    };

    test('every layer, each module’s output, and the softmax, once and in order', () => {
      const modules = [2, 3, 4, 5, 6, 7, 8, 9].map((m) => `fire${m}`);
      assert.deepEqual(nodes.map((n) => n.name).filter((n) => !modules.includes(n)), [...layers.map((l) => l.name), 'softmax']);
      for (const m of modules) assert.equal(nodes.findIndex((n) => n.name === m), nodes.findIndex((n) => n.name === `${m}/expand3x3`) + 1);
      assert.equal(byName.size, nodes.length);
    });

    test('what reads what', () => {
      let before = 'pool1';
      for (let m = 2; m <= 9; m++) {
        const f = `fire${m}`, by = bypasses[arch](m);
        assert.deepEqual(node(`${f}/squeeze1x1`).inputs, [before]);
        assert.deepEqual(node(`${f}/expand1x1`).inputs, [`${f}/squeeze1x1`]);
        assert.deepEqual(node(`${f}/expand3x3`).inputs, [`${f}/squeeze1x1`]);
        assert.deepEqual(node(f).inputs, [`${f}/expand1x1`, `${f}/expand3x3`]);
        assert.equal(byName.has(`${f}/bypass`), by === 'projection');
        if (by === 'projection') assert.deepEqual(node(`${f}/bypass`).inputs, [before]);
        if (by) assert.deepEqual(node(`${f}/add`).inputs, [f, by === 'projection' ? `${f}/bypass` : before]);
        before = by ? `${f}/add` : f;
        for (const pool of pools[arch] ?? ['pool1', 'pool4', 'pool8']) {
          if (pool !== `pool${m}`) continue;
          assert.deepEqual(node(pool).inputs, [before]);
          before = pool;
        }
      }
      assert.deepEqual(node('conv10').inputs, [before]);
      assert.deepEqual(node('pool10').inputs, ['conv10']);
      assert.deepEqual(node('softmax').inputs, ['pool10']);
      assert.deepEqual(node('conv1').inputs, []);
    });

    test('what each is, its kernel and shape', () => {
      assert.deepEqual(['conv1', 'pool1', 'fire2/squeeze1x1', 'fire2/expand1x1', 'fire2/expand3x3', 'fire2', 'conv10', 'pool10', 'softmax'].map((n) => node(n).role),
        ['first', 'max pooling', 'squeeze', 'expand', 'expand', 'concatenation', 'classes', 'average pooling', 'softmax']);
      assert.deepEqual(['conv1', 'fire9/squeeze1x1', 'fire9/expand1x1', 'fire9/expand3x3', 'conv10', 'pool1', 'fire9'].map((n) => node(n).kernel),
        [arch === 'squeezenet1_1' ? 3 : 7, 1, 1, 3, 1, 0, 0]);
      for (const n of nodes) {
        if (/bypass$/.test(n.name)) assert.deepEqual([n.role, n.kernel], ['bypass', 1]);
        if (/add$/.test(n.name)) assert.equal(n.role, 'sum');
      }
      assert.equal(node('fire9').shape[2], 512);
      assert.equal(node('softmax').shape[2], 7);
    });
  });
}
