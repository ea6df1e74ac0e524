import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { native } from '#internal/native/addon.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { isRunning } from '../helpers/proc.ts';
import { runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { argumentsFor } from './programs/region-of.ts';
import { codeOf, startOneThread, startProcess } from './support.ts';

const LIMIT = { timeout: 30_000 };

describe('life', () => {
  const addon = native();
  trackLeaks({ warmUp: startOneThread });

  for (const where of ['main', 'thread']) {
    test(`a looping child dies with its killed parent (life-line from its ${where} thread)`, LIMIT, async () => {
      const region = addon.createRegion(64);
      const words = new Int32Array(region.buffer);
      const parent = startProcess('parent', argumentsFor(region, where));
      await waitUntil(() => Atomics.load(words, 0) !== 0, 'the grandchild loops');
      const grandchild = Atomics.load(words, 0);
      parent.kill('SIGKILL');
      await waitUntil(() => !isRunning(grandchild), 'the grandchild is dead');
      addon.closeRegion(region.map);
    });
  }

  test('a life-line to somebody who is gone, or is somebody else, kills at once', LIMIT, async () => {
    const tie = (pid: number, startTime: number): string => `
      import { native } from '#internal/native/addon.js';
      native().lifeline(${pid}, ${startTime});
      console.log('alive');`;
    const here = addon.startTime(process.pid);
    assert.equal((await runSource(tie(process.pid, here))).stdout, 'alive\n');
    assert.equal((await runSource(tie(process.pid, 0))).stdout, 'alive\n');
    assert.equal((await runSource(tie(process.pid, here - 1))).signal, 'SIGKILL');
    assert.equal((await runSource(tie(2 ** 31 - 1, 0))).signal, 'SIGKILL');
  });

  test('without a descriptor left, the living are not taken for dead, nor the dead for living', LIMIT, () => {
    const source = `
      import { spawn } from 'node:child_process';
      import { openSync } from 'node:fs';
      import { native } from '#internal/native/addon.js';
      const addon = native();
      const start = addon.startTime(process.ppid);
      const ended = spawn('true').pid;
      addon.waitExit(ended, -1);
      try {
        for (;;) openSync('/dev/null');
      } catch ({ code }) {
        console.log(code);
      }
      console.log(addon.isAlive(process.ppid, start), addon.isAlive(2 ** 31 - 1, 0));
      console.log(addon.waitExit(process.ppid, 0).exited, addon.waitExit(ended, -1).code);`;
    const command = 'ulimit -n 100 && exec "$0" --input-type=module --eval "$1"';
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout, stderr } = spawnSync('sh', ['-c', command, process.execPath, source], { encoding: 'utf8', env });
    assert.equal(stdout, 'EMFILE\ntrue false\nfalse 0\n', stderr);
  });

  test('waitExit() knows code and signal, and leaves the exit event to Node', LIMIT, async () => {
    const three = sleeper('process.exit(3)');
    assert.deepEqual(addon.waitExit(three.pid ?? 0, -1), { exited: true, code: 3, signal: 0 });
    assert.equal(addon.isAlive(three.pid ?? 0, 0), false, 'a zombie is not alive');
    assert.deepEqual(addon.waitExit(three.pid ?? 0, 0), { exited: true, code: 3, signal: 0 }, 'it may be asked again');
    assert.deepEqual(await once(three, 'exit'), [3, null]);
    assert.deepEqual(addon.waitExit(three.pid ?? 0, 0), { exited: true, code: -1, signal: 0 }, 'now Node has taken it');

    const killed = sleeper('setInterval(() => {}, 1000)');
    assert.deepEqual(addon.waitExit(killed.pid ?? 0, 5), { exited: false, code: -1, signal: 0 });
    killed.kill('SIGKILL');
    assert.deepEqual(addon.waitExit(killed.pid ?? 0, 10_000), { exited: true, code: -1, signal: 9 });
    assert.deepEqual(await once(killed, 'exit'), [null, 'SIGKILL']);
  });

  test('a thread that waits for an exit can be terminated', LIMIT, async () => {
    const word = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(
      `import('#internal/native/addon.js').then(({ native }) => {
        const { word } = require('node:worker_threads').workerData;
        word[0] = 1;
        native().waitExit(process.pid, -1);
      });`,
      { eval: true, workerData: { word } },
    );
    await waitUntil(() => Atomics.load(word, 0) === 1, 'it waits');
    await worker.terminate();
  });

  test('startTime() and isAlive() tell a process from its successor', LIMIT, () => {
    const start = addon.startTime(process.pid);
    assert.ok(start > 0);
    assert.equal(addon.isAlive(process.pid, start), true);
    assert.equal(addon.isAlive(process.pid, start + 1), false);
    assert.equal(addon.isAlive(process.pid, 0), true);
    assert.equal(addon.startTime(2 ** 31 - 1), -1);
    assert.equal(addon.isAlive(2 ** 31 - 1, 0), false);
  });

  test('processors are set for all threads of a process', LIMIT, async () => {
    const all = addon.getAffinity(process.pid);
    assert.ok(all.length > 0);
    const child = sleeper('setInterval(() => {}, 1000)');
    const [first] = all;
    addon.setAffinity(child.pid ?? 0, [first ?? 0]);
    assert.deepEqual(addon.getAffinity(child.pid ?? 0), [first]);
    assert.equal(
      codeOf(() => addon.setAffinity(child.pid ?? 0, [8191])),
      'EINVAL',
    );
    assert.equal(
      codeOf(() => addon.setAffinity(child.pid ?? 0, [1e9])),
      'EINVAL',
    );
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(
      codeOf(() => addon.getAffinity(child.pid ?? 0)),
      'ESRCH',
    );
  });

  test('resident(), threadId() and exitNow()', LIMIT, async () => {
    assert.ok(addon.resident(process.pid) > 1 << 20);
    assert.equal(addon.resident(2 ** 31 - 1), -1);
    assert.equal(addon.threadId(), process.pid);
    const ended = await runSource(`
      import { native } from '#internal/native/addon.js';
      process.on('exit', () => console.log('not reached'));
      native().exitNow(9);`);
    assert.deepEqual([ended.code, ended.stdout], [9, '']);
  });
});

function sleeper(source: string): ChildProcess {
  return spawn(process.execPath, ['--eval', source], { stdio: 'ignore' });
}
