import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSource } from '../helpers/program.ts';
import { eachStartMethod } from '../helpers/matrix.ts';

const LIMIT = { timeout: 30_000 };

/** What a terminal does for Ctrl-C: every process of the foreground group gets the signal. Here that is the program and its workers. */
function program(method: string, prepare: string, end: string): string {
  return `
    import { Pool, ProcessPoolExecutor } from 'manycore';
    const pool = new Pool({ processes: 2, context: '${method}' });
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, context: '${method}' });
    await pool.broadcast(Math.abs, [1]);
    await executor.submit(Math.abs, 1);
    const workers = [...pool.workers.map(({ pid }) => pid), ...executor.pids].filter((pid) => pid !== process.pid);
    const sleep = async (ms) => (await new Promise((resolve) => setTimeout(resolve, ms)), ms);
    const calls = [pool.apply(sleep, [300]), pool.apply(sleep, [300]), executor.submit(sleep, 300)];
    while (pool.stats().busy < 2 || !calls[2].running()) await new Promise(setImmediate);
    ${prepare}
    for (const pid of [...workers, process.pid]) process.kill(pid, 'SIGINT');
    ${end}`;
}

eachStartMethod('Ctrl-C', (method) => {
  test('leaves the workers of a program that handles it alone: what they run is finished', LIMIT, async () => {
    const handle = `process.once('SIGINT', () => { console.log('handled'); pool.close(); });`;
    const rest = `
      console.log(...(await Promise.all(calls)));
      await pool.join();
      await executor.shutdown();
      console.log(pool.stats().restarts);`;
    const { code, stdout, stderr } = await runSource(program(method, handle, rest));
    assert.deepEqual([code, stdout, stderr], [0, 'handled\n300 300 300\n0\n', '']);
  });

  test('ends the others quietly', LIMIT, async () => {
    const { signal, stdout, stderr } = await runSource(program(method, '', 'await Promise.all(calls);'));
    assert.deepEqual([signal, stdout, stderr], ['SIGINT', '', '']);
  });
});
