import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { BufferTooShortError } from '#internal/base/errors.js';
import { Connection } from '#internal/connection/connection.js';
import { Pipe } from '#internal/connection/pipe.js';
import { run } from '#internal/process/run.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 30_000 };
/** Timers of Node round down to whole milliseconds. */
const ROUNDING_MS = 1.5;
const EOF = { code: 'ERR_MP_EOF' };

async function timed(body: () => unknown): Promise<number> {
  const start = performance.now();
  await body();
  return performance.now() - start;
}

describe('Pipe in one thread', () => {
  trackLeaks({ warmUp: () => Pipe() });

  test('objects and bytes cross in both directions, in order (CONN-01)', LIMIT, async () => {
    using one = Pipe()[0];
    assert.equal(Number.isInteger(one.fileno()), true);
    const [left, right] = Pipe();
    const message = { list: [1, new Map([[1, 'one']])], bytes: new Uint8Array([1, 2]) };
    await left.send(message);
    await left.sendBytes(new Uint8Array([7, 8, 9]));
    right.sendSync('back');
    assert.deepEqual(await right.recv(), message);
    assert.deepEqual(await right.recvBytes(), new Uint8Array([7, 8, 9]));
    assert.equal(left.recvSync(), 'back');
    left.close();
    right.close();
  });

  test('bytes are received into an array, at its start or further on (CONN-02)', LIMIT, async () => {
    const [left, right] = Pipe();
    const numbers = new Int32Array([1, 2, 3, 4]);
    const target = new Int32Array(10);
    await left.sendBytes(numbers);
    assert.equal(await right.recvBytesInto(target), 16);
    assert.deepEqual([...target], [1, 2, 3, 4, 0, 0, 0, 0, 0, 0]);
    await left.sendBytes(numbers);
    assert.equal(right.recvBytesIntoSync(target, 3 * 4), 16);
    assert.deepEqual([...target], [1, 2, 3, 1, 2, 3, 4, 0, 0, 0]);
    left.close();
    right.close();
  });

  test('a message that does not fit comes with the error, whole (CONN-03)', LIMIT, async () => {
    const [left, right] = Pipe();
    const bytes = new Uint8Array(100).map((_, i) => i);
    const carriesAll = (error: unknown): boolean => {
      assert.ok(error instanceof BufferTooShortError);
      assert.deepEqual(error.bytes, bytes);
      return true;
    };
    for (let i = 0; i < 3; i++) await left.sendBytes(bytes);
    await assert.rejects(right.recvBytesInto(new Uint8Array(99)), carriesAll);
    await assert.rejects(right.recvBytes(99), carriesAll);
    assert.throws(() => right.recvBytesIntoSync(new Uint8Array(200), 101), carriesAll);
    assert.equal(await right.poll(), false);
    left.close();
    right.close();
  });

  test('poll says whether a message is there, and waits when told to (CONN-04)', LIMIT, async () => {
    const [left, right] = Pipe();
    assert.deepEqual([await right.poll(), await right.poll(-1), right.pollSync()], [false, false, false]);
    assert.ok((await timed(async () => assert.equal(await right.poll(30), false))) >= 30 - ROUNDING_MS);
    assert.ok((await timed(() => assert.equal(right.pollSync(30), false))) >= 30 - ROUNDING_MS);
    const waiting = right.poll(10_000);
    await left.send(1);
    assert.equal(await waiting, true);
    assert.deepEqual([await right.poll(), right.pollSync()], [true, true]);
    await right.recv();
    left.close();
    right.close();
  });

  test('empty messages are messages (POLL-01, POLL-02)', LIMIT, async () => {
    const [left, right] = Pipe();
    const sizes = [0, 3, 0, 0, 5, 0];
    for (const size of sizes) await left.sendBytes(new Uint8Array(size));
    for (const size of sizes) {
      assert.deepEqual([await right.poll(), right.pollSync()], [true, true]);
      assert.equal((await right.recvBytes()).length, size);
    }
    assert.equal(await right.poll(), false);
    left.close();
    right.close();
  });

  test('a one-way pipe knows its directions (CONN-07)', LIMIT, async () => {
    const [reader, writer] = Pipe({ duplex: false });
    assert.deepEqual([reader.readable, reader.writable, writer.readable, writer.writable], [true, false, false, true]);
    const wrong = { name: 'TypeError', code: 'ERR_MP_INVALID_ARG' };
    await assert.rejects(reader.send(1), wrong);
    await assert.rejects(reader.sendBytes(new Uint8Array(1)), wrong);
    await assert.rejects(writer.recv(), wrong);
    await assert.rejects(writer.recvBytes(), wrong);
    await assert.rejects(writer.poll(), wrong);
    await writer.send('works');
    assert.equal(await reader.recv(), 'works');
    reader.close();
    writer.close();
  });

  test('parts of a buffer are sent by offset and size (CONN-09)', LIMIT, async () => {
    const [left, right] = Pipe();
    const bytes = Buffer.from('abcdefghijklmnopqrstuvwxyz');
    const cases: [number?, number?][] = [[], [5], [7, 8], [26], [26, 0], [13, 0]];
    for (const [offset, size] of cases) {
      left.sendBytesSync(bytes, offset, size);
      const end = size === undefined ? 26 : (offset ?? 0) + size;
      assert.equal(Buffer.from(await right.recvBytes()).toString(), bytes.subarray(offset, end).toString());
    }
    for (const [offset, size] of [[27], [22, 5], [26, 1], [-1], [4, -1]] as const) {
      await assert.rejects(left.sendBytes(bytes, offset, size), RangeError);
    }
    await assert.rejects(right.recvBytes(-1), RangeError);
    await assert.rejects(right.recvBytesInto(bytes, 27), RangeError);
    await assert.rejects(Reflect.apply(left.sendBytes, left, ['text']) as Promise<unknown>, TypeError);
    left.close();
    right.close();
  });

  test('a scoped end is closed at its end, and of no use then (CONN-13)', LIMIT, async () => {
    const [left, right] = Pipe();
    {
      using scoped = left;
      await scoped.send(1);
      assert.equal(scoped.closed, false);
    }
    assert.equal(left.closed, true);
    left.close();
    for (const what of [() => left.send(1), () => left.recv(), () => left.poll(), () => left.recvBytes()]) {
      await assert.rejects(what, EOF);
    }
    assert.throws(() => left.fileno(), EOF);
    assert.equal(await right.recv(), 1);
    await assert.rejects(right.recv(), EOF);
    await assert.rejects(right.send(1), EOF);
    assert.equal(await right.poll(), true);
    assert.deepEqual([right.readable, right.writable], [true, true]);
    right.close();
  });

  test('a connection is made by the library only (CONN-14)', LIMIT, () => {
    for (const handle of [-1, undefined, {}]) assert.throws(() => Reflect.construct(Connection, [handle]), TypeError);
  });

  test('recv gives up after its time-out, or when aborted, and takes nothing', LIMIT, async () => {
    const [left, right] = Pipe();
    await assert.rejects(right.recv(10), { code: 'ERR_MP_TIMEOUT' });
    assert.throws(() => right.recvSync(10), { code: 'ERR_MP_TIMEOUT' });
    const stop = new AbortController();
    const waiting = right.recv({ signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    await left.send(5);
    assert.equal(await right.recv(), 5);
    left.close();
    right.close();
  });

  test('a sender waits when too much is under way, and goes on when it was read', LIMIT, async () => {
    const [left, right] = Pipe<Uint8Array>();
    const message = new Uint8Array(400_000);
    await left.send(message.fill(0));
    await left.send(message.fill(1));
    await assert.rejects(left.send(message, 20), { code: 'ERR_MP_TIMEOUT' });
    assert.throws(() => left.sendSync(message, 20), { code: 'ERR_MP_TIMEOUT' });
    const sending = (async () => {
      for (let i = 2; i < 20; i++) await left.send(message.fill(i));
    })();
    for (let i = 0; i < 20; i++) assert.equal((await right.recv())[399_999], i);
    await sending;
    left.close();
    right.close();
  });

  test('what waits is settled when its own end is closed', LIMIT, async () => {
    const [left, right] = Pipe();
    const waiting = left.recv();
    left.close();
    await assert.rejects(waiting, EOF);
    right.close();
  });

  test('iteration ends at the end of the far end', LIMIT, async () => {
    const [left, right] = Pipe<number>();
    for (let i = 0; i < 3; i++) await left.send(i);
    left.close();
    const got: number[] = [];
    for await (const message of right) got.push(message);
    assert.deepEqual(got, [0, 1, 2]);
    right.close();
  });

  test('what cannot be sent is refused, and the pipe is as before', LIMIT, async () => {
    const [left, right] = Pipe();
    await assert.rejects(left.send(Promise.resolve()), { code: 'ERR_MP_NOT_SENDABLE' });
    await left.send(1);
    assert.equal(await right.recv(), 1);
    left.close();
    right.close();
  });

  test('the bytes of an object can be sent on as bytes', LIMIT, async () => {
    const [left, right] = Pipe();
    for (const value of [
      1,
      { a: [1] },
      new Map([[1, 2]]),
      new Uint8Array(10),
      new Float64Array(50_000),
      'x'.repeat(40_000),
    ]) {
      await left.send(value);
      await right.sendBytes(await right.recvBytes());
      assert.deepEqual(await left.recv(), value);
    }
    left.close();
    right.close();
  });
});

eachStartMethod('Pipe between processes', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test("the parent may close its copy of the child's end right after the start (CONN-01, CONN-08)", LIMIT, async () => {
    const [here, there] = Pipe();
    const child = startChild(method, targets.echo, there);
    there.close();
    for (const message of [1, 'two', { three: 3 }, new Set([4]), new Float64Array(100_000).fill(5)]) {
      await here.send(message);
      assert.deepEqual(await here.recv(), message);
    }
    await here.send(null);
    await assert.rejects(here.recv(), EOF);
    assert.deepEqual([here.readable, here.writable], [true, true]);
    await child.join();
    assert.equal(child.exitCode, 0);
    here.close();
  });

  test('blocking twins on both sides (CONN-01)', LIMIT, async () => {
    const [here, there] = Pipe();
    const child = startChild(method, targets.echoSync, there);
    there.close();
    for (let i = 0; i < 1000; i++) {
      here.sendSync(i);
      assert.equal(here.recvSync(), i);
    }
    here.sendSync(null);
    assert.throws(() => here.recvSync(), EOF);
    await child.join();
    here.close();
  });

  test('16 MiB go through in one call (CONN-05)', LIMIT, async () => {
    const [here, there] = Pipe();
    const child = startChild(method, targets.echoBytes, there);
    there.close();
    const bytes = new Uint8Array(16 << 20).map((_, i) => i);
    await here.sendBytes(bytes);
    const back = await here.recvBytes();
    assert.equal(Buffer.compare(back, bytes), 0);
    await here.sendBytes(new Uint8Array(0));
    await here.recvBytes();
    await child.join();
    here.close();
  });

  test('a killed child is the end of its connection (CONN-06)', LIMIT, async () => {
    const [here, there] = Pipe();
    const child = startChild(method, targets.hold, there);
    there.close();
    assert.equal(await here.recv(), 'ready');
    const waiting = here.recv();
    child.kill();
    await assert.rejects(waiting, EOF);
    await assert.rejects(here.send(1), EOF);
    await child.join();
    assert.equal(child.exitCode, -constants.signals.SIGKILL);
    here.close();
  });

  test('a killed child is noticed by a blocked thread too (CONN-06)', LIMIT, async () => {
    const [here, there] = Pipe();
    const child = startChild(method, targets.hold, there);
    there.close();
    assert.equal(here.recvSync(), 'ready');
    child.kill();
    assert.throws(() => here.recvSync(), EOF);
    await child.join();
    here.close();
  });

  test('what was sent before the end is still read', LIMIT, async () => {
    const [here, there] = Pipe();
    const child = startChild(method, targets.sendAll, there, [1, 'x'.repeat(100_000), new Uint8Array(200_000)]);
    there.close();
    await child.join();
    assert.equal(await here.recv(), 1);
    assert.equal(((await here.recv()) as string).length, 100_000);
    assert.equal(((await here.recv()) as Uint8Array).length, 200_000);
    await assert.rejects(here.recv(), EOF);
    here.close();
  });

  test('an end that several hold ends with the last of them', LIMIT, async () => {
    const [here, there] = Pipe();
    const first = startChild(method, targets.sendAll, there, ['a']);
    const second = startChild(method, targets.hold, there);
    there.close();
    const got = new Set([await here.recv(), await here.recv()]);
    assert.deepEqual(got, new Set(['a', 'ready']));
    await first.join();
    await assert.rejects(here.recv(30), { code: 'ERR_MP_TIMEOUT' });
    second.kill();
    await assert.rejects(here.recv(), EOF);
    await second.join();
    here.close();
  });

  test('poll in another process takes nothing; messages stay apart (POLL-03, POLL-04)', LIMIT, async () => {
    const [here, there] = Pipe();
    const [reports, report] = Pipe();
    for (const text of ['one', '', 'three']) await here.send(text);
    const child = startChild(method, targets.onlyPoll, there, 100, report);
    assert.equal(await reports.recv(), 100);
    await child.join();
    assert.deepEqual([await there.recv(), await there.recv(), await there.recv()], ['one', '', 'three']);
    assert.equal(await there.poll(), false);
    for (const one of [here, there, reports, report]) one.close();
  });

  test('ends keep their rights when they are sent (PKC-03)', LIMIT, async () => {
    const [pipe, childPipe] = Pipe();
    for (const which of [0, 1]) {
      const child = startChild(method, targets.takeOver, childPipe);
      const ends = Pipe({ duplex: false });
      const sent = ends[which as 0 | 1];
      await pipe.send(sent);
      assert.deepEqual(await pipe.recv(), [which === 0, which === 1]);
      if (which === 0) await ends[1].send(null);
      ends[0].close();
      ends[1].close();
      await child.join();
    }
    pipe.close();
    childPipe.close();
  });

  test('signals do not disturb a transfer (EINTR-01)', LIMIT, async () => {
    const [here, there] = Pipe();
    let count = 0;
    const hear = (): void => void count++;
    process.on('SIGWINCH', hear);
    // Larger than a pipe holds, so that the send has to wait as well.
    const sizes = [10, 3 << 20, 20, 5 << 20];
    const child = startChild(method, targets.disturb, there, process.pid, sizes);
    there.close();
    for (const [i, size] of sizes.entries()) {
      const bytes = i < 2 ? here.recvBytesSync() : await here.recvBytes();
      assert.equal(bytes.length, size);
      if (i < 2) here.sendBytesSync(bytes);
      else await here.sendBytes(bytes);
    }
    await child.join();
    assert.equal(child.exitCode, 0);
    await waitUntil(() => count > 0, 'the handler ran');
    process.off('SIGWINCH', hear);
    here.close();
  });
});
