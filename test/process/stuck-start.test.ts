import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Pool, Process, run, type WorkerLostError } from 'manycore';
import { Spares } from '#internal/process/spares.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { onEachMethod, skips } from './methods.ts';

// At the limit of processes Node's own start may hang, but nobody can make it do so each time. What its parent sees of it can be
// had each time: a program with one thread, which sleeps.

onEachMethod('a Node whose start hangs', (method) => {
  const LIMIT = { timeout: 60_000, skip: skips(method, 'system-refuses') };
  const WORDS = /refused Node one of its own threads.*limit of processes/s;
  const node = process.execPath;
  let folder: string;

  trackLeaks({ warmUp: () => run(Math.abs, [1]) });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'manycore-test-'));
    const hanging = join(folder, 'node');
    writeFileSync(hanging, '#!/bin/sh\nexec sleep 600\n');
    chmodSync(hanging, 0o755);
    // A prepared process has begun already.
    Spares.current().dismiss();
    process.execPath = hanging;
  });

  after(() => {
    process.execPath = node;
    rmSync(folder, { recursive: true });
  });

  test('is killed, and whoever joins it goes on', LIMIT, async () => {
    for (const how of ['join', 'joinSync'] as const) {
      const child = new Process({ target: Math.abs, args: [1] });
      child.start();
      await child[how]();
      assert.equal(child.exitCode, -9, how);
    }
  });

  test('is the error of `run`, with the reason', LIMIT, async () => {
    const isSaid = ({ code, stderr }: WorkerLostError): boolean => code === 'ERR_MP_WORKER_LOST' && WORDS.test(stderr);
    await assert.rejects(run(Math.abs, [1]), isSaid);
  });

  test('is the error of tasks of a pool, blocking ones too', LIMIT, async () => {
    const isSaid = ({ code, stderr }: WorkerLostError): boolean => code === 'ERR_MP_WORKER_LOST' && WORDS.test(stderr);
    const pool = new Pool(1);
    await assert.rejects(pool.apply(Math.abs, [1]), isSaid);
    await pool.terminate();
    const blocking = new Pool(1);
    assert.throws(() => blocking.applySync(Math.abs, [1]), isSaid);
    await blocking.terminate();
  });
});
