import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { native } from '#internal/native/addon.js';
import type { Addon, MappedRegion } from '#internal/native/contract.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { Participant } from './programs/participant.ts';
import { argumentsFor } from './programs/region-of.ts';
import { codeOf, exitOf, startOneThread, startProcess, startThread } from './support.ts';

const LIMIT = { timeout: 60_000 };
const EXCHANGES = 20_000;

describe('parker', () => {
  const addon = native();
  trackLeaks({ warmUp: startOneThread });

  for (const [kind, start] of [
    ['process', startProcess],
    ['thread', startThread],
  ] as const) {
    for (const spinMicros of [0, 50]) {
      test(`${EXCHANGES} exchanges with another ${kind}, spin ${spinMicros} µs, lose no wake-up`, LIMIT, async () => {
        const region = addon.createRegion(4096);
        const end = exitOf(start('pong', argumentsFor(region, spinMicros)));
        await exchange(addon, region, spinMicros);
        assert.equal(await end, 0, "an unref'd parker lets the other end");
        addon.closeRegion(region.map);
      });
    }
  }

  test('promises and ticks run after each call', LIMIT, async () => {
    const region = addon.createRegion(4096);
    const self = new Participant(addon, region, 0);
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      self.open(() => {
        order.push('event');
        process.nextTick(() => order.push('tick'));
        void Promise.resolve().then(() => {
          order.push('promise');
          // The chain goes on without any other event in the loop.
          if (order.length < 9) self.send(order.length);
          else resolve();
        });
      });
      addon.refParker();
    });
    assert.deepEqual(order, Array.from({ length: 3 }, () => ['event', 'tick', 'promise']).flat());
    addon.closeParker();
    self.forget();
    addon.closeRegion(region.map);
  });

  test('a thread has one parker, may close it from its own callback, and open another at once', LIMIT, async () => {
    const region = addon.createRegion(4096);
    const self = new Participant(addon, region, 0);
    for (let count = 0; count < 3; count++) {
      await new Promise<void>((resolve) => {
        self.open(() => {
          addon.closeParker();
          resolve();
        });
        assert.equal(
          codeOf(() => self.open(() => undefined)),
          'EBUSY',
        );
        addon.refParker();
      });
    }
    addon.closeParker();
    addon.closeRegion(region.map);
  });

  test('it may outlive the closing of its region', LIMIT, async () => {
    const region = addon.createRegion(4096);
    const again = addon.openRegion(process.pid, region.fd, region.inode);
    const waker = new Participant(addon, again, 0);
    let calls = 0;
    new Participant(addon, region, 0).open(() => calls++);
    addon.closeRegion(region.map);
    waker.send(1);
    await waitUntil(() => calls > 0, 'it is called');
    addon.closeParker();
    waker.forget();
    addon.closeRegion(again.map);
  });

  test('timers and other handles get their turn while events never stop', LIMIT, async () => {
    const region = addon.createRegion(4096);
    const self = new Participant(addon, region, 0);
    let calls = 0;
    self.open(() => self.send(++calls));
    addon.refParker();
    addon.spinParker(100);
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
    await new Promise<void>((resolve) => setImmediate(resolve));
    assert.ok(calls > 0);
    addon.closeParker();
    self.forget();
    addon.closeRegion(region.map);
  });

  test('what onEvents throws is an uncaught exception', LIMIT, async () => {
    const setUp = `
      import { native } from '#internal/native/addon.js';
      const region = native().createRegion(64);
      native().openParker(region.map, 0, 1, 2, () => { throw new Error('from onEvents'); });
      native().refParker();`;
    const fatal = await runSource(setUp);
    assert.equal(fatal.code, 1);
    assert.match(fatal.stderr, /from onEvents/);
    const caught = await runSource(`${setUp}
      process.on('uncaughtException', (error) => { console.log(error.message); native().unrefParker(); });`);
    assert.deepEqual([caught.code, caught.stdout], [0, 'from onEvents\n']);
  });

  test("an unref'd parker does not keep the program alive, a ref'd one does", LIMIT, async () => {
    const open = `
      import { native } from '#internal/native/addon.js';
      const region = native().createRegion(64);
      native().openParker(region.map, 0, 1, 2, () => undefined);`;
    assert.equal((await runSource(open)).code, 0);
    const alive = await runSource(`${open} native().refParker(); process.stdout.write(String(native().loopAlive()));`, {
      timeout: 500,
    });
    assert.deepEqual([alive.stdout, alive.signal], ['true', 'SIGKILL']);
  });

  test('100 threads that own a parker end or are terminated', LIMIT, async () => {
    const region = addon.createRegion(4096);
    const words = new Int32Array(region.buffer);
    for (let count = 0; count < 50; count++) {
      assert.equal(await exitOf(startThread('park', argumentsFor(region, 'end'))), 0);
      Atomics.store(words, 16, 0);
      const worker = startThread('park', argumentsFor(region, 'stay'));
      await waitUntil(() => Atomics.load(words, 16) > count % 5, 'it gets events');
      await worker.terminate();
    }
    addon.closeRegion(region.map);
  });

  test('a pipe that is gone is a coded error; ringing it is none', LIMIT, async () => {
    const region = addon.createRegion(4096);
    const pipe = addon.openParker(region.map, 0, 1, 2, () => undefined);
    const fd = addon.openPipe(process.pid, pipe.pipeFd, pipe.inode);
    for (let rings = 0; rings < 100_000; rings++) addon.ring(fd); // More than the pipe holds.
    assert.equal(
      codeOf(() => addon.openPipe(process.pid, region.fd, region.inode)),
      'ESTALE',
    );
    addon.closeParker();
    await waitUntil(
      () => codeOf(() => addon.closeFd(addon.openPipe(process.pid, pipe.pipeFd, pipe.inode))) !== undefined,
      'the pipe is closed',
    );
    addon.ring(fd);
    addon.closeFd(fd);
    assert.equal(
      codeOf(() => addon.ring(fd)),
      'EBADF',
    );
    addon.closeRegion(region.map);
  });
});

/** Plays participant 0 of `programs/pong.ts`: a lost wake-up lets it hang until the test's limit. */
async function exchange(addon: Addon, region: MappedRegion, spinMicros: number): Promise<void> {
  const mine = new Participant(addon, region, 0);
  const other = new Participant(addon, region, 1);
  await waitUntil(() => other.isReady, 'the other is there');
  await new Promise<void>((resolve) => {
    let expected = 2;
    mine.open(() => {
      if (mine.turn !== expected) return;
      if (expected >= 2 * EXCHANGES) {
        other.send(-1);
        resolve();
        return;
      }
      expected += 2;
      other.send(expected - 1);
    });
    addon.refParker();
    addon.spinParker(spinMicros);
    other.send(1);
  });
  addon.closeParker();
  other.forget();
}
