import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as mp from 'manycore';
import { withoutAddon } from '../helpers/without-addon.ts';
import * as tasks from '../pool/tasks.ts';

const LIMIT = { timeout: 20_000 };
const WRONG = { code: 'ERR_MP_INVALID_ARG' };

test('the options of a pool are given once, as an object', LIMIT, () => {
  for (const Pool of [mp.Pool, mp.getContext('thread').Pool, mp.ThreadPool]) {
    for (const args of [
      [null],
      [2, null],
      [2, 5],
      [{ processes: 1 }, { name: 'x' }],
      [2, { nmae: 'x' }],
      [2, { processes: 2 }],
    ])
      assert.throws(() => Reflect.construct(Pool, args), WRONG, JSON.stringify(args));
  }
});

test('what is no context is refused by name', LIMIT, () => {
  for (const context of [{}, 'frok', 5, null]) {
    const message = /expected `context` to be one of 'spawn', 'forkserver', 'thread'/;
    assert.throws(() => new mp.Pool({ context: context as never }), { ...WRONG, message });
    assert.throws(() => new mp.Process({ context: context as never }), { ...WRONG, message });
    assert.throws(() => new mp.ProcessPoolExecutor({ context: context as never }), { ...WRONG, message });
  }
});

test('an executor of threads has no context, and options like any other', LIMIT, () => {
  for (const options of [{ context: 'spawn' }, null, 'x'])
    assert.throws(() => new mp.ThreadPoolExecutor(options as never), WRONG);
});

test('a bound class takes an absent context for none', LIMIT, async () => {
  await using pool = new (mp.getContext('thread').Pool)({ processes: 1, context: undefined });
  assert.equal(await pool.apply(tasks.pid), process.pid);
});

test('a Process has options, no bare values', LIMIT, () => {
  for (const value of [5, null, 'x', tasks.pid]) {
    for (const Process of [mp.Process, mp.getContext('thread').Process])
      assert.throws(() => new Process(value as never), { ...WRONG, message: /expected `options` to be an object/ });
  }
});

test('functions of start methods check their options', LIMIT, () => {
  const message = /did you mean `allowNone`/;
  assert.throws(() => mp.getStartMethod({ allownone: true } as never), { ...WRONG, message });
  assert.throws(() => mp.setStartMethod('spawn', { forced: true } as never), { ...WRONG, message: /`force`/ });
  assert.throws(() => mp.setStartMethod('spawn', { force: 1 as never }), WRONG);
});

test('processors that there are not are a wrong argument', { ...LIMIT, skip: withoutAddon('placement') }, () => {
  assert.throws(() => new mp.Pool({ processes: 1, cpuAffinity: [1023] }), {
    ...WRONG,
    name: 'RangeError',
    message:
      /expected `cpuAffinity\[0\]` to be a processor that this program may use \([\d, ]+\), got `1023` \(number\)/,
  });
});

test('only futures are waited for', LIMIT, async () => {
  await assert.rejects(mp.waitFutures([Promise.resolve()] as never), WRONG);
  await assert.rejects(async () => mp.asCompleted(5 as never), WRONG);
});

test('every wrong argument has the code, wherever it is given', LIMIT, async () => {
  const calls: (() => unknown)[] = [
    () => new mp.SimpleQueue(5 as never),
    () => mp.Value('d', 'a' as never),
    () => mp.Value('q', 1 as never),
    () => mp.Value('c', 65 as never),
    () => mp.Array('q', [1n, 2 as never]),
    () => mp.Array('d', [1, 2n as never]),
    () => (mp.Value('c').value = 'ab'),
    () => new mp.ShareableList(5 as never),
    () => mp.isMain(undefined as never),
    () => mp.isMain({}),
    () => mp.explain(5 as never),
    () => mp.register(5 as never, 'five'),
    () => mp.register(tasks.pid, ''),
    () => mp.registerReducer(5 as never, tasks.identity, tasks.identity),
    () => mp.registerReducer(tasks.FileMissing, tasks.identity, undefined as never),
  ];
  for (const call of calls) assert.throws(call, WRONG, String(call));
  assert.throws(() => mp.task(), { code: 'ERR_MP_PROCESS' });
  await using manager = new mp.ProcessManager({ maxWorkers: 1, context: 'thread' });
  await assert.rejects(async () => manager.mapTasks(tasks.square, 5 as never), WRONG);
});

test('executors say by their own names what is wrong', LIMIT, async () => {
  await using executor = new mp.ThreadPoolExecutor(1);
  await using manager = new mp.ProcessManager({ maxWorkers: 1, context: 'thread' });
  const calls: Record<string, () => unknown> = {
    'ProcessPoolExecutor.submit': () => executor.submit(5 as never),
    'ProcessPoolExecutor.map': () => executor.map(tasks.square, 5 as never, [1]),
    'ProcessPoolExecutor.resize': () => executor.resize(0),
    'ProcessPoolExecutor.insights': () => executor.insights(),
    'ProcessManager.submitTask': () => manager.submitTask(5 as never),
    'ProcessManager.mapTasks': () => manager.mapTasks(5 as never, []),
  };
  for (const [owner, call] of Object.entries(calls))
    assert.throws(
      call,
      (error: Error & { code: string }) => error.code === WRONG.code && error.message.startsWith(`${owner}: `),
    );
  await assert.rejects(executor.shutdown({ wiat: true } as never), {
    ...WRONG,
    message: /^ProcessPoolExecutor\.shutdown: /,
  });
});
