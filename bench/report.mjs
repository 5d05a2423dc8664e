// The result as text.

const MB = (bytes) => (bytes ? (bytes / 1e6).toFixed(1) : '-');
const ms = (value) => (value === undefined || value === null ? '-' : value.toFixed(value < 100 ? 2 : 0));

/** @param {string[]} head @param {string[][]} rows text left, numbers right */
function table(head, rows) {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((r) => String(r[i]).length)));
  const line = (r) => r.map((cell, i) => (i < 2 ? String(cell).padEnd(widths[i]) : String(cell).padStart(widths[i]))).join('  ').trimEnd();
  return [line(head), widths.map((w) => '-'.repeat(w)).join('  '), ...rows.map(line)].join('\n');
}

const label = (r) => [r.ours ? `this project, ${r.variant}` : r.name, r.precision + (r.threads > 1 ? `, ${r.threads} threads` : '')];
const fastest = (rows, precision) => rows.filter((r) => !r.ours && r.threads === 1 && (!precision || r.precision === precision)).sort((a, b) => a.ms - b.ms)[0];
const ratio = (a, b) => (b ? (a / b).toFixed(2) : '-');

/** @returns {string} tables for people */
export function report(result) {
  const { machine } = result;
  const out = [
    `${result.date}, commit ${result.commit ?? 'unknown'}${result.settings.quick ? ', quick run' : ''}, ${result.minutes.toFixed(0)} minutes`,
    `${machine.processor}, ${machine.cores} cores, ${machine.instructions.join(' ') || 'instructions unknown'}, ${machine.platform}; ${result.browser}`,
    Object.entries(result.versions).map(([p, v]) => `${p} ${v}`).join(', '),
  ];
  if (result.warm) {
    const ort = result.warm.find((r) => r.id === 'ort-f32');
    out.push(`\nWarm: one forward pass at 227x227, input tensor to probabilities, in a worker. Milliseconds, median of ${result.settings.loads} page loads' medians; p95 of all passes.
Ratios to the fastest peer of that precision with one thread, and to onnxruntime-web in f32 with one.
Memory in MB: of WebAssembly (all its memories), and the renderer's peak resident size beyond a blank page's.
${table(['engine', '', 'ms', 'p95', 'best load', 'of fastest peer', 'of ort f32', 'wasm', 'resident'],
    result.warm.map((r) => [...label(r), ms(r.ms), ms(r.p95), ms(r.best), ratio(r.ms, fastest(result.warm, r.precision)?.ms), ratio(r.ms, ort?.ms), MB(r.memory.wasm), MB(r.memory.resident)]))}
The form that our loader takes here: ${Object.entries(result.chosen).map(([form, n]) => `${form} ${n} times of 5`).join(', ') || '-'}.`);
  }
  if (result.cold) {
    out.push(`\nCold: from navigation to the first answer, nothing cached, local server. Bytes of bodies as sent (gzip), without the picture.
${table(['engine', '', 'ms', 'p95', 'engine ready', 'of fastest peer', 'kB'],
    result.cold.map((r) => [...label(r), ms(r.ms), ms(r.p95), ms(r.loaded), ratio(r.ms, fastest(result.cold)?.ms), (r.bytes / 1000).toFixed(0)]))}`);
  }
  if (result.pictures?.length) {
    out.push(`\nFrom pixels in a canvas to the predictions, milliseconds, warm. Ours resizes exactly, by the public module; the peers' pictures are resized by the canvas.
${table(['engine', '', ...result.pictures[0].sizes.flatMap((s) => [`${s.megapixels.toFixed(0)} megapixel`, 'beyond the network'])],
    result.pictures.map((r) => [...label(r), ...r.sizes.flatMap((s) => {
      const network = s.network ?? result.warm?.find((w) => w.id === r.id)?.ms;
      return [ms(s.ms), network ? ms(s.ms - network) : '-'];
    })]))}`);
  }
  if (result.throughput) {
    out.push(`\nThroughput: pictures a second, crops waiting, each worker with an engine of its own.
${table(['engine', '', '1 worker', '2 workers', 'gain'], result.throughput.map((r) => [...label(r), r.one.toFixed(1), r.two.toFixed(1), (r.two / r.one).toFixed(2)]))}`);
  }
  if (result.layers) {
    const { kernels, network } = result.layers;
    out.push(`\nKernels by themselves: GMAC/s of each convolution at 227x227, and percent of the peak of its inner idiom in registers, from the same run.
Winograd's are products of the direct form, of which it computes fewer: above 100 % is its gain.
${table(['convolution', '', ...kernels.flatMap((k) => [k.form, '%'])], [
      ['peak', '', ...kernels.flatMap((k) => [k.peak.toFixed(1), '100'])],
      ...kernels[0].layers.map(({ name }) => [name, '', ...kernels.flatMap((k) => {
        const l = k.layers.find((l) => l.name === name);
        return l ? [l.gmacs.toFixed(1), ((100 * l.gmacs) / k.peak).toFixed(0)] : ['-', '-'];
      })]),
    ])}`);
    out.push(`\nLayers inside the network, least milliseconds and GMAC/s; fireN is the module's two expands.
${table(['layer', 'MMAC', ...network.flatMap((c) => [`${c.precision} ${c.variant}`, 'GMAC/s'])], network[0].layers.map(({ name, macs }, i) => [
      name, macs ? (macs / 1e6).toFixed(1) : '',
      ...network.flatMap(({ layers }) => [layers[i].ms.toFixed(3), macs ? layers[i].gmacs.toFixed(1) : '']),
    ]))}`);
  }
  if (result.notes.length) out.push(`\nNotes\n${result.notes.map((n) => `- ${n}`).join('\n')}`);
  return out.join('\n');
}
