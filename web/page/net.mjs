// The network as a diagram: what layers() lists, with its modules put together, as rows of buttons.
import { h } from './dom.mjs';

/**
 * @typedef {import('../squeezenet.mjs').Layer} Layer
 *
 * @typedef {'convolution' | 'first' | 'squeeze' | 'expand' | 'bypass' | 'classes' | 'max pooling' | 'concatenation' | 'sum' | 'average pooling' | 'softmax'} Role
 *
 * @typedef {object} Node a layer, or what the list does not name: a module's output, the softmax
 * @property {string} name
 * @property {Role} role what it does in the net
 * @property {string[]} inputs the nodes that it reads; none: the picture
 * @property {number[]} shape height, width, channels
 * @property {number} parameters
 * @property {number} macs
 * @property {number} kernel a convolution's side; 0 for the others
 * @property {string} output as infer() takes it
 * @property {string} module the Fire module that it is a part of, or ''
 */

/**
 * The nodes in the order in which they are computed. A layer "fire2/expand1x1" is of the module "fire2"; layers
 * of a module that are read together are its output, "fire2".
 * @param {Layer[]} layers
 * @returns {Node[]}
 */
export function nodesOf(layers) {
  const byName = new Map(layers.map((l) => [l.name, l]));
  const moduleOf = (/** @type {string} */ name) => name.slice(0, Math.max(0, name.lastIndexOf('/')));
  /** How far into its module a layer lies: 0 reads only what comes from outside. @param {string} name @returns {number} */
  const depth = (name) => Math.max(-1, ...(byName.get(name)?.inputs ?? []).filter((i) => moduleOf(i) === moduleOf(name)).map(depth)) + 1;
  const summed = new Set(layers.filter((l) => l.kind === 'sum').flatMap((l) => l.inputs));
  /** @type {Map<string, string[]>} the modules' outputs and what they consist of */ const outputs = new Map();
  /** @param {Layer} layer */
  const inputs = ({ inputs }) => {
    /** @type {Map<string, string[]>} */ const groups = new Map();
    for (const name of inputs) {
      const group = `${moduleOf(name) || name} ${depth(name)}`;
      groups.set(group, [...groups.get(group) ?? [], name]);
    }
    return [...groups.values()].map((group) => {
      if (group.length === 1) return group[0];
      outputs.set(moduleOf(group[0]), group);
      return moduleOf(group[0]);
    });
  };
  /** @param {Layer} layer @returns {Role} */
  const role = ({ name, kind, inputs }) => {
    if (kind !== 'convolution') return /** @type {Role} */ (kind);
    if (moduleOf(name)) return depth(name) > 0 ? 'expand' : summed.has(name) ? 'bypass' : 'squeeze';
    return inputs.length === 0 ? 'first' : layers.findLast((l) => l.kind === 'convolution')?.name === name ? 'classes' : 'convolution';
  };
  /** @type {Node[]} */
  const nodes = layers.map((l) => {
    const channels = l.inputs.reduce((sum, i) => sum + (byName.get(i)?.shape[2] ?? 0), 0) || 3;
    const kernel = l.kind === 'convolution' ? Math.round(Math.sqrt((l.parameters / l.shape[2] - 1) / channels)) : 0;
    return { name: l.name, role: role(l), inputs: inputs(l), shape: l.shape, parameters: l.parameters, macs: l.macs, kernel, output: l.name, module: moduleOf(l.name) };
  });
  for (const [module, parts] of outputs) {
    const last = nodes.findLastIndex((n) => parts.includes(n.name));
    const [height, width] = nodes[last].shape;
    const channels = parts.reduce((sum, name) => sum + Number(byName.get(name)?.shape[2]), 0);
    nodes.splice(last + 1, 0, { name: module, role: 'concatenation', inputs: parts, shape: [height, width, channels], parameters: 0, macs: 0, kernel: 0, output: module, module });
  }
  const logits = nodes[nodes.length - 1];
  return [...nodes, { name: 'softmax', role: 'softmax', inputs: [logits.name], shape: logits.shape, parameters: 0, macs: 0, kernel: 0, output: 'probabilities', module: '' }];
}

/** Lines from one point on the left to two on the right, or back. @param {boolean} back */
function fork(back) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [name, value] of Object.entries({ viewBox: '0 0 12 100', preserveAspectRatio: 'none', 'aria-hidden': 'true', class: 'fork' })) svg.setAttribute(name, value);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', back ? 'M0 24C8 24 4 50 12 50M0 76C8 76 4 50 12 50' : 'M0 50C8 50 4 24 12 24M0 50C8 50 4 76 12 76');
  svg.append(path);
  return svg;
}

/**
 * The diagram: a button for each node, data-layer its name, in the order of the nodes.
 * @param {Node[]} nodes
 * @param {(node: Node) => string} label what a screen reader says of it
 * @param {HTMLElement} picture stands at the beginning
 * @returns {HTMLElement[]}
 */
export function diagram(nodes, label, picture) {
  const most = Math.max(...nodes.map((n) => n.shape[0]));
  /** @param {Node} n @param {string} text @param {string} [name] written below it */
  const button = (n, text, name) => {
    const b = h('button', { type: 'button', class: `layer is-${n.role.replace(' ', '-')}`, 'data-layer': n.name, tabIndex: -1 }, h('span', { class: 'unseen' }, label(n)), h('span', { 'aria-hidden': 'true' }, text));
    if (name) b.append(h('small', { 'aria-hidden': 'true' }, name));
    // as tall as its maps are, wider with more channels
    b.style.setProperty('--side', String(n.shape[0] / most));
    b.style.setProperty('--log', String(Math.log2(n.shape[2])));
    return b;
  };
  const wire = () => h('i', { class: 'wire' });
  /** @type {HTMLElement[]} */ const row = [picture];
  const modules = new Set();
  for (const n of nodes) {
    if (!n.module) {
      row.push(wire(), button(n, n.role === 'softmax' ? '%' : n.role === 'max pooling' ? '' : String(n.shape[2]), n.name));
      continue;
    }
    if (modules.has(n.module)) continue;
    modules.add(n.module);
    const parts = nodes.filter((p) => p.module === n.module);
    /** @param {Role} role */
    const of = (role) => parts.filter((p) => p.role === role).map((p) => button(p, role === 'concatenation' ? p.name : role === 'sum' ? '+' : String(p.shape[2])));
    const fire = h('span', { class: 'fire' }, ...of('squeeze'), fork(false), h('span', { class: 'expands' }, ...of('expand')), fork(true), ...of('concatenation'));
    const unit = h('span', { class: 'module', role: 'group', 'aria-label': n.module }, fire);
    const [sum] = of('sum');
    if (sum) unit.append(h('i', { class: 'arc' }), ...of('bypass'), wire(), sum);
    row.push(wire(), unit);
  }
  return row;
}
