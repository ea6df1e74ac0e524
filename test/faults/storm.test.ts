import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { fixture, repository, runProgram } from '../helpers/program.ts';
import { startMethods, type StartMethod } from '../helpers/matrix.ts';
import { environmentOf } from '../process/methods.ts';

const LIMIT = { timeout: 120_000 };
/** Processes that children may have started at a time, instead of the 32 or more of a program that says nothing. */
const DESCENDANTS = 6;
/** Workers of the pools below. */
const WORKERS = 2;

/** The program itself and its workers, each of which may be replaced three times before a pool gives up. */
const POOL = 1 + WORKERS * 4;
/** Children that look at the same moment may each start one more; they die by the error, and their parents report it. */
const RECURSION = 4 * DESCENDANTS;
/** Those that live at a time are counted, and others begin when they end; without the fuse there were hundreds in seconds. */
const MANY_IN_TURN = 128;

const TSX = createRequire(import.meta.url).resolve('tsx');
const POOL_AT_TOP = `const pool = new Pool(${WORKERS}); pool.map(f, [1, 2, 3]).then(report, report).finally(() => pool.terminate());`;

interface Wrong {
  readonly what: string;
  /** `.mjs`, `.cjs` or `.mts`, or no file; the program starts with the names it needs, and ends with `report(…)`. */
  readonly kind: 'mjs' | 'cjs' | 'mts' | 'eval' | 'stdin';
  readonly text: string;
  /** A module of the same kind, which the text knows as `BESIDE`. */
  readonly beside?: string;
  /** Loads that module before the program. */
  readonly flag?: '--import' | '--require';
  /** How many processes and threads there may be, the program's own included. */
  readonly most: number;
  /** What the program must be told. */
  readonly says: RegExp;
}

const WORKS = /^2,3,4$/;
const BOOTSTRAP =
  /^BootstrapError: tried to start an? \w+(?: of (?:child processes|threads))? while this child process was still importing/;

const wrong: readonly Wrong[] = [
  ...(['mjs', 'cjs'] as const).map((kind) => ({
    what: `no guard at all (${kind})`,
    kind,
    text: POOL_AT_TOP,
    most: POOL,
    says: WORKS,
  })),
  ...(['mjs', 'cjs', 'mts'] as const).map((kind) => ({
    what: `no guard, and by reference (${kind})`,
    kind,
    text: POOL_AT_TOP.replace('3])', "3], { by: 'reference' })"),
    most: POOL,
    says: BOOTSTRAP,
  })),
  { what: 'a guard that is not called', kind: 'mts', text: `if (isMain) { ${POOL_AT_TOP} }`, most: POOL, says: WORKS },
  { what: 'a guard that is always true', kind: 'mjs', text: `if (process.argv[1]) { ${POOL_AT_TOP} }`, most: POOL, says: BOOTSTRAP },
  { what: 'a guard below the pool', kind: 'mjs', text: `${POOL_AT_TOP} export const guarded = isMain(import.meta);`, most: POOL, says: BOOTSTRAP },
  {
    what: 'a pool that is made later',
    kind: 'mjs',
    text: `process.argv[1]; setTimeout(() => { ${POOL_AT_TOP} }, 20);`,
    most: POOL,
    says: /^2,3,4$|^BootstrapError/,
  },
  {
    what: 'processes that are started again and again',
    kind: 'cjs',
    text: `process.argv[1]; const timer = setInterval(() => new Process({ target: wait }).start(), 20); setTimeout(() => { clearInterval(timer); report('done') }, 300);`,
    // The program itself may start as many as it likes: one every 20 ms.
    most: 1 + 31 + RECURSION + 31,
    says: /^done$/,
  },
  { what: 'a target that starts itself', kind: 'mjs', text: `const start = async () => { const all = [1, 2, 3].map(() => new Process({ target: start })); for (const one of all) one.start(); await Promise.all(all.map((one) => one.join())); }; start().then(() => report('done'));`, most: 4 + RECURSION, says: /^done$/ },
  { what: 'a function that runs itself', kind: 'mjs', text: `const again = async () => { await Promise.all([run(again), run(again)]); }; again().then(report, report);`, most: 3 + RECURSION, says: /^BootstrapError: .* tried to start a process, but the child processes of this program have started \d+ others that still live/ },
  { what: 'an initializer that makes its pool', kind: 'mjs', text: `const init = () => { new Pool({ processes: 2, initializer: init }); }; const pool = new Pool({ processes: 2, initializer: init }); pool.apply(f, [1]).then(report, report);`, most: POOL, says: /^2$|Error: / },
  { what: 'a task that makes an executor of itself', kind: 'mjs', text: `const task = async () => { const executor = new ProcessPoolExecutor(2); await executor.submit(task); }; task().then(report, report);`, most: POOL, says: /^(?:NestingError|BootstrapError|WorkerLostError): / },
  { what: 'a task that imports its own main module', kind: 'mjs', text: `const main = import.meta.url; const task = async () => { await import(main); }; Promise.all([run(task), run(task)]).then(report, report);`, most: 3 + RECURSION, says: /^,$|^BootstrapError|^WorkerLostError/ },
  { what: 'a module to preload that is the main module', kind: 'mjs', text: `const pool = new Pool({ processes: 2, preload: [import.meta.url] }); pool.map(f, [1, 2, 3]).then(report, report).finally(() => pool.terminate());`, most: POOL, says: BOOTSTRAP },
  { what: 'a fork server that preloads the main module', kind: 'mjs', text: `setForkserverPreload([import.meta.url]); const pool = new Pool({ processes: 2, context: 'forkserver' }); pool.map(f, [1, 2, 3]).then(report, report).finally(() => pool.terminate());`, most: POOL + 4, says: WORKS },
  { what: 'workers that end at once', kind: 'mjs', text: `new Pool({ processes: 2, initializer: () => process.exit(3) }).apply(f, [1]).then(report, report);`, most: POOL, says: /^WorkerLostError: .* workers in a row ended before they were ready/ },
  ...(['mjs', 'cjs'] as const).map((kind) => ({
    what: `a module without guard that is imported (${kind})`,
    kind,
    beside: POOL_AT_TOP.replace('report, report', 'Boolean, Boolean'),
    text: kind === 'mjs'
      ? `import { f as theirs } from BESIDE; if (isMain(import.meta)) { ${POOL_AT_TOP.replace('map(f', 'map(theirs')} }`
      : `const { f: theirs } = require(BESIDE); if (isMain(module)) { ${POOL_AT_TOP.replace('map(f', 'map(theirs')} }`,
    most: 2 * POOL,
    says: BOOTSTRAP,
  })),
  ...([0, 20] as const).map((wait) => ({
    what: `a top-level await of a pool${wait === 0 ? '' : ', later'}`,
    kind: 'mjs' as const,
    text: `await new Promise((resolve) => setTimeout(resolve, ${wait})); const pool = new Pool(2); try { report(await pool.map(f, [1], { by: 'reference' })); } catch (error) { report(error); } await pool.terminate();`,
    most: POOL,
    says: BOOTSTRAP,
  })),
  { what: 'a worker of Node without guard', kind: 'mjs', beside: POOL_AT_TOP.replace('3])', "3], { by: 'reference' })"), text: `import { Worker } from 'node:worker_threads'; new Worker(new URL(BESIDE, import.meta.url));`, most: 1 + POOL, says: BOOTSTRAP },
  ...(['--import', '--require'] as const).map((flag) => ({
    what: `a module of ${flag} that starts a pool`,
    kind: flag === '--import' ? 'mjs' as const : 'cjs' as const,
    flag,
    beside: POOL_AT_TOP,
    text: `report('done');`,
    most: POOL,
    says: /^done$/,
  })),
  { what: 'a fork server that preloads a module without guard', kind: 'mjs', beside: POOL_AT_TOP.replace('report, report', 'Boolean, Boolean'), text: `if (isMain(import.meta)) { setForkserverPreload([new URL(BESIDE, import.meta.url)]); const pool = new Pool({ processes: 2, context: 'forkserver' }); pool.map(f, [1, 2, 3]).then(report, report).finally(() => pool.terminate()); }`, most: POOL + 4, says: WORKS },
  { what: 'a task that starts its own program', kind: 'mjs', text: `import { fork } from 'node:child_process'; const main = new URL(import.meta.url); const again = () => new Promise((resolve) => fork(main).on('exit', resolve)); Promise.all([run(again), run(again)]).then(report, report);`, most: MANY_IN_TURN, says: /^BootstrapError: .* this program was started by a child process of another one, and \d+ processes/ },
  ...(['eval', 'stdin'] as const).map((kind) => ({
    what: `a function that runs itself, from ${kind === 'eval' ? '--eval' : 'the standard input'}`,
    kind,
    text: `const again = async () => { await Promise.all([run(again), run(again)]); }; again().then(report, report);`,
    most: 3 + RECURSION,
    says: /^BootstrapError: .* tried to start a process, but the child processes of this program have started \d+ others/,
  })),
  { what: 'a finalizer that makes its pool', kind: 'mjs', text: `const again = async () => { const pool = new Pool({ processes: 2, finalizer: again }); await pool.apply(f, [1]); pool.close(); await pool.join(); }; again().then(() => report('done'), report);`, most: 3 + RECURSION, says: /^done$|^BootstrapError/ },
  { what: 'a subclass of Process that starts itself', kind: 'mjs', text: `export class Mine extends Process { async run() { const all = [new Mine(), new Mine()]; for (const one of all) one.start(); for (const one of all) await one.join(); } } if (isMain(import.meta)) { const one = new Mine(); one.start(); one.join().then(() => report('done')); }`, most: 2 + RECURSION, says: /^done$/ },
  { what: 'an unguarded subclass of Process', kind: 'mjs', text: `export class Mine extends Process { run() {} } const one = new Mine(); one.start(); one.join().then(() => report(one.exitCode));`, most: 2, says: /^0$/ },
]; // prettier-ignore

/** How a program of a kind gets at the library, and its function. */
const HEADS = {
  mjs: `import { isMain, Pool, Process, ProcessPoolExecutor, run, setForkserverPreload } from 'manycore';\nexport const f = (x) => x + 1;`,
  cjs: `const { isMain, Pool, Process, run } = require('manycore');\nconst f = (exports.f = (x) => x + 1); const wait = (exports.wait = () => new Promise((resolve) => setTimeout(resolve, 800)));`,
  mts: `import { isMain, Pool } from 'manycore';\nexport const f = (x: number): number => x + 1;`,
} as const;
const WITHOUT_FILE = { eval: HEADS.cjs, stdin: HEADS.cjs };
const REPORT = `\nfunction report(value) { console.log(value instanceof Error ? value.name + ': ' + value.message.split('\\n')[0] : typeof value === 'object' && !Array.isArray(value) ? typeof value : String(value)); }\n`;

/** How to run it. */
interface Command {
  readonly file: string;
  readonly execArgv: readonly string[];
  readonly input: string;
}

/** Writes the program and what is beside it. */
function writeWrong(path: string, { kind, text, beside, flag }: Wrong): Command {
  const report = kind === 'mts' ? REPORT.replace('(value)', '(value: any)') : REPORT;
  const source = (body: string): string => `${{ ...HEADS, ...WITHOUT_FILE }[kind]}${report}${body}\n`;
  const other = `${path}-beside.${kind}`;
  if (beside !== undefined) writeFileSync(other, source(beside));
  const whole = source(text.replaceAll('BESIDE', JSON.stringify(other)));
  if (kind === 'eval') return { file: whole, execArgv: ['--eval'], input: '' };
  if (kind === 'stdin') return { file: '-', execArgv: [], input: whole };
  const file = `${path}.${kind}`;
  writeFileSync(file, whole);
  const loader = kind === 'mts' ? ['--import', pathToFileURL(TSX).href] : [];
  return { file, execArgv: flag === undefined ? loader : [flag, other], input: '' };
}

/** How many there may be: threads of a loader's own are none of the library's, and whoever starts one has another prepared. */
function allowed({ kind, most }: Wrong, method: StartMethod, count: number): number {
  return (method === 'forkserver' ? 2 * most + availableParallelism() : most) + (kind === 'mts' ? count / 2 : 0);
}

// Prepared processes are started ahead by the same rules: one program below has them.
const methods = process.env['MANYCORE_TEST_METHODS'] === undefined ? (['spawn', 'thread'] as const) : startMethods;

for (const method of methods) {
  describe(`programs that are wrong [${method}]`, () => {
    let folder = '';
    before(() => (folder = mkdtempSync(join(repository, '.build', 'storm-'))));
    after(() => rmSync(folder, { recursive: true }));

    for (const [number, one] of wrong.entries()) {
      const { what, says } = one;
      test(`${what}: no storm of processes (FN-48)`, LIMIT, async (context) => {
        const log = join(folder, `log-${number}`);
        const { file, execArgv, input } = writeWrong(join(folder, `program-${number}`), one);
        const { stdout, stderr } = await runProgram(file, {
          execArgv: ['--require', fixture('storm/count.cjs'), ...execArgv],
          env: { ...environmentOf(method), STORM_LOG: log, MANYCORE_MAX_DESCENDANTS: String(DESCENDANTS) },
          input,
          timeout: 60_000,
        });
        const count = new Set(readFileSync(log, 'utf8').trim().split('\n')).size;
        context.diagnostic(`${count} processes and threads`);
        assert.match(stdout.split('\n')[0] ?? '', says, stderr);
        assert.ok(count <= allowed(one, method, count), `${count} processes and threads`);
      });
    }
  });
}
