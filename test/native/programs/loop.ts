// Ties itself to the process named by the last two arguments, from its main or from a worker thread, says so and loops.
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { native } from '#internal/native/addon.js';
import { regionOfArguments } from './region-of.ts';

const { words, rest } = regionOfArguments();
const [where, pid, startTime] = rest;

function tie(): void {
  native().lifeline(Number(pid), Number(startTime));
  native().lifeline(Number(pid), Number(startTime));
}

function loop(): void {
  Atomics.store(words, 0, process.pid);
  for (;;) Atomics.add(words, 1, 1);
}

if (!isMainThread) {
  tie();
  Atomics.store(new Int32Array(workerData), 0, 1);
} else if (where === 'thread') {
  // The thread has ended when the loop begins; the watch must outlive it.
  const done = new SharedArrayBuffer(4);
  const worker = new Worker(fileURLToPath(import.meta.url), { argv: process.argv.slice(2), workerData: done });
  worker.once('exit', loop);
} else {
  tie();
  loop();
}
