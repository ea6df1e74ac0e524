/**
 * Takes functions of every kind through compilers, bundlers and test runners:
 * `npm run test:toolchains [-- NAME… --node 20,22,24,26 --method spawn,thread --short]`.
 *
 * Each program runs twice: with a guarded main module, whose functions go by reference, and with an unguarded one, whose functions go by value.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { toolchains } from './toolchains.mjs';

const here = fileURLToPath(new URL('./', import.meta.url));
const root = join(here, '..', '..');
const LIMIT_MS = 120_000;

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string' },
    method: { type: 'string', default: 'spawn' },
    short: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});

const wanted = toolchains.filter(({ name, short }) =>
  options.short ? short === true : names.length === 0 || names.some((part) => name.startsWith(part)),
);
const nodes = nodeBinaries(options.node?.split(',') ?? (options.short ? [] : ['20', '22', '24', '26']));
prepare();

const jobs = [];
let next = 0;
for (const toolchain of wanted) {
  for (const guarded of toolchain.main === false ? [false] : [true, false])
    jobs.push({ toolchain, guarded, results: [] });
}
await Promise.all([work(), work()]);
process.exitCode = print() > 0 ? 1 : 0;

/** Installs the tools unless the short form runs, which uses those of the repository. */
function prepare() {
  if (!existsSync(join(root, 'dist', 'index.js'))) throw new Error('dist is missing: npm run build');
  const needsTools = wanted.some(({ short, own }) => !(short && options.short) && own !== true);
  if (needsTools && !existsSync(join(here, 'node_modules', 'webpack'))) {
    // Not `npm ci`: it insists on the binaries of other platforms, which not every registry has.
    const { status } = spawnSync('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: here,
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('npm install failed in test/toolchains');
  }
  // Programs find the library as users do.
  const link = join(here, 'node_modules', 'manycore');
  rmSync(link, { force: true });
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(root, link, 'junction');
}

/** @param {string[]} versions */
function nodeBinaries(versions) {
  const own = process.versions.node.split('.')[0];
  const found = new Map();
  for (const version of versions.length > 0 ? versions : [own]) {
    if (version === own) found.set(version, process.execPath);
    const folder = join(root, '.cache', `node-${version}`, 'node_modules');
    const name = existsSync(folder) ? readdirSync(folder).find((one) => one.startsWith('node-')) : undefined;
    if (name !== undefined && version !== own) found.set(version, join(folder, name, 'bin', 'node'));
    if (!found.has(version))
      console.error(`Node ${version} is not in .cache: npm run test:matrix -- ${version} installs it`);
  }
  return found;
}

async function work() {
  for (let job = jobs[next++]; job; job = jobs[next++]) await runJob(job);
}

async function runJob(job) {
  const { toolchain, guarded } = job;
  const folder = join(here, '.cache', `${toolchain.name}-${guarded ? 'guarded' : 'unguarded'}`);
  let how;
  try {
    how = await toolchain.build(folder, { guarded });
  } catch (error) {
    job.results.push({ title: 'build', text: 'failed', errors: [String(error?.message ?? error)] });
    return;
  }
  for (const method of options.method.split(',')) {
    for (const [version, binary] of nodes) {
      if (isTooOld(binary, toolchain.from ?? 0)) continue;
      job.results.push(await runOnce({ toolchain, how, folder, method, version, binary }));
    }
  }
}

function isTooOld(binary, from) {
  const [major, minor] = spawnSync(binary, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout.split('.');
  return Number(major) + Number(minor) / 100 < from;
}

async function runOnce({ toolchain, how, folder, method, version, binary }) {
  const report = join(folder, `report-${version}-${method}.ndjson`);
  rmSync(report, { force: true });
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  const child = spawn(binary, how.args, {
    cwd: folder,
    env: { ...own, ...how.env, TOOLCHAIN_REPORT: report, TOOLCHAIN_CONTEXT: method, NODE_NO_WARNINGS: '1' },
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  child.stdin.end(how.input ?? '');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [code] = await new Promise((resolve) => child.on('close', (...ends) => resolve(ends)));
  const lines = existsSync(report)
    ? readFileSync(report, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  const cases = lines.filter(({ name }) => name !== undefined);
  const isKnown = ({ name, error }) => toolchain.known?.some((one) => one.name === name && one.error.test(error));
  const bad = cases.filter((one) => !one.ok && !isKnown(one));
  const errors = bad.map(({ name, error }) => `${name}: ${error}`);
  if (!lines.some((line) => line.done)) errors.push(`did not end: code ${code}\n${output.slice(0, 2000)}`);
  // Each process that runs the program leaves a line.
  if (lines.filter((line) => line.started).length > 1) errors.push('the program ran more than once');
  const known = cases.filter((one) => !one.ok && isKnown(one)).length;
  const text =
    errors.length === 0
      ? `${cases.length - known}/${cases.length}`
      : `${cases.length - bad.length - known}/${cases.length} FAILED`;
  return {
    title: options.method.includes(',') ? `${version} ${method}` : version,
    text,
    errors,
    ways: cases.map(({ way }) => way),
  };
}

function print() {
  const rows = jobs.map(({ toolchain, guarded, results }) => [
    `${toolchain.name}${toolchain.main === false ? '' : guarded ? ', guarded' : ', unguarded'}`,
    Object.fromEntries(results.map(({ title, text }) => [`Node ${title}`, text])),
  ]);
  console.table(Object.fromEntries(rows));
  let failures = 0;
  for (const { toolchain, guarded, results } of jobs) {
    for (const { title, errors } of results) {
      failures += errors.length;
      for (const error of errors)
        console.log(`${toolchain.name} (${guarded ? 'guarded' : 'unguarded'}), ${title}: ${error}`);
    }
  }
  const runs = jobs.flatMap(({ results }) => results);
  console.log(
    `${runs.filter(({ errors }) => errors.length === 0).length} passed, ${runs.filter(({ errors }) => errors.length > 0).length} failed`,
  );
  return failures;
}
