/** This library: the memory of workers that have run a no-op and wait, and what shared arrays cost. */
import { readdirSync, readFileSync } from 'node:fs';
import { drive } from '../../lib/driver.mjs';
import { manycore, warmPool } from '../../lib/manycore.mjs';
import { memoryOf } from '../../lib/memory.mjs';
import { rest } from '../../lib/timing.mjs';
import { readAll, squarePart, squareTimed } from '../../tasks/shared-objects.mjs';
import { noop } from '../../tasks/tasks.mjs';

await drive(import.meta, {
  idleWorker: async () => {
    const pool = await warmPool({ workers: 1 });
    await rest(300);
    const memory = memoryOf(pool.workers[0].pid);
    await pool.terminate();
    return memory;
  },
  squaring: async ({ size, workers, rounds }) => {
    const names = ['Array', 'Process', 'Semaphore', 'Event'];
    const { Array: SharedArray, Process, Semaphore, Event } = await manycore(...names);
    const [numbers, ready, go] = [SharedArray('d', size), new Semaphore(0), new Event()];
    const part = Math.floor(size / workers);
    const children = Array.from({ length: workers }, (_, at) => {
      const span = [at * part, at === workers - 1 ? size : (at + 1) * part];
      return new Process({ target: squareTimed, args: [numbers, span, rounds, ready, go] });
    });
    for (const child of children) child.start();
    for (const _ of children) await ready.acquire();
    const start = performance.now();
    go.set();
    for (const _ of children) await ready.acquire();
    const rate = (size * rounds) / (performance.now() - start) / 1000;
    for (const child of children) await child.join();
    return rate;
  },
  squaringAlone: async ({ size, rounds, shared }) => {
    const { RawArray } = await manycore('RawArray');
    const numbers = shared ? RawArray('d', size) : new Float64Array(size);
    squarePart(numbers, 0, size, 5);
    const start = performance.now();
    squarePart(numbers, 0, size, rounds);
    return (size * rounds) / (performance.now() - start) / 1000;
  },
  privateMemory: async ({ bytes, workers }) => {
    const { RawArray, Process, Queue, Event } = await manycore('RawArray', 'Process', 'Queue', 'Event');
    const [array, results, done] = [RawArray('B', bytes), new Queue(), new Event()];
    array.fill(1);
    const children = Array.from(
      { length: workers },
      () => new Process({ target: readAll, args: [array, results, done] }),
    );
    for (const child of children) child.start();
    let most = 0;
    for (const _ of children) {
      const [grown, sum] = await results.get();
      if (sum !== Math.ceil(bytes / 4096)) throw new Error(`a worker read ${sum}`);
      most = Math.max(most, grown);
    }
    done.set();
    for (const child of children) await child.join();
    return most;
  },
  // A process that is prepared and has no work: the newest child of this one that the library started.
  idleSpare: async () => {
    const { run } = await manycore('run');
    await run(noop, [], { context: 'forkserver' });
    await rest(1000);
    const [task] = readdirSync('/proc/self/task');
    const children = readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' ');
    return memoryOf(Number(children.at(-1)));
  },
  // Threads share one process: what eight of them add, a piece.
  idleThread: async () => {
    const before = memoryOf(process.pid);
    const pool = await warmPool({ workers: 8, context: 'thread' });
    await rest(300);
    const after = memoryOf(process.pid);
    await pool.terminate();
    return Object.fromEntries(Object.keys(after).map((key) => [key, (after[key] - before[key]) / 8]));
  },
});
