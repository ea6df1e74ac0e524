import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { Event, Semaphore } from 'manycore';
import { run } from '#internal/process/run.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachSharingMethod } from '../helpers/matrix.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 60_000 };

test('an Event is clear, then set, then clear (SYN-18, SYN-20)', LIMIT, async () => {
  const event = new Event();
  assert.equal(event.isSet(), false);
  assert.match(inspect(event), /unset/);
  assert.equal(await event.wait(0), false);
  assert.equal(event.waitSync(0), false);
  const start = performance.now();
  assert.equal(await event.wait({ timeout: 20 }), false);
  assert.equal(event.waitSync(20), false);
  assert.ok(performance.now() - start >= 38);
  event.set();
  event.set();
  assert.equal(event.isSet(), true);
  assert.match(String(event), / set/);
  assert.equal(await event.wait(), true);
  assert.equal(event.waitSync(), true);
  event.clear();
  event.clear();
  assert.equal(event.isSet(), false);
  assert.equal(await event.wait(1), false);
});

test('all who wait go on, even if it is cleared at once', LIMIT, async () => {
  const event = new Event();
  const waiting = Array.from({ length: 500 }, () => event.wait());
  event.set();
  event.clear();
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([true]));
});

test('an aborted wait rejects', LIMIT, async () => {
  const event = new Event();
  await assert.rejects(event.wait({ signal: AbortSignal.abort(new Error('early')) }), /early/);
  const controller = new AbortController();
  const waiting = event.wait({ signal: controller.signal });
  controller.abort(new Error('late'));
  await assert.rejects(waiting, /late/);
});

eachSharingMethod('Event', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('a child wakes a waiting parent (SYN-19)', LIMIT, async () => {
    for (const wait of ['wait', 'waitSync'] as const) {
      const event = new Event();
      const child = startChild(method, targets.setEvent, event);
      assert.equal(await event[wait](), true);
      await child.join();
    }
  });

  test('wakes many processes', LIMIT, async () => {
    const [ready, ask, answer] = [new Semaphore(0), new Event(), new Event()];
    const children = [1, 2, 3].map(() => startChild(method, targets.relay, ready, ask, answer));
    for (const _ of children) await ready.acquire();
    ask.set();
    assert.equal(await answer.wait(), true);
    for (const child of children) await child.join();
  });

  test('SIGINT ends a long wait at once (SYN-17)', LIMIT, async () => {
    for (const target of [targets.relay, targets.relaySync]) {
      const [ready, ask, answer] = [new Semaphore(0), new Event(), new Event()];
      const child = startChild(method, target, ready, ask, answer);
      await ready.acquire();
      child.interrupt();
      await child.join();
      assert.notEqual(child.exitCode, 0);
      assert.equal(answer.isSet(), false);
    }
  });
});
