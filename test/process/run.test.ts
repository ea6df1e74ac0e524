import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RemoteError, WorkerLostError } from '#internal/base/errors.js';
import { activeChildren } from '#internal/process/process.js';
import { run, runSync } from '#internal/process/run.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { onEachMethod, skips } from './methods.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 30_000 };

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => assert.fail('it did not fail'),
    (error: unknown) => error,
  );
}

onEachMethod('run()', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('gives what the function returned, from a process of its own', LIMIT, async () => {
    const seen = await run(targets.identify, ['a', new Map([[1, 2n]])]);
    assert.deepEqual(seen.args, ['a', new Map([[1, 2n]])]);
    assert.equal(seen.pid === process.pid, method === 'thread');
    assert.equal(seen.daemon, false);
  });

  test('runSync() does the same, and blocks', LIMIT, async () => {
    const seen = runSync(targets.identify, ['a', new Map([[1, 2n]])], { name: 'blocking' });
    assert.deepEqual([seen.args, seen.pid === process.pid], [['a', new Map([[1, 2n]])], method === 'thread']);
    assert.equal(runSync(targets.bigArray, [1_000_000]).length, 1_000_000);
    assert.throws(
      () => runSync(targets.throwError, ['of the child']),
      (error) => error instanceof RangeError && /throwError[^]*called from ---[^]*run\.test/.test(error.stack ?? ''),
    );
    assert.throws(() => runSync(targets.exitWith, [3]), { name: 'WorkerLostError', exitCode: 3 });
    assert.throws(() => runSync(targets.live, [], { timeout: 100 }), { code: 'ERR_MP_TIMEOUT' });
    for (const wrong of [{ signal: AbortSignal.abort() }, { timout: 1 }])
      assert.throws(() => runSync(targets.nothing, [], wrong as object), { code: 'ERR_MP_INVALID_ARG' });
    assert.throws(() => runSync(5 as never), { code: 'ERR_MP_INVALID_ARG', message: /^runSync: expected `fn`/ });
    await waitUntil(() => activeChildren().length === 0, 'all have ended');
  });

  test('gives a big result whole', LIMIT, async () => {
    const result = await run(targets.bigArray, [1_000_000]);
    assert.equal(result.length, 1_000_000);
    assert.ok(result.every((x) => x === 7));
  });

  test('throws what the function threw, as its own class', LIMIT, async () => {
    const error = await failureOf(run(targets.throwError, ['of the child']));
    assert.ok(error instanceof RangeError);
    assert.equal(error.message, 'of the child');
    assert.match(error.stack ?? '', /throwError .*targets/);
    assert.deepEqual(await failureOf(run(targets.throwValue, [{ a: 1 }])), { a: 1 });
    assert.equal(await failureOf(run(targets.throwValue, [undefined])), undefined);
  });

  test("its error's stack has the child's frames, the process, and the caller's (FN-61)", LIMIT, async () => {
    const error = await failureOf(run(targets.throwError, ['x']));
    assert.ok(error instanceof RangeError && 'remote' in error);
    const { pid, stack } = error.remote as { readonly pid: number; readonly stack: string };
    const lines = (error.stack ?? '').split('\n');
    const middle = lines.indexOf(`    --- process ${pid}, called from ---`);
    assert.equal(lines[0], 'RangeError: x');
    assert.match(lines[1] ?? '', /^ {4}at throwError \(.*targets/);
    // Between them there is nothing but Node's own.
    assert.ok(
      lines.slice(2, middle).every((line) => line.includes('(node:')),
      error.stack,
    );
    assert.match(lines[middle + 1] ?? '', /run\.test/);
    assert.equal(stack, lines.slice(0, middle).join('\n'));
    assert.equal(pid === process.pid, method === 'thread');
    assert.ok(!Object.keys(error).includes('remote'));
  });

  test(
    'what cannot be sent of an error is told, and one that cannot be sent at all is shown (FN-60)',
    LIMIT,
    async () => {
      const partly = await failureOf(
        run(() => {
          throw Object.assign(new Error('x'), { live: new WeakMap(), kept: 1 });
        }),
      );
      assert.ok(partly instanceof Error && 'notSent' in partly && 'kept' in partly);
      assert.deepEqual([partly.message, partly.kept, partly.notSent], ['x', 1, ['live']]);
      const hidden = await failureOf(
        run(() => {
          throw new Proxy(new Error('x'), {});
        }),
      );
      assert.ok(hidden instanceof RemoteError);
      assert.equal(
        hidden.message,
        'Error: x was thrown, and cannot send the thrown value to another process: it is a Proxy',
      );
    },
  );

  test('a result that cannot be sent back is an error that says so', LIMIT, async () => {
    const error = await failureOf(run(targets.promiseInside));
    assert.ok(error instanceof Error);
    assert.match(error.message, /the result of the call cannot be sent back: .*Promise/);
  });

  test('a process that exits early is lost, with its last words', LIMIT, async () => {
    const error = await failureOf(run(targets.sayAndExit, ['the end is near', 3]));
    assert.ok(error instanceof WorkerLostError);
    assert.equal(error.exitCode, 3);
    assert.equal(error.signal, null);
    assert.equal(error.stderr, 'the end is near');
    assert.match(error.message, /exited with code 3 before sayAndExit returned/);
  });

  test('a process that is killed is lost', { ...LIMIT, skip: skips(method, 'real-signals') }, async () => {
    const error = await failureOf(run(targets.killSelf, ['SIGKILL']));
    assert.ok(error instanceof WorkerLostError);
    assert.equal(error.signal, 'SIGKILL');
    assert.equal(error.exitCode, null);
  });

  test('an uncaught error is among the last words', LIMIT, async () => {
    const error = await failureOf(run(targets.throwInTimerAndLive, ['too late']));
    assert.ok(error instanceof WorkerLostError);
    assert.equal(error.exitCode, 1);
    assert.match(error.stderr, /RangeError: too late/);
  });

  test('only the last lines are kept, and none is cut', LIMIT, async () => {
    const error = await failureOf(run(targets.sayManyAndExit, [20]));
    assert.ok(error instanceof WorkerLostError);
    const lines = error.stderr.split('\n');
    assert.match(lines.at(-1) ?? '', /^this is line 19 /);
    assert.ok(error.stderr.length <= 2048 && error.stderr.length > 1700);
    assert.match(lines[0] ?? '', /^this is line \d+ \.+$/);
  });

  test('a time-out kills the process', LIMIT, async () => {
    const error = await failureOf(run(targets.live, [], { timeout: 50 }));
    assert.equal(error instanceof Error && error.name, 'TimeoutError');
    await waitUntil(() => activeChildren().length === 0, 'it is gone');
  });

  test('an abort kills the process and rejects with the reason', LIMIT, async () => {
    const reason = new Error('changed my mind');
    const abort = new AbortController();
    const call = run(targets.live, [], { signal: abort.signal });
    abort.abort(reason);
    assert.equal(await failureOf(call), reason);
    assert.equal(await failureOf(run(targets.live, [], { signal: AbortSignal.abort(reason) })), reason);
    await waitUntil(() => activeChildren().length === 0, 'it is gone');
  });

  test('what a function leaves behind does not keep its process', LIMIT, async () => {
    assert.equal(await run(targets.leaveTimer), 'left');
    await waitUntil(() => activeChildren().length === 0, 'it is gone');
  });
});
