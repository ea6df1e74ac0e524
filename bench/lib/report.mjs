/** Prints what was measured as plain tables. */
import { median } from './statistics.mjs';

/** Four significant digits, thousands apart. @param {number} value */
export function figure(value) {
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.min(digits, 6) });
}

/** @param {any} measure result of runMeasure */
export function printMeasure(measure) {
  console.log(`\n${measure.title}   [${measure.unit}, ${measure.better} is better]`);
  const ours = measure.contenders.filter((/** @type {any} */ one) => one.ours && one.status === 'measured');
  const keys = new Set(measure.contenders.flatMap((/** @type {any} */ one) => Object.keys(one.values)));
  for (const key of keys) printTable(measure, /** @type {string} */ (key), ours);
  for (const one of measure.contenders.filter((/** @type {any} */ each) => each.status !== 'measured')) {
    console.log(`  ${one.name}: ${one.status === 'failed' ? 'FAILED: ' : ''}${one.note}`);
  }
  for (const target of measure.targets) printTarget(target);
}

/** @param {any} measure @param {string} key @param {any[]} ours */
function printTable(measure, key, ours) {
  const rows = [
    [key === 'value' ? '' : key, 'median', 'least … most', ...ours.map((one) => `${one.name} is better by`)],
  ];
  for (const one of measure.contenders) {
    const values = (one.values[key] ?? []).filter((/** @type {any} */ value) => value !== undefined);
    if (values.length === 0) continue;
    const against = ours.map((each) => {
      const ratio = measure.ratios.find(
        (/** @type {any} */ r) => r.ours === each.name && r.peer === one.name && r.key === key,
      );
      return ratio === undefined ? '' : `${figure(ratio.median)} ×`;
    });
    rows.push([
      one.name,
      figure(median(values)),
      `${figure(Math.min(...values))} … ${figure(Math.max(...values))}`,
      ...against,
    ]);
  }
  if (rows.length > 1) printRows(rows);
}

/** @param {string[][]} rows the first is the head */
function printRows(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])));
    console.log(`  ${cells.join('   ').trimEnd()}`);
  }
}

/** @param {any} target */
export function printTarget({ text, against, figure: value, result }) {
  const measured =
    value === undefined ? '' : `: ${figure(value)}${against === undefined ? '' : ` (against ${against})`}`;
  console.log(`  target: ${text}${measured}: ${result}`);
}
