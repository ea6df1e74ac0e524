import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { activeChildren } from '#internal/process/process.js';
import { run } from '#internal/process/run.js';
import { startWorker, type WorkerProcess } from '#internal/process/worker-process.js';
import { Parker } from '#internal/shared-memory/parker.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { fixture } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { onEachMethod, skips } from './methods.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 30_000 };
const ECHO = pathToFileURL(fixture('process/echo-worker.mjs'));
const [WORD, QUIT] = [1, 2];

function send(worker: WorkerProcess, kind: number, text: string): void {
  worker.channel.send(kind, 0, { bytes: Buffer.from(text), buffers: [] });
}

/** Collects what the worker says until it has ended. */
function listen(worker: WorkerProcess): { words: string[]; ended: Promise<readonly [number, number]> } {
  const words: string[] = [];
  const poller = (): void => worker.channel.receive((_kind, _id, bytes) => words.push(Buffer.from(bytes).toString()));
  Parker.current().add(poller);
  const ended = new Promise<readonly [number, number]>((resolve) => {
    worker.onExit((exitCode, signal) => {
      Parker.current().delete(poller);
      resolve([exitCode, signal]);
    });
  });
  return { words, ended };
}

onEachMethod('startWorker()', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('a worker serves requests that were sent before it began, and others (PROC-31)', LIMIT, async () => {
    const worker = startWorker({ name: 'Echo-1', main: ECHO, payload: { greeting: 'hello' } });
    assert.equal(worker.process.name, 'Echo-1');
    assert.equal(worker.process.daemon, true);
    assert.ok(activeChildren().includes(worker.process));
    const { words, ended } = listen(worker);
    send(worker, WORD, 'early');
    await waitUntil(() => words.length === 2, 'it answered');
    send(worker, WORD, 'late');
    await waitUntil(() => words.length === 3, 'it answered again');
    send(worker, QUIT, '');
    assert.deepEqual(await ended, [0, 0]);
    assert.deepEqual(words, ['hello from Echo-1', 'EARLY', 'LATE', 'bye']);
    assert.ok(!activeChildren().includes(worker.process));
  });

  test('the exit of a killed worker is told once, after everything it sent', LIMIT, async () => {
    const worker = startWorker({ name: 'Echo-2', main: ECHO, payload: { greeting: 'hello' } });
    const { words, ended } = listen(worker);
    await waitUntil(() => words.length === 1, 'it began');
    assert.equal(worker.hasBegun, true);
    assert.equal(worker.poll(), false);
    worker.kill(9);
    assert.deepEqual(await ended, [-9, 9]);
    assert.equal(worker.poll(), true);
  });

  test('a thread that blocks learns of the end too', LIMIT, async () => {
    const worker = startWorker({ name: 'Echo-3', main: ECHO, payload: {} });
    let seen: readonly number[] = [];
    worker.onExit((...status) => (seen = status));
    worker.kill(15);
    worker.process.joinSync();
    assert.deepEqual(seen, [-15, 15]);
  });

  test('what a worker said last on stderr is kept', { ...LIMIT, skip: skips(method, 'last-words') }, async () => {
    const worker = startWorker({
      name: 'Echo-4',
      main: ECHO,
      payload: { complaint: 'not again' },
      env: { QUIET: '1' },
    });
    const { ended } = listen(worker);
    assert.deepEqual(await ended, [1, 0]);
    assert.match(worker.stderr, /^not again\nProcess Echo-4 \(pid \d+(?:, thread \d+)?\):\nError: not again\n/);
  });

  test('a payload that cannot be sent is refused', LIMIT, () => {
    assert.throws(() => startWorker({ name: 'Echo-5', main: ECHO, payload: Promise.resolve() }), {
      code: 'ERR_MP_NOT_SENDABLE',
    });
  });
});
