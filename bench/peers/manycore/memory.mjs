/** This library: the memory of workers that have run a no-op and wait. */
import { drive } from '../../lib/driver.mjs';
import { warmPool } from '../../lib/manycore.mjs';
import { memoryOf } from '../../lib/memory.mjs';
import { rest } from '../../lib/timing.mjs';

await drive(import.meta, {
  idleWorker: async () => {
    const pool = await warmPool({ workers: 1 });
    await rest(300);
    const memory = memoryOf(pool.workers[0].pid);
    await pool.terminate();
    return memory;
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
