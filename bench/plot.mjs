/**
 * Bar charts of the ratios as SVG: one group per measure, one bar per peer, on a logarithmic scale around 1 ×.
 * `node bench/plot.mjs results/dispatch.json` draws results/dispatch.svg anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { figure } from './lib/report.mjs';

const width = 900;
const labelWidth = 330;
const rowHeight = 20;
const barArea = width - labelWidth - 110;

/** @param {any} result what the runner writes @returns {string} */
export function drawRatios({ suite, title, date, machine, measures }) {
  const rows = measures.flatMap(rowsOf);
  const logs = rows.filter((row) => row.ratio !== undefined).map((row) => Math.log10(row.ratio));
  const least = Math.min(0, ...logs.map(Math.floor));
  const most = Math.max(1, ...logs.map(Math.ceil));
  const x = (/** @type {number} */ log) => labelWidth + ((log - least) / (most - least)) * barArea;
  const height = 90 + Math.max(1, rows.length) * rowHeight;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    label(16, 24, `${suite}: ${title}`, 'font-size="15" font-weight="600"'),
    label(
      16,
      42,
      `How many times better manycore is (median of pairs). ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${date.slice(0, 10)}`,
      'fill="#555"',
    ),
  ];
  for (let power = least; power <= most; power++) parts.push(...gridLine(x(power), 10 ** power, height));
  if (rows.length === 0) parts.push(label(16, 78, 'No ratio was measured.'));
  for (const [index, row] of rows.entries()) parts.push(...drawRow(row, 78 + index * rowHeight, x));
  return `${parts.join('\n')}\n</svg>\n`;
}

/** @param {any} measure @returns {{ text: string, ratio?: number }[]} a head, and a row for each ratio */
function rowsOf({ title, ratios: all }) {
  // The tails stand in the tables; here they would double every bar.
  const ratios = all.filter((/** @type {any} */ { key }) => key !== 'p99');
  if (ratios.length === 0) return [];
  const several = new Set(ratios.map((/** @type {any} */ one) => one.ours)).size > 1;
  return [
    { text: title },
    ...ratios.map((/** @type {any} */ { ours, peer, key, median }) => ({
      text: `${several ? `${ours.replace(/^manycore /, '')} vs ` : ''}${peer}${key === 'value' || key === 'p50' ? '' : ` (${key})`}`,
      ratio: median,
    })),
  ];
}

/** @param {{ text: string, ratio?: number }} row @param {number} y @param {(log: number) => number} x */
function drawRow({ text, ratio }, y, x) {
  if (ratio === undefined) return [label(16, y + 8, text, 'font-weight="600"')];
  const [from, to] = [x(0), x(Math.log10(ratio))];
  const fill = ratio >= 1 ? '#2b7a4b' : '#b5532d';
  const end = Math.max(from, to) + 6;
  return [
    label(28, y + 8, text),
    `<rect x="${Math.min(from, to).toFixed(1)}" y="${y - 3}" width="${Math.abs(to - from).toFixed(1)}" height="13" fill="${fill}"/>`,
    label(end, y + 8, `${figure(ratio)} ×`),
  ];
}

/** @param {number} at @param {number} value @param {number} height */
function gridLine(at, value, height) {
  const stroke = value === 1 ? '#333' : '#ddd';
  return [
    `<line x1="${at.toFixed(1)}" y1="66" x2="${at.toFixed(1)}" y2="${height - 10}" stroke="${stroke}"/>`,
    label(at, 60, `${figure(value)} ×`, 'fill="#777" text-anchor="middle"'),
  ];
}

/** @param {number} x @param {number} y @param {string} text */
function label(x, y, text, attributes = '') {
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${safe}</text>`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of process.argv.slice(2)) {
    writeFileSync(`${file.replace(/\.json$/, '')}.svg`, drawRatios(JSON.parse(readFileSync(file, 'utf8'))));
  }
}
