/** A page for people about one suite: tables, targets, machine. Everything in it comes from the results. */
import { figure } from './report.mjs';
import { median } from './statistics.mjs';

/** @param {any} result what the runner writes @returns {string} Markdown */
export function writePage({ suite, title, date, machine, peers, measures }) {
  const targets = measures.flatMap((/** @type {any} */ measure) => measure.targets);
  const count = (/** @type {string} */ verdict) =>
    targets.filter((/** @type {any} */ { result }) => result === verdict).length;
  return [
    `# Results of \`${suite}\`: ${title}`,
    '',
    `Written by \`npm run bench -- ${suite}\` on ${date.slice(0, 10)}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}, Node ${machine.node}, ${machine.python}.`,
    'How it measures, and with which settings, is in [the page about the benchmarks](../README.md).',
    `Targets: ${count('met')} met, ${count('missed')} missed.`,
    '',
    `![How many times better manycore is](${suite}.svg)`,
    ...measures.flatMap(section),
    '',
    '## Versions',
    '',
    Object.entries(peers ?? {})
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    '',
  ].join('\n');
}

/** @param {any} measure */
function section(measure) {
  const keys = new Set(measure.contenders.flatMap((/** @type {any} */ one) => Object.keys(one.values)));
  const absent = measure.contenders.filter((/** @type {any} */ one) => one.status !== 'measured');
  return [
    '',
    `## ${measure.title}`,
    '',
    `In ${measure.unit}; ${measure.better} is better. Median of ${measure.pairs} rounds, load ${measure.load} at the start.`,
    ...[...keys].flatMap((key) => table(measure, /** @type {string} */ (key))),
    ...absent.flatMap((/** @type {any} */ one) => ['', `Not measured: ${one.name} (${one.note})`]),
    ...(measure.targets.length > 0 ? [''] : []),
    ...measure.targets.map(targetLine),
  ];
}

/** @param {any} measure @param {string} key */
function table(measure, key) {
  const ours = measure.contenders.filter((/** @type {any} */ one) => one.ours && one.values[key] !== undefined);
  const head = ['', 'median', 'least … most', ...ours.map((/** @type {any} */ one) => `${one.name} is better by`)];
  const rows = measure.contenders
    .filter((/** @type {any} */ one) => one.values[key] !== undefined)
    .map((/** @type {any} */ one) => row(measure, key, one, ours));
  return [
    '',
    ...(key === 'value' ? [] : [`**${key}**`, '']),
    line(head),
    line(head.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map(line),
  ];
}

/** @param {any} measure @param {string} key @param {any} one @param {any[]} ours */
function row(measure, key, one, ours) {
  const values = one.values[key].filter((/** @type {any} */ value) => typeof value === 'number');
  const ratioTo = (/** @type {any} */ each) =>
    measure.ratios.find((/** @type {any} */ r) => r.ours === each.name && r.peer === one.name && r.key === key);
  return [
    one.setting === undefined ? one.name : `${one.name} (${one.setting})`,
    figure(median(values)),
    `${figure(Math.min(...values))} … ${figure(Math.max(...values))}`,
    ...ours.map((each) => (ratioTo(each) ? `${figure(ratioTo(each).median)} ×` : '')),
  ];
}

/** @param {any} target */
function targetLine({ text, figure: value, against, result }) {
  const measured =
    value === undefined ? '' : `: ${figure(value)}${against === undefined ? '' : ` (against ${against})`}`;
  return `- Target ${text}${measured}: **${result}**`;
}

/** @param {string[]} cells */
function line(cells) {
  return `| ${cells.join(' | ')} |`;
}
