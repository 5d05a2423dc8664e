// The picture for the README: what a user waits for, ours and the peers.

const WIDTH = 880, LABEL = 250, BAR = 500, ROW = 26;
const escape = (text) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);

/** One panel: horizontal bars, shortest first. @param {{label: string, value: number, text: string, ours: boolean}[]} bars */
function panel(y, title, note, bars) {
  const longest = Math.max(...bars.map((b) => b.value));
  const rows = [...bars].sort((a, b) => a.value - b.value).map((b, i) => {
    const top = y + 40 + i * ROW;
    const width = Math.max(2, (b.value / longest) * BAR);
    return `<g class="${b.ours ? 'ours' : 'peer'}"><text x="${LABEL - 12}" y="${top + 14}" text-anchor="end">${escape(b.label)}</text>`
      + `<rect x="${LABEL}" y="${top}" width="${width.toFixed(1)}" height="18" rx="3"/><text x="${(LABEL + width + 8).toFixed(1)}" y="${top + 14}">${escape(b.text)}</text></g>`;
  });
  return {
    height: 52 + bars.length * ROW,
    svg: `<text x="24" y="${y + 18}" class="title">${escape(title)} <tspan class="note">${escape(note)}</tspan></text>\n${rows.join('\n')}`,
  };
}

/** @returns {string} an SVG that reads in light and dark */
export function draw(result) {
  const label = (r) => `${r.ours ? 'this project' : r.name}, ${r.precision === 'f32' ? 'float32' : 'int8'}`;
  const everyday = new Set(result.cold.map((r) => r.id));
  const bars = (rows, value, text) => rows.map((r) => ({ label: label(r), value: value(r), text: text(r), ours: r.ours }));
  const milliseconds = (v) => `${v < 100 ? v.toFixed(1) : v.toFixed(0)} ms`;
  const panels = [
    ['One picture', 'forward pass at 227×227, warm, one thread', bars(result.warm.filter((r) => everyday.has(r.id)), (r) => r.ms, (r) => milliseconds(r.ms))],
    ['First answer', 'from navigation, nothing cached, local server', bars(result.cold, (r) => r.ms, (r) => milliseconds(r.ms))],
    ['Download', 'everything before the first answer, gzip', bars(result.cold, (r) => r.bytes, (r) => `${(r.bytes / 1e6).toFixed(2)} MB`)],
  ];
  let y = 20;
  const drawn = panels.map(([title, note, b]) => {
    const p = panel(y, title, note, b);
    y += p.height;
    return p.svg;
  });
  const foot = `${result.machine.processor}${result.machine.instructions.includes('avx_vnni') ? ' with AVX-VNNI' : ''}, ${result.browser.replace('/', ' ')}, ${result.date.slice(0, 10)}: node bench/run.mjs`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 28}" width="${WIDTH}" height="${y + 28}" role="img" aria-label="Time and bytes of this project and of other engines">
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
.note, .foot { font-weight: 400; font-size: 12px; fill: #57606a }
.peer rect { fill: #b1bac4 }
.ours rect { fill: #0a7d5a }
.ours text { font-weight: 600 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .note, .foot { fill: #9da7b3 }
  .peer rect { fill: #545d68 }
  .ours rect { fill: #2ec492 }
}
</style>
${drawn.join('\n')}
<text x="24" y="${y + 10}" class="foot">${escape(foot)}</text>
</svg>
`;
}
