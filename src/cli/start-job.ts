import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { glob } from 'tinyglobby';

import { Pool } from '../index.ts';
import { openProgress } from '../pool/progress.ts';
import type { ProgressState } from '../pool/progress.ts';
import { benchmarkLines } from './start-bench.ts';
import { fingerprint, summarize } from './start-summary.ts';
import { examineFile } from './start-tasks.ts';
import type { FileReport } from './start-tasks.ts';

/*
 * The main job of the repository (`npm start`): the same real work over thousands of real source files, first in this process and then on
 * all cores, with proof that both gave the same. It stands here and not under examples/ because Node 20 runs it as it was built.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = 'node_modules/**/*.{js,cjs,mjs,ts,cts,mts,tsx,json,md}';

interface Files {
  readonly paths: readonly string[];
  /** Of all files together. */
  readonly bytes: number;
}

interface Timed {
  readonly reports: readonly FileReport[];
  readonly seconds: number;
}

async function main(): Promise<void> {
  const files = await listFiles();
  const { paths } = files;
  const cores = availableParallelism();
  say(
    `Words, identifiers, SHA-256 and brotli of ${paths.length} files of the installed dependencies (TypeScript and others).\n`,
  );

  const alone = await timed('one process ', files, async (report) => {
    for (const path of paths) {
      report(examineFile(path));
      // A turn of the event loop now and then, for the progress bar.
      if (performance.now() - lastTurnMs > 50) await nextTurn();
    }
  });
  const together = await timed(`${cores} processes`, files, async (report) => {
    await using pool = new Pool();
    for await (const result of pool.imapUnordered(examineFile, paths)) report(result);
  });

  say(`\n${summarize(together.reports).join('\n')}\n`);
  say(`One process     ${alone.seconds.toFixed(2)} s`);
  say(`${`${cores} processes`.padEnd(15)} ${together.seconds.toFixed(2)} s (start and end of the pool included)`);
  say(`Speed-up        ${(alone.seconds / together.seconds).toFixed(2)} x on ${cores} cores`);
  const [one, all] = [fingerprint(alone.reports), fingerprint(together.reports)];
  say(`Results         ${one === all ? `identical (SHA-256 ${one.slice(0, 16)}…)` : `DIFFERENT: ${one} and ${all}`}`);
  if (one !== all) process.exitCode = 1;

  say(`\nWhat a pool of ${cores} processes brings, by kind of work (workers started before):\n`);
  if (!(await benchmarkLines(say))) process.exitCode = 1;
}

/** All files, largest first, so that no long one is left for the end. Read once, so that both runs find them in memory. */
async function listFiles(): Promise<Files> {
  const found = await glob([FILES], { cwd: ROOT, dot: false, followSymbolicLinks: false, expandDirectories: false });
  const sized = found.map((path) => ({
    path: relative(process.cwd(), `${ROOT}${path}`),
    size: statSync(`${ROOT}${path}`).size,
  }));
  for (const { path } of sized) readFileSync(path);
  const paths = sized.toSorted((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1)).map(({ path }) => path);
  return { paths, bytes: sized.reduce((sum, { size }) => sum + size, 0) };
}

async function timed(
  label: string,
  files: Files,
  work: (report: (result: FileReport) => void) => Promise<void>,
): Promise<Timed> {
  const reports: FileReport[] = [];
  let bytesDone = 0;
  // By bytes and not by files: the large ones come first, and cost the most.
  const read = (): ProgressState => ({
    done: reports.length,
    failed: 0,
    total: files.paths.length,
    fraction: bytesDone / files.bytes,
  });
  const view = openProgress(process.stderr.isTTY ? 'bar' : 'plain', read, process.stderr, label);
  const begin = performance.now();
  await work((result) => {
    reports.push(result);
    bytesDone += result.bytes;
  });
  const seconds = (performance.now() - begin) / 1000;
  view.stop();
  return { reports, seconds };
}

let lastTurnMs = 0;

async function nextTurn(): Promise<void> {
  await new Promise((done) => setImmediate(done));
  lastTurnMs = performance.now();
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

// A failure ends the program as an uncaught error does: with its stack and exit code 1.
void main();
