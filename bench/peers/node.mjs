/** Bare Node processes, threads and channels: what a user without a library has. */
import { fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { bigModule } from '../lib/big-module.mjs';
import { drive } from '../lib/driver.mjs';
import { memoryOf } from '../lib/memory.mjs';
import { ipc } from '../lib/raw.mjs';
import { clockNanoseconds, percentiles, rest } from '../lib/timing.mjs';
import { crunch } from '../tasks/tasks.mjs';

const stamp = fileURLToPath(new URL('../tasks/stamp.mjs', import.meta.url));

/** How each way starts: resolves with the nanosecond when user code ran, then with the end. */
const ways = {
  fork: () => {
    const child = fork(stamp);
    return { ran: once(child, 'message').then(([time]) => Number(time)), ended: once(child, 'exit') };
  },
  spawn: () => {
    const child = spawn(process.execPath, [stamp], { stdio: ['ignore', 'pipe', 'inherit'] });
    return { ran: once(child.stdout, 'data').then(([text]) => Number(text)), ended: once(child, 'exit') };
  },
  worker: () => {
    const worker = new Worker(stamp);
    return { ran: once(worker, 'message').then(([time]) => Number(time)), ended: once(worker, 'exit') };
  },
};

await drive(import.meta, {
  halves: async ({ rounds }) => {
    const channels = await Promise.all([ipc('json'), ipc('json')]);
    const both = (/** @type {number} */ each) => Promise.all(channels.map((channel) => channel.call('crunch', each)));
    await both(1_000_000);
    const start = performance.now();
    await both(rounds / 2);
    const time = performance.now() - start;
    for (const channel of channels) channel.end();
    return time;
  },
  whole: ({ rounds }) => {
    crunch(1_000_000);
    const start = performance.now();
    crunch(rounds / 2);
    crunch(rounds / 2);
    return performance.now() - start;
  },
  boot: ({ count }) => {
    const times = Array.from({ length: count }, () => {
      const start = performance.now();
      spawnSync(process.execPath, ['-e', '0'], { stdio: 'ignore' });
      return performance.now() - start;
    });
    return { p50: percentiles(times).p50 };
  },
  start: async (/** @type {{ way: keyof typeof ways, count: number, rest: number }} */ { way, count, rest: pause }) => {
    const runs = [];
    const joins = [];
    for (let index = 0; index < count + 2; index++) {
      await rest(pause);
      const began = clockNanoseconds();
      const { ran, ended } = ways[way]();
      const [time] = await Promise.all([ran, ended]);
      if (index < 2) continue;
      runs.push(time - began);
      joins.push(clockNanoseconds() - began);
    }
    return { 'target runs': percentiles(runs, 1e-6).p50, 'start + join': percentiles(joins, 1e-6).p50 };
  },
  bigModule: async ({ count, rest: pause }) => {
    const file = fileURLToPath(bigModule());
    const times = [];
    for (let index = 0; index < count; index++) {
      await rest(pause);
      const began = clockNanoseconds();
      const child = fork(file);
      const ended = once(child, 'exit');
      const [time] = await once(child, 'message');
      await ended;
      times.push(Number(time) - began);
    }
    return percentiles(times, 1e-6).p50;
  },
  firstResult: async () => {
    const start = performance.now();
    const channel = await ipc('json');
    await channel.call('echo', 1);
    const time = performance.now() - start;
    channel.end();
    return time;
  },
  idleProcess: async () => {
    const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1e9)'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await rest(300);
    const memory = memoryOf(child.pid ?? 0);
    child.kill('SIGKILL');
    return memory;
  },
  idleFork: async () => {
    const child = fork(fileURLToPath(new URL('../tasks/port.mjs', import.meta.url)));
    await once(child, 'message');
    await rest(300);
    const memory = memoryOf(child.pid ?? 0);
    child.kill('SIGKILL');
    return memory;
  },
  // Threads share one process: what eight of them add, a piece.
  idleThread: async () => {
    const before = memoryOf(process.pid);
    const workers = Array.from({ length: 8 }, () => new Worker(new URL('../tasks/port.mjs', import.meta.url)));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    await rest(300);
    const after = memoryOf(process.pid);
    return Object.fromEntries(Object.keys(after).map((key) => [key, (after[key] - before[key]) / workers.length]));
  },
});
