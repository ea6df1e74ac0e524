import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { withoutAddon } from '../helpers/without-addon.ts';

const LIMIT = { timeout: 60_000, skip: withoutAddon('crossing') };

/** A program that soon has no descriptor left, so that no process can be started, when the first of its two workers is killed. */
const PROGRAM = `
  import { closeSync, openSync } from 'node:fs';
  import { Pool } from 'manycore';
  const pool = new Pool({ processes: 2, context: 'spawn', ...OPTIONS });
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
  await pool.broadcast(Math.abs, [1]);
  // Long enough for both to sleep: they are woken through descriptors, which are there before they are needed.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const held = [];
  try {
    for (;;) held.push(openSync('/dev/null'));
  } catch {}
  const [first, second] = pool.workers;
  process.kill(first.pid, 'SIGKILL');
  while (pool.workers.some(({ pid }) => pid === first.pid)) await pause();
  console.log(pool.workers.length, await pool.map(Math.abs, [-1, -2]));`;

function run(rest: string, options = '{}'): string {
  const source = `${PROGRAM.replace('OPTIONS', options)}\n${rest}\nawait pool.terminate();`;
  const command = 'ulimit -n 120 && exec "$0" --input-type=module --eval "$1"';
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const given = { encoding: 'utf8', env, timeout: 50_000 } as const;
  const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath, source], given);
  return `${stdout}${stderr}`;
}

test('a worker that cannot be replaced now is replaced later, and the others work meanwhile', LIMIT, () => {
  const output = run(`
    for (const one of held) closeSync(one);
    while (pool.workers.length < 2) await pause();
    console.log(pool.stats().restarts, await pool.broadcast(Math.abs, [-3]));`);
  assert.equal(output, '1 [ 1, 2 ]\n1 [ 3, 3 ]\n');
});

for (const isBlocking of [false, true]) {
  const how = isBlocking ? ', also while the thread blocks' : '';
  const map = (item: number): string =>
    isBlocking ? `(async () => pool.mapSync(Math.abs, [${item}]))()` : `pool.map(Math.abs, [${item}])`;

  test(`work waits for a moment when no worker is left${how}`, LIMIT, () => {
    const output = run(`
      process.kill(second.pid, 'SIGKILL');
      while (pool.workers.length > 0) await pause();
      const done = pool.apply(Math.abs, [-7]);
      for (const one of held) closeSync(one);
      console.log(await ${map(-4)}, await done);
      pool.close();
      await pool.join();`);
    assert.equal(output, '1 [ 1, 2 ]\n[ 4 ] 7\n');
  });

  test(`a pool fails when no worker is left and none can be started for some seconds${how}`, LIMIT, () => {
    const output = run(`
      process.kill(second.pid, 'SIGKILL');
      const began = performance.now();
      const error = await ${map(1)}.catch((error) => error);
      console.log(error.code, error.cause?.code, error.message.split(';')[0], performance.now() - began >= 3_000);`);
    const message = 'Pool-1: no replacement could be started, and no other worker is left';
    assert.equal(output, `1 [ 1, 2 ]\nERR_MP_WORKER_LOST ERR_MP_PROCESS ${message} true\n`);
  });
}

test('a pool without workers and work can be closed, and has ended then', LIMIT, () => {
  const output = run(`
    process.kill(second.pid, 'SIGKILL');
    while (pool.workers.length > 0) await pause();
    pool.close();
    await pool.join();
    pool.joinSync();
    console.log('joined', pool.stats().restarts);`);
  assert.equal(output, '1 [ 1, 2 ]\njoined 0\n');
});

test('replacements that fail count as restarts', LIMIT, () => {
  const output = run(
    `
    let error;
    while (!error) {
      error = await pool.apply(Math.abs, [1]).then(() => undefined, (error) => error);
      await pause();
    }
    console.log(error.code, error.message.split(';')[0]);`,
    '{ maxRestarts: { count: 4, within: 60_000 } }',
  );
  assert.match(
    output,
    /^1 \[ 1, 2 \]\nERR_MP_WORKER_LOST Pool-1: replacements fail more often than `maxRestarts` allows\n$/,
  );
});
