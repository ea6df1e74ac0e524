import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedSemaphore, Condition, Lock, Process, RawArray } from 'manycore';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as targets from './locks-targets.ts';

/** Seconds of killing; a minute or more shows more. */
const SECONDS = Number(process.env['MANYCORE_STRESS_SECONDS'] ?? 5);
const { lockSync, lockTasks, passGate, sleepAndNotify } = targets;
const WORK = [lockSync, lockTasks, passGate, sleepAndNotify];

test(
  `locks stay usable while processes are killed in the middle, for ${SECONDS} s`,
  { timeout: (SECONDS + 60) * 1000 },
  async (context) => {
    const arena: targets.Arena = {
      lock: new Lock(),
      gate: new BoundedSemaphore(2),
      condition: new Condition(),
      numbers: RawArray('i', 8),
    };
    const { numbers } = arena;
    const start = (index: number): Process<[targets.Arena]> => {
      const child = new Process<[targets.Arena]>({ target: WORK[index % WORK.length], args: [arena], daemon: true });
      child.start();
      return child;
    };
    const kinds = [0, 1, 2, 3, 3];
    const children = kinds.map(start);
    const end = performance.now() + SECONDS * 1000;
    let kills = 0;
    while (performance.now() < end) {
      const [lockTurns, gateTurns, turns] = [
        Atomics.load(numbers, 2),
        Atomics.load(numbers, 4),
        Atomics.load(numbers, 6),
      ];
      // A lock that is stuck shows here: all three go on, whoever was killed.
      await waitUntil(() => Atomics.load(numbers, 2) > lockTurns + 100, 'the lock goes on');
      await waitUntil(() => Atomics.load(numbers, 4) > gateTurns + 10, 'the gate goes on');
      await waitUntil(() => Atomics.load(numbers, 6) > turns, 'the condition goes on');
      const victim = Math.floor(Math.random() * children.length);
      children[victim]?.kill();
      await children[victim]?.join();
      children[victim] = start(kinds[victim] ?? 0);
      kills++;
    }
    for (const child of children) child.kill();
    for (const child of children) await child.join();
    for (const lock of [arena.lock, arena.gate, arena.condition]) {
      assert.equal(await lock.acquire(10_000), true);
      lock.release();
    }
    assert.equal(numbers[1], 0);
    context.diagnostic(`${kills} killed; turns: lock ${numbers[2]}, gate ${numbers[4]}, condition ${numbers[6]}`);
  },
);
