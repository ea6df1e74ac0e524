import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Finalize, runFinalizers } from '#internal/base/finalize.js';
import { collectGarbage } from '../helpers/gc.ts';
import { runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';

const IMPORT = `import { Finalize, runFinalizers } from '#internal/base/finalize.js';`;

describe('Finalize', () => {
  test('runs when its object is collected (FIN-01)', { timeout: 15_000 }, async () => {
    let runs = 0;
    const finalize = finalizeLostObject(() => (runs += 1));
    await waitUntil(() => {
      collectGarbage();
      return runs > 0;
    }, 'the finalizer ran');
    assert.equal(runs, 1);
    assert.equal(finalize.active, false);
  });

  test('called by hand it runs once only, and gives the result once (FIN-02)', { timeout: 5_000 }, () => {
    let runs = 0;
    const finalize = new Finalize(() => (runs += 1), { priority: 1 });
    assert.equal(finalize.active, true);
    assert.equal(finalize.run(), 1);
    assert.equal(finalize.run(), undefined);
    runFinalizers();
    assert.equal(runs, 1);
  });

  test('cancelled it never runs', { timeout: 5_000 }, () => {
    const finalize = new Finalize(() => assert.fail('ran'), { priority: 1 });
    finalize.cancel();
    runFinalizers();
    assert.equal(finalize.run(), undefined);
    assert.equal(finalize.active, false);
  });

  test(
    'at exit: higher first, younger first among equals, negative last, objects alive not at all (FIN-03)',
    { timeout: 30_000 },
    async () => {
      const { stdout, code } = await runSource(`${IMPORT}
      const say = (text) => () => process.stdout.write(text + ' ');
      globalThis.alive = {};
      new Finalize(say('object'), { object: globalThis.alive });
      new Finalize(say('a0'), { priority: 0 });
      new Finalize(say('negative'), { priority: -100 });
      new Finalize(say('a10'), { priority: 10 });
      new Finalize(say('b10'), { priority: 10 });
      new Finalize(say('both'), { object: globalThis.alive, priority: 20 });
      new Finalize(say('b0'), { priority: 0 });`);
      assert.equal(stdout.trim(), 'both b10 a10 b0 a0 negative');
      assert.equal(code, 0);
    },
  );

  test('a part can be run before the rest', { timeout: 5_000 }, () => {
    const order: string[] = [];
    new Finalize(() => order.push('late'), { priority: -1 });
    new Finalize(() => order.push('soon'), { priority: 0 });
    runFinalizers(0);
    assert.deepEqual(order, ['soon']);
    runFinalizers();
    assert.deepEqual(order, ['soon', 'late']);
  });

  test(
    'finalizers that add and cancel others while they run, with collections in between, are safe (FIN-04)',
    { timeout: 15_000 },
    () => {
      const order: number[] = [];
      const cancelled = new Finalize(() => assert.fail('ran'), { priority: 1 });
      const add = (depth: number): void => {
        new Finalize(
          () => {
            order.push(depth);
            finalizeLostObject(() => undefined);
            collectGarbage();
            if (depth > 0) add(depth - 1);
            cancelled.cancel();
          },
          { priority: 2 },
        );
      };
      add(20);
      runFinalizers();
      assert.deepEqual(
        order,
        Array.from({ length: 21 }, (_, index) => 20 - index),
      );
    },
  );

  test('one that throws is reported and does not stop the others', { timeout: 30_000 }, async () => {
    const { stdout, stderr, code } = await runSource(`${IMPORT}
      new Finalize(() => process.stdout.write('ran'), { priority: 1 });
      new Finalize(() => { throw new Error('broken'); }, { priority: 2 });`);
    assert.equal(stdout, 'ran');
    assert.match(stderr, /ManycoreWarning.*a finalizer failed[^]*Error: broken/);
    assert.equal(code, 0);
  });

  test('each thread runs its own at its exit', { timeout: 30_000 }, async () => {
    const { stdout } = await runSource(`${IMPORT}
      import { Worker, isMainThread } from 'node:worker_threads';
      new Finalize(() => process.stdout.write('main '), { priority: 1 });
      const source = \`${IMPORT}
        import { writeSync } from 'node:fs';
        new Finalize(() => writeSync(1, 'thread '), { priority: 1 });\`;
      new Worker(new URL('data:text/javascript,' + encodeURIComponent(source.replace('#internal/base/finalize.js', import.meta.resolve('#internal/base/finalize.js')))));`);
    assert.equal(stdout.trim(), 'thread main');
  });

  test('without object and priority it is refused', { timeout: 5_000 }, () => {
    assert.throws(() => new Finalize(() => undefined, {}), { name: 'TypeError', code: 'ERR_MP_INVALID_ARG' });
    assert.throws(() => new Finalize(() => undefined, { priority: NaN }), { name: 'RangeError' });
  });
});

/** In a function of its own, so that no register or stack slot of the test holds the object. */
function finalizeLostObject(callback: () => unknown): Finalize {
  return new Finalize(callback, { object: {} });
}
