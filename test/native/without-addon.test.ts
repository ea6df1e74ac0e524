import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { isRunning } from '../helpers/proc.ts';
import { repository, runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { REASONS, SKIPPED } from '../helpers/without-addon.ts';

const LIMIT = { timeout: 60_000 };
/** A child dies with its parent, and its own children then. */
const PROMISED = { timeout: 2_000 };
const env = { MANYCORE_NATIVE: 'off' };
const IMPORTS = `
  import * as mp from 'manycore';
  import * as tasks from './test/fixtures/native/tasks.mjs';
  const { Pipe, Pool, Process, Queue } = mp;
  const settled = (list) => list.map(({ value, reason }) => reason?.name ?? value).join(' ');`;

/** Runs a program without the addon; what it prints, line by line. */
async function linesOf(source: string): Promise<string[]> {
  const { stdout, stderr, code } = await runSource(IMPORTS + source, { env, timeout: LIMIT.timeout });
  assert.equal(code, 0, stderr);
  return stdout.trimEnd().split('\n');
}

describe('without the addon', () => {
  test('processes run functions, and end as ever', LIMIT, async () => {
    const lines = await linesOf(`
      console.log(await mp.run(tasks.square, [7]));
      const failing = new Process({ target: tasks.throwOdd });
      failing.start();
      failing.joinSync();
      console.log(failing.exitCode);
      console.log(await mp.run(tasks.exitAtFive, [5]).catch((error) => [error.name, error.exitCode].join(' ')));`);
    assert.deepEqual(lines, ['49', '1', 'WorkerLostError 3']);
  });

  test('a pool of processes maps, also blocking, and loses only what a killed worker was running', LIMIT, async () => {
    const lines = await linesOf(`
      const pool = new Pool(2);
      console.log((await pool.map(tasks.square, [1, 2, 3])).join(' '), pool.mapSync(tasks.square, [4]).join(' '));
      const items = [0, 1, 2, 3, 4, 5, 6, 7];
      const how = { chunkSize: 8, onError: 'settle' };
      console.log(settled(await pool.map(tasks.dieAtFive, items, how)));
      console.log(settled(await pool.map(tasks.exitAtFive, items, how)));
      const factor = 3;
      console.log(await pool.apply((x) => x * factor, [5]), pool.workers.length);
      await pool.terminate();`);
    const survivors = '0 1 2 3 4 WorkerLostError 6 7';
    assert.deepEqual(lines, ['1 4 9 16', survivors, survivors, '15 2']);
  });

  test('a worker that is ended in the middle of waking this thread leaves it awake for the others', LIMIT, async () => {
    const lines = await linesOf(`
      const bell = new BroadcastChannel('bell');
      const isThere = new Promise((resolve) => (bell.onmessage = resolve));
      const pool = new Pool({ processes: 1, context: 'thread' });
      const keepTalking = async () => {
        await pool.apply(tasks.stopBeforeRinging, ['bell']);
        for (;;) await pool.apply(tasks.square, [2]);
      };
      const talk = keepTalking().catch((error) => error.name);
      await isThere;
      bell.close();
      await pool.terminate();
      console.log(await talk);
      const other = new Pool({ processes: 1, context: 'thread' });
      console.log(await other.apply(tasks.square, [3]));
      await other.terminate();`);
    assert.deepEqual(lines, ['PoolClosedError', '9']);
  });

  test('an item that runs too long is stopped alone, and a pool that grows mixes nothing up', LIMIT, async () => {
    const lines = await linesOf(`
      const pool = new Pool({ processes: 3, minProcesses: 1, idleTimeout: 100 });
      const how = { chunkSize: 4, onError: 'settle', timeout: 300 };
      console.log(settled(await pool.map(tasks.spinAtTwo, [0, 1, 2, 3], how)));
      for (let round = 0; round < 3; round++) {
        await Promise.all(Array.from({ length: 20 }, () => pool.apply(tasks.later, [20])));
        while (pool.workers.length > 1) await tasks.later(20);
        console.log((await pool.map(tasks.square, [1, 2, 3])).join(' '));
      }
      await pool.terminate();`);
    assert.deepEqual(lines, ['0 1 TimeoutError 3', '1 4 9', '1 4 9', '1 4 9']);
  });

  for (const echo of ['echo', 'echoSync']) {
    test(`queues carry items to a process and back in order (${echo})`, LIMIT, async () => {
      const lines = await linesOf(`
        const [there, back] = [new Queue(), new Queue(2)];
        const child = new Process({ target: tasks.${echo}, args: [there, back] });
        child.start();
        for (const item of [1, 'two', { three: new Map([[3, 3]]) }, new Float64Array(20000).fill(5)]) there.putSync(item);
        console.log(await back.get(), back.getSync(), (await back.get()).three.get(3), (await back.get()).length);
        await there.put(null);
        await child.join();
        console.log(child.exitCode, there.qsize(), await back.get(10).catch((error) => error.name));`);
      assert.deepEqual(lines, ['1 two 3 20000', '0 0 QueueEmptyError']);
    });
  }

  test(
    'pipes and queues live in the first process: children pass them on, and their ends end with them',
    LIMIT,
    async () => {
      const lines = await linesOf(`
      const [here, there] = Pipe();
      const child = new Process({ target: tasks.talk, args: [there] });
      child.start();
      there.close();
      console.log(await here.recv());
      here.sendSync('kept');
      const queue = await here.recv();
      await child.join();
      console.log(await queue.get(), await here.recv().catch((error) => error.name));
      const parent = new Process({ target: tasks.family, args: [queue] });
      parent.start();
      console.log(await queue.get(), await queue.get());
      const [near, far] = Pipe();
      const hanging = new Process({ target: tasks.hang, args: [far] });
      hanging.start();
      far.close();
      console.log(await near.recv());
      hanging.kill();
      console.log(await near.recv().catch((error) => error.name));`);
      assert.deepEqual(lines, ['up', 'kept EOFError', 'grandchild child', 'up', 'EOFError']);
    },
  );

  test(
    'what lies in shared memory is refused where it is sent to a process, and shared with threads',
    LIMIT,
    async () => {
      const lines = await linesOf(`
      const array = new mp.RawArray('d', 4);
      const pool = new Pool(1);
      for (const one of [new mp.Lock(), new mp.Event(), mp.Value('d', 1), mp.Array('d', 4), array])
        console.log(await pool.apply(tasks.fill, [one]).catch((error) => error.code));
      try {
        new Process({ target: tasks.fill, args: [array] }).start();
      } catch (error) {
        console.log(error.code, /compiler/.test(error.message));
      }
      await pool.terminate();
      const thread = new Process({ target: tasks.fill, args: [array], context: 'thread' });
      thread.start();
      thread.joinSync();
      console.log(array[1]);`);
      const refused = 'ERR_MP_NATIVE_UNAVAILABLE';
      assert.deepEqual(lines, [...Array.from({ length: 5 }, () => refused), `${refused} true`, '5']);
    },
  );

  test('no descendant outlives a killed host, busy as it may be', LIMIT, async () => {
    const source = `${IMPORTS}
      const queue = new Queue();
      new Process({ target: tasks.busy, args: [queue, true] }).start();
      console.log(await queue.get());
      console.log(await queue.get());
      for (;;);`;
    const { NODE_TEST_CONTEXT: _, ...own } = process.env;
    const host = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      cwd: repository,
      env: { ...own, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pids: number[] = [];
    createInterface(host.stdout).on('line', (line) => pids.push(Number(line)));
    await waitUntil(() => pids.length === 2, 'the tree works', { timeout: LIMIT.timeout });
    assert.ok(pids.every(isRunning));
    host.kill('SIGKILL');
    await once(host, 'exit');
    await waitUntil(() => !pids.some(isRunning), 'no descendant lives', PROMISED);
  });

  test('the guide lists what the suite leaves out in this mode', LIMIT, () => {
    const page = readFileSync(join(repository, 'docs', 'guide', 'without-the-addon.md'), 'utf8');
    for (const reason of Object.values(REASONS)) assert.ok(page.includes(reason), reason);
    for (const path of Object.keys(SKIPPED)) assert.ok(page.includes(`\`${path}\``), path);
  });
});
