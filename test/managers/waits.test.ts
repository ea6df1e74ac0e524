import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncManager } from 'manycore';
import { waitUntil } from '../helpers/rendezvous.ts';
import { eachWay, limit } from './support.ts';

/** A wait that does not end by itself, and what shows that it took nothing. */
interface Waiting {
  wait(signal: AbortSignal): Promise<unknown>;
  /** The blocking twin, of which the compiler would not let pass a signal. */
  waitSync(wait: object): unknown;
  untouched(): Promise<void>;
}

const WAITS: Readonly<Record<string, (manager: SyncManager) => Promise<Waiting>>> = {
  'Lock.acquire': async (manager) => {
    const lock = await manager.Lock();
    await lock.acquire();
    return {
      wait: (signal) => lock.acquire({ signal }),
      waitSync: (wait) => lock.acquireSync(wait),
      untouched: async () => {
        await lock.release();
        assert.equal(await lock.locked(), false);
      },
    };
  },
  'Lock.hold': async (manager) => {
    const lock = await manager.Lock();
    await lock.acquire();
    return {
      wait: (signal) => lock.hold({ signal }),
      waitSync: (wait) => lock.holdSync(wait),
      untouched: async () => {
        await lock.release();
        assert.equal(await lock.locked(), false);
      },
    };
  },
  'Semaphore.acquire': async (manager) => {
    const semaphore = await manager.Semaphore(0);
    return {
      wait: (signal) => semaphore.acquire({ signal }),
      waitSync: (wait) => semaphore.acquireSync(wait),
      untouched: async () => {
        await semaphore.release();
        assert.equal(await semaphore.getValue(), 1);
      },
    };
  },
  'Queue.get': async (manager) => {
    const queue = await manager.Queue<string>();
    return {
      wait: (signal) => queue.get({ signal }),
      waitSync: (wait) => queue.getSync(wait),
      untouched: async () => {
        await queue.put('item');
        assert.equal(await queue.qsize(), 1);
      },
    };
  },
  'Queue.put': async (manager) => {
    const queue = await manager.Queue<string>(1);
    await queue.put('first');
    return {
      wait: (signal) => queue.put('second', { signal }),
      waitSync: (wait) => queue.putSync('second', wait),
      untouched: async () => {
        assert.equal(await queue.get(), 'first');
        assert.equal(await queue.qsize(), 0);
      },
    };
  },
  'JoinableQueue.join': async (manager) => {
    const queue = await manager.JoinableQueue<string>();
    await queue.put('item');
    return {
      wait: (signal) => queue.join({ signal }),
      waitSync: (wait) => queue.joinSync(wait),
      untouched: async () => assert.equal(await queue.qsize(), 1),
    };
  },
  'Event.wait': async (manager) => {
    const event = await manager.Event();
    return {
      wait: (signal) => event.wait({ signal }),
      waitSync: (wait) => event.waitSync(wait),
      untouched: async () => assert.equal(await event.isSet(), false),
    };
  },
  'Barrier.wait': async (manager) => {
    const barrier = await manager.Barrier(2);
    return {
      wait: (signal) => barrier.wait({ signal }),
      waitSync: (wait) => barrier.waitSync(wait),
      untouched: async () => assert.equal(await barrier.nWaiting(), 0),
    };
  },
  'Condition.wait': async (manager) => {
    const condition = await manager.Condition();
    await condition.acquire();
    return {
      wait: (signal) => condition.wait({ signal }),
      waitSync: (wait) => condition.waitSync(wait),
      untouched: async () => {
        // The lock is taken again, as after every wait.
        await condition.notifyAll();
        await condition.release();
        assert.equal(await condition.locked(), false);
      },
    };
  },
};

eachWay('waits that are aborted', (manager) => {
  for (const [name, make] of Object.entries(WAITS)) {
    test(`${name} rejects with the signal's reason, and took nothing`, limit, async () => {
      const { wait, untouched } = await make(manager());
      const stop = new AbortController();
      const waiting = assert.rejects(wait(stop.signal), { name: 'AbortError' });
      // Whatever is asked later is answered later: the wait has begun.
      await manager().numberOfObjects();
      stop.abort();
      await waiting;
      await assert.rejects(wait(AbortSignal.abort(new RangeError('why'))), { name: 'RangeError', message: 'why' });
      await untouched();
    });

    test(`the blocking twin of ${name} takes no signal`, limit, async () => {
      const { waitSync, untouched } = await make(manager());
      const { signal } = new AbortController();
      assert.throws(() => waitSync({ signal }), { name: 'TypeError', code: 'ERR_MP_INVALID_ARG', message: /signal/ });
      await untouched();
    });
  }

  test('an item that comes while its getter gives up is got or stays', limit, async () => {
    const queue = await manager().Queue<number>();
    const got = new Set<number>();
    for (let i = 0; i < 100; i++) {
      const stop = new AbortController();
      const getting = queue.get({ signal: stop.signal }).then(
        (item) => got.add(item),
        () => {},
      );
      const putting = queue.put(i);
      stop.abort();
      await Promise.all([getting, putting]);
    }
    while ((await queue.qsize()) > 0) got.add(await queue.get());
    assert.equal(got.size, 100);
  });

  test('any method that waits can be given up by name', limit, async () => {
    const queue = await manager().Queue();
    const stop = new AbortController();
    const waiting = assert.rejects(queue.callMethod('get', [], { signal: stop.signal }), { name: 'AbortError' });
    stop.abort();
    await waiting;
    await assert.rejects(queue.callMethod('get', [], { signal: stop.signal }), { name: 'AbortError' });
    await queue.put('item');
    await waitUntil(async () => (await queue.qsize()) === 1, 'the item stays');
    // @ts-expect-error There is no such option.
    await assert.rejects(queue.callMethod('qsize', [], { timeout: 5 }), { code: 'ERR_MP_INVALID_ARG' });
  });
});
