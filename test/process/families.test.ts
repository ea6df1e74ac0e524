import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { native } from '#internal/native/addon.js';
import { Process } from '#internal/process/process.js';
import { run } from '#internal/process/run.js';
import { Queue } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { descendants, isRunning } from '../helpers/proc.ts';
import { fixture, runProgram, runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { withoutAddon } from '../helpers/without-addon.ts';
import * as family from './family-targets.ts';
import { environmentOf, onEachMethod, skips } from './methods.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 60_000 };
const { SIGKILL } = constants.signals;
const folder = mkdtempSync(join(tmpdir(), 'manycore-test-'));
after(() => rmSync(folder, { recursive: true }));

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

onEachMethod('families of processes', (method) => {
  const env = environmentOf(method);
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('the main thread of a child is a thread of its own (PROC-11)', LIMIT, async () => {
    assert.notEqual(await run(family.threadId), native().threadId());
  });

  const seen = { ...LIMIT, skip: skips(method, 'PROC-06') };
  test('a grandchild sees its parent alive, and ends with it (PROC-06)', seen, async () => {
    const file = join(folder, `grandchild-${method}`);
    const child = new Process({ target: family.raise, args: [file], name: 'mother' });
    child.start();
    await waitUntil(() => read(file) !== '', 'the grandchild has looked');
    const [pid, parentPid, parentName, isAlive]: [number, number, string, boolean] = JSON.parse(read(file));
    assert.deepEqual([parentPid, parentName, isAlive], [child.pid, 'mother', true]);
    child.kill();
    await child.join();
    assert.equal(child.exitCode, -SIGKILL);
    await waitUntil(() => !isRunning(pid), 'the grandchild has ended');
  });

  test('a child without standard input uses a queue and a pool of its own (PROC-37)', LIMIT, async () => {
    assert.deepEqual(await run(family.useEverything), [7, [1, 2]]);
  });

  test('what a program had not yet written when it started a child is written once (PROC-38)', LIMIT, async () => {
    const { stdout } = await runSource(
      `import { run } from 'manycore';
      process.stdout.write('once ');
      await run(Math.abs, [1]);
      console.log('end');`,
      { env },
    );
    assert.equal(stdout, 'once end\n');
  });

  test('a child hands the queue that it got to a child of its own (CTX-07)', LIMIT, async () => {
    const queue = new Queue<string>();
    await run(family.passOn, [method, queue], { name: 'between' });
    assert.equal(await queue.get(), 'between false');
  });

  test("the flags of a grandchild are the program's (CTX-09)", LIMIT, async () => {
    const { stdout, stderr } = await runProgram(fixture('process/flags.mjs'), {
      execArgv: ['--no-warnings', '--stack-trace-limit=23'],
      env,
    });
    assert.equal(stdout, '["--no-warnings","--stack-trace-limit=23"]\n', stderr);
  });

  test(
    'a child has no descriptor that is none of its business (CTX-10)',
    { ...LIMIT, skip: skips(method, 'CTX-10') },
    async () => {
      const file = join(folder, 'unrelated');
      const fd = openSync(file, 'w');
      try {
        assert.ok(!(await run(family.openFiles)).includes(file));
      } finally {
        closeSync(fd);
      }
    },
  );

  test(
    'the fifth generation has as many descriptors as the second (CTX-11)',
    { ...LIMIT, skip: skips(method, 'CTX-11') },
    async () => {
      const [second, fifth] = [
        await family.below(2, family.countDescriptors),
        await family.below(5, family.countDescriptors),
      ];
      assert.equal(fifth, second);
    },
  );

  test(
    'shared objects of a main module that children import leave nothing and say nothing (CTX-12)',
    LIMIT,
    async () => {
      const { stdout, stderr, code } = await runProgram(fixture('process/global-semaphore.mjs'), { env });
      assert.deepEqual([stdout, stderr, code], ['child\nended 0\n', '', 0]);
    },
  );

  test('the package can be imported where the path of Node is not known (CTX-13)', LIMIT, async () => {
    const { stdout, stderr } = await runSource(
      `Object.defineProperty(process, 'execPath', { value: undefined });
      const { Pool, Process } = await import('manycore');
      console.log(typeof Pool, typeof Process);`,
      { env },
    );
    assert.deepEqual([stdout, stderr], ['function function\n', '']);
  });

  const named = { ...LIMIT, skip: withoutAddon('named') };
  test("a child's named blocks have the tracker of the program (TRK-05)", named, async () => {
    const { stdout, stderr } = await runSource(
      `import { readdirSync, readFileSync } from 'node:fs';
      import { run, SharedMemory } from 'manycore';
      const trackers = () => readdirSync('/dev/shm')
        .filter((name) => name.startsWith('manycore-' + process.pid + '-'))
        .map((name) => readFileSync('/dev/shm/' + name + '/tracker', 'utf8'));
      const make = () => new SharedMemory({ create: true, size: 8 });
      const inChild = () => { const block = make(); block.close(); block.unlink(); };
      const block = make();
      const before = trackers();
      await run(inChild);
      console.log(before.length, String(before) === String(trackers()));
      block.close();
      block.unlink();`,
      { env },
    );
    assert.deepEqual([stdout, stderr], ['1 true\n', '']);
  });

  const prepared = { ...LIMIT, skip: skips(method, 'PROC-30') || withoutAddon('spares') };
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    test(
      `prepared processes may be ended by ${signal}: what runs goes on, and new ones start (PROC-30)`,
      prepared,
      async () => {
        const child = new Process({ target: targets.live, daemon: true });
        child.start();
        const spares = (): number[] =>
          descendants()
            .filter(({ pid, commandLine }) => commandLine.includes('/entry/process') && pid !== child.pid)
            .map(({ pid }) => pid)
            .filter(isRunning);
        await waitUntil(() => spares().length > 0, 'a process is prepared');
        const ended = spares();
        for (const pid of ended) process.kill(pid, signal);
        await waitUntil(() => !ended.some(isRunning), 'they have ended');
        assert.equal(await run(Math.abs, [-3]), 3);
        assert.equal(child.isAlive(), true);
        child.kill();
        await child.join();
      },
    );
  }
});
