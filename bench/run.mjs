/**
 * Measures the library beside its peers: `node bench/run.mjs <suite> [--pairs N] [--quick] [--only NAME] [--json FILE] [--merge]`.
 *
 * The exit code says whether the measuring worked, never whether a target was met.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installPeers } from './lib/install.mjs';
import { machineData, peerVersions } from './lib/machine.mjs';
import { runMeasure } from './lib/measure.mjs';
import { endAllGroups } from './lib/process-group.mjs';
import { printMeasure, printTarget } from './lib/report.mjs';
import { writePage } from './lib/page.mjs';
import { drawRatios } from './plot.mjs';

const here = fileURLToPath(new URL('./', import.meta.url));
const suites = readdirSync(`${here}suites`)
  .filter((file) => file.endsWith('.mjs'))
  .map((file) => file.slice(0, -4));

/** Names of the measures of each suite that ran. @type {Map<string, string[]>} */
const orders = new Map();

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    contender: { type: 'string', multiple: true },
    json: { type: 'string' },
    merge: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

if (options.help || positionals.length === 0) {
  usage();
} else {
  guard();
  const wanted = positionals.includes('all') ? suites : positionals;
  const unknown = wanted.find((name) => !suites.includes(name));
  if (unknown !== undefined) {
    console.error(`no suite is called ${unknown}`);
    usage();
    process.exit(2);
  }
  installPeers();
  for (const name of wanted) await runSuite(name);
}

function usage() {
  console.log(
    'usage: npm run bench -- <suite ...|all> [--pairs N] [--quick] [--only MEASURE] [--contender TEXT] [--json FILE] [--merge]',
  );
  console.log(`suites: ${suites.join(', ')}`);
}

/** Whatever ends this program ends the driver that runs, with its whole process group. */
function guard() {
  process.on('exit', endAllGroups);
  for (const [signal, code] of /** @type {const} */ ([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])) {
    process.on(signal, () => process.exit(code));
  }
}

/** @param {string} name */
async function runSuite(name) {
  const { default: suite } = await import(new URL(`./suites/${name}.mjs`, import.meta.url).href);
  orders.set(
    name,
    suite.measures.map((/** @type {{ name: string }} */ measure) => measure.name),
  );
  const pairs = options.pairs === undefined ? (options.quick ? 1 : 5) : Number(options.pairs);
  if (!Number.isInteger(pairs) || pairs < 1)
    throw new RangeError(`--pairs: expected an integer >= 1, got ${options.pairs}`);
  const machine = machineData();
  console.log(`${name}: ${suite.title}`);
  console.log(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}, Node ${machine.node}, ${machine.python}`,
  );
  console.log(
    `load ${machine.loadAverage.join(' ')}; ${pairs} rounds${options.quick ? ', quick: figures are for trying out only' : ''}`,
  );

  const measures = [];
  for (const measure of suite.measures.filter(selected)) {
    const contenders = measure.contenders.filter(selectedContender);
    if (contenders.length === 0) continue;
    const load = loadavg()[0]?.toFixed(2);
    const result = await runMeasure({ ...measure, contenders }, { pairs, quick: options.quick, onProgress });
    onProgress('');
    printMeasure(result);
    measures.push({ ...result, pairs, load });
  }
  printSummary(measures);
  const date = new Date().toISOString();
  write(name, {
    suite: name,
    title: suite.title,
    date,
    quick: options.quick,
    pairs,
    machine,
    peers: peerVersions(),
    measures,
  });
}

/** @param {{ name: string }} measure */
function selected({ name }) {
  return options.only === undefined || options.only.some((text) => name.includes(text));
}

/** @param {{ name: string }} contender */
function selectedContender({ name }) {
  return options.contender === undefined || options.contender.some((text) => name.includes(text));
}

/** One line that is written over. @param {string} text */
function onProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

/** @param {any[]} measures */
function printSummary(measures) {
  const targets = measures.flatMap((measure) => measure.targets);
  if (targets.length === 0) return;
  const count = (/** @type {string} */ result) => targets.filter((target) => target.result === result).length;
  console.log(`\ntargets: ${count('met')} met, ${count('missed')} missed, ${count('not measured')} not measured`);
  for (const target of targets.filter(({ result }) => result === 'missed')) printTarget(target);
}

/**
 * Quick and partial runs leave the kept results alone, unless a file is named, or what was measured is to take the place of
 * what is kept of it.
 *
 * @param {string} name @param {any} result
 */
function write(name, result) {
  const partial = options.quick || options.only !== undefined || options.contender !== undefined;
  if (partial && options.json === undefined && !(options.merge && !options.quick)) return;
  const file = options.json === undefined ? `${here}results/${name}.json` : resolve(options.json);
  const drawing = `${file.replace(/\.json$/, '')}.svg`;
  const page = `${file.replace(/\.json$/, '')}.md`;
  const whole = options.merge ? merged(file, name, result) : result;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(whole, null, 2)}\n`);
  writeFileSync(drawing, drawRatios(whole));
  writeFileSync(page, writePage(whole));
  console.log(`\nwritten: ${file}, ${drawing}, ${page}`);
}

/** The kept results with the measures of this run in the places of theirs, in the order of the suite. @param {string} file @param {string} name @param {any} result */
function merged(file, name, result) {
  if (!existsSync(file)) return result;
  const kept = JSON.parse(readFileSync(file, 'utf8'));
  if (kept.suite !== name) throw new Error(`${file} holds results of ${kept.suite}`);
  const known = new Map([...kept.measures, ...result.measures].map((measure) => [measure.name, measure]));
  const order = orders.get(name) ?? [];
  return { ...result, measures: order.flatMap((one) => known.get(one) ?? []) };
}
