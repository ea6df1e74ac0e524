import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import * as mp from 'manycore';
import * as tasks from '../pool/tasks.ts';

const LIMIT = { timeout: 30_000 };

test('console.log shows what shared objects are', LIMIT, async () => {
  const lock = new mp.Lock();
  const queue = new mp.Queue(3);
  const [reader, writer] = mp.Pipe({ duplex: false });
  await lock.acquire();
  await queue.put('x');
  const barrier = new mp.Barrier(2);
  const party = barrier.wait().catch(() => undefined);
  const shown: [{ toString(): string }, string][] = [
    [lock, '<Lock locked>'],
    [new mp.RLock(), '<RLock unlocked>'],
    [new mp.Condition(), '<Condition unlocked>'],
    [new mp.Semaphore(2), '<Semaphore value=2>'],
    [new mp.BoundedSemaphore(1), '<BoundedSemaphore value=1>'],
    [new mp.Event(), '<Event unset>'],
    [barrier, '<Barrier parties=2 waiting=1>'],
    [queue, '<Queue qsize=1 maxsize=3>'],
    [new mp.SimpleQueue(), '<SimpleQueue qsize=0>'],
    [reader, '<Connection read-only>'],
    [writer, '<Connection write-only>'],
    [mp.Value('d', 1.5), '<Value 1.5>'],
    [mp.Value('q', 2n, { lock: false }), '<Value 2>'],
  ];
  for (const [value, text] of shown) assert.deepEqual([value.toString(), inspect(value)], [text, text]);
  barrier.abort();
  await party;
  for (const one of [queue, reader, writer]) one.close();
  assert.deepEqual(
    [barrier.toString(), queue.toString(), reader.toString()],
    ['<Barrier parties=2 broken>', '<Queue closed>', '<Connection closed>'],
  );
  assert.equal(inspect(mp.Value(mp.Struct({ x: 'd', n: ['c', 4] }), { x: 1, n: 'ab' })), "<Record> { x: 1, n: 'ab' }");
});

test('console.log shows the state of a process, and the fields of a subclass', LIMIT, async () => {
  const child = new mp.Process({ target: tasks.square, args: [1], name: 'squarer', context: 'thread' });
  assert.equal(inspect(child), "<Process name='squarer' initial>");
  child.start();
  const { pid } = child;
  assert.equal(inspect(child), `<Process name='squarer' pid=${pid} started>`);
  await child.join();
  assert.equal(child.toString(), `<Process name='squarer' pid=${pid} stopped exitCode=0>`);
  child.close();
  assert.equal(inspect(child), "<Process name='squarer' closed>");
  class Greeter extends mp.Process {
    whom = 'world';
  }
  assert.match(inspect(new Greeter()), /^<Greeter name='Greeter-\d+' initial> \{ whom: 'world' \}$/);
  assert.match(inspect(mp.currentProcess()), /^<Process name='MainProcess' pid=\d+ started>$/);
});

test('console.log shows the state of pools and executors', LIMIT, async () => {
  const pool = new mp.Pool({ processes: 2, context: 'thread', name: 'mine' });
  assert.equal(inspect(pool), "<Pool name='mine' open workers=2>");
  await pool.terminate();
  assert.equal(inspect(pool), "<Pool name='mine' closed workers=0>");
  const executor = new mp.ThreadPoolExecutor(1);
  assert.match(inspect(executor), /^<ThreadPoolExecutor name='ThreadPoolExecutor-1' open workers=[01]>$/);
  await executor.shutdown();
  assert.match(executor.toString(), / closed workers=0>$/);
});
