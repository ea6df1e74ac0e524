import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Event, Pool, type PoolEvent, type TaskEndEvent, type TaskEvent, WorkerLostError } from 'manycore';
import { EVENT_FIELDS } from '#internal/workers/events.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod, isSpare } from '../helpers/matrix.ts';
import { repository } from '../helpers/program.ts';
import { withoutAddon } from '../helpers/without-addon.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 20_000 };

/** An event, with the name of its channel without the prefix. */
type Heard = PoolEvent & { readonly channel: string };

/** Everything that happens in pools while `body` runs. */
async function listen(body: (heard: Heard[]) => Promise<void>): Promise<Heard[]> {
  const heard: Heard[] = [];
  const listeners = Object.keys(EVENT_FIELDS).map((name) => {
    const listener = (message: unknown): void => {
      heard.push({ channel: name.slice('manycore:'.length), ...(message as PoolEvent) });
    };
    subscribe(name, listener);
    return () => unsubscribe(name, listener);
  });
  try {
    await body(heard);
  } finally {
    for (const stop of listeners) stop();
  }
  return heard;
}

function channelsOf(heard: readonly Heard[]): string[] {
  return heard.map(({ channel }) => channel);
}

function of<E extends PoolEvent>(heard: readonly Heard[], channel: string): E[] {
  // Each channel has one kind of message, which the test of their fields proves.
  return heard.filter((one) => one.channel === channel) as unknown as E[];
}

eachStartMethod('the events of a pool', (method) => {
  trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const context = contextOf(method);

  test('every step of a life is told, in its order', LIMIT, async () => {
    const heard = await listen(async () => {
      const pool = new Pool({ processes: 1, context, name: 'told' });
      assert.equal(await pool.apply(tasks.reports, [1]), 1);
      await assert.rejects(pool.apply(tasks.fails, ['/x']), tasks.FileMissing);
      pool.close();
      await pool.join();
    });
    assert.ok(heard.every(({ pool, time }, i) => pool === 'told' && time >= (heard[i - 1]?.time ?? 0)));
    // A submission does not wait until a worker is ready.
    const lives = heard.filter(({ channel }) => !channel.startsWith('task:'));
    assert.deepEqual(channelsOf(lives), ['pool:open', 'worker:start', 'worker:ready', 'pool:close', 'worker:end', 'pool:end']); // prettier-ignore
    const first = heard.filter((one) => one.channel.startsWith('task:') && Reflect.get(one, 'task') === 1);
    assert.deepEqual(channelsOf(first), ['task:submit', 'task:start', 'task:progress', 'task:end']);
    const [done, failed] = of<TaskEndEvent>(heard, 'task:end');
    assert.deepEqual([done?.outcome, done?.name, done?.error], ['done', 'reports', undefined]);
    assert.ok((done?.duration ?? -1) >= 0);
    assert.ok(failed?.outcome === 'failed' && failed.error instanceof tasks.FileMissing);
  });

  test('messages hold what the table says and nothing else', { ...LIMIT, skip: withoutAddon('crossing') }, async () => {
    const heard = await listen(async (sofar) => {
      await withPool({ processes: 1, context, retries: 1 }, async (pool) => {
        assert.equal(await pool.apply(tasks.exitsOnce, [1]), 3);
        await pool.apply(tasks.reports, [1]);
        const gate = new Event();
        const held = pool.apply(tasks.waitsFor, [gate]);
        // More than fit in shared memory while the worker waits.
        const calls = range(2_100).map((i) => pool.apply(tasks.square, [i]));
        gate.set();
        await Promise.all([held, ...calls]);
        await waitUntil(() => sofar.some(({ channel }) => channel === 'worker:ready'), 'one is ready');
        pool.close();
        await pool.join();
      });
    });
    assert.deepEqual(new Set(channelsOf(heard)), new Set(Object.keys(EVENT_FIELDS).map((name) => name.slice(9))));
    for (const { channel, ...message } of heard) {
      const fields = ['pool', 'time', ...(EVENT_FIELDS[`manycore:${channel}`] ?? [])];
      assert.deepEqual(Object.keys(message), fields, channel);
    }
  });

  test('a worker that is lost is told, with its task and its successor', LIMIT, async () => {
    const heard = await listen(() =>
      withPool({ processes: 1, context }, async (pool) => {
        await assert.rejects(pool.apply(tasks.exits, [3]), WorkerLostError);
        assert.equal(await pool.apply(tasks.square, [2]), 4);
      }),
    );
    const [lost] = of<TaskEndEvent>(heard, 'task:end');
    assert.ok(lost?.outcome === 'lost' && lost.error instanceof WorkerLostError);
    assert.equal(of(heard, 'worker:lost').length, 1);
    const [replaced] = of<PoolEvent & { workerId: number; replaces: number }>(heard, 'worker:replace');
    assert.deepEqual([replaced?.workerId, replaced?.replaces], [2, 1]);
  });

  test('what is cancelled ends once, whether it ran or waited', LIMIT, async () => {
    const heard = await listen((sofar) =>
      withPool({ processes: 1, context }, async (pool) => {
        const running = pool.applyAsync(tasks.untilAborted);
        const waiting = pool.applyAsync(tasks.square, [2]);
        assert.ok(waiting.cancel());
        await waitUntil(() => sofar.some(({ channel }) => channel === 'task:start'), 'the first one runs');
        assert.ok(running.cancel());
        assert.equal(await pool.apply(tasks.square, [3]), 9);
      }),
    );
    const ends = of<TaskEndEvent>(heard, 'task:end');
    assert.deepEqual(
      ends.map(({ task, outcome }) => [task, outcome]).toSorted(([a], [b]) => Number(a) - Number(b)),
      [[1, 'cancelled'], [2, 'cancelled'], [3, 'done']], // prettier-ignore
    );
  });

  test('a subscriber that throws takes no task down', LIMIT, () =>
    withPool({ processes: 1, context }, async (pool) => {
      const errors: unknown[] = [];
      const known = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => void errors.push(error));
      const fails = (): never => {
        throw new RangeError('a subscriber that throws on purpose');
      };
      subscribe('manycore:task:end', fails);
      try {
        assert.deepEqual(await pool.map(tasks.square, [1, 2], 1), [1, 4]);
        await waitUntil(() => errors.length === 2, 'both were told');
      } finally {
        unsubscribe('manycore:task:end', fails);
        process.removeAllListeners('uncaughtException');
        for (const listener of known) process.on('uncaughtException', listener);
      }
    }),
  );

  test('a subscriber that comes late hears of what comes then', LIMIT, () =>
    withPool({ processes: 1, context }, async (pool) => {
      await pool.apply(tasks.square, [1]);
      const heard = await listen(async () => void (await pool.apply(tasks.square, [2])));
      assert.deepEqual(
        of<TaskEvent>(heard, 'task:start').map(({ task }) => task),
        [2],
      );
      assert.equal(await pool.apply(tasks.square, [3]), 9);
    }),
  );
});

describe('the guide to events', () => {
  test('lists every channel with the fields of its messages', { timeout: 5_000 }, () => {
    const page = readFileSync(join(repository, 'docs', 'guide', 'insights-and-diagnostics.md'), 'utf8');
    const rows = [...page.matchAll(/^\| `(manycore:[a-z:]+)` \|[^|]*\|([^|]*)\|$/gm)];
    const documented = rows.map(([, name, fields]) => [
      name,
      [...(fields ?? '').matchAll(/`(\w+)`/g)].map(([, field]) => field),
    ]);
    assert.deepEqual(Object.fromEntries(documented), EVENT_FIELDS);
  });
});
