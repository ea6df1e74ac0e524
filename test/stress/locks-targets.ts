// What the children of the stress test do until they are killed.
import type { Condition, Lock, Semaphore } from 'manycore';

export interface Arena {
  readonly lock: Lock;
  readonly gate: Semaphore;
  readonly condition: Condition;
  /** 0 inside the lock, 1 mistakes, 2 turns of the lock, 3 inside the gate, 4 turns of the gate, 5 notified, 6 turns of the condition. */
  readonly numbers: Int32Array;
}

/** Blocks for the lock, again and again. */
export function lockSync({ lock, numbers }: Arena): void {
  for (;;) {
    lock.acquireSync();
    enter(lock, numbers);
    lock.release();
  }
}

/** The same in many tasks. */
export async function lockTasks({ lock, numbers }: Arena): Promise<void> {
  const work = async (): Promise<void> => {
    for (;;) {
      // Some give up, so that leaving is part of it.
      if (!(await lock.acquire({ timeout: Math.random() < 0.2 ? 1 : undefined }))) continue;
      enter(lock, numbers);
      lock.release();
    }
  };
  await Promise.all([work(), work(), work()]);
}

function enter(lock: Lock, numbers: Int32Array): void {
  if (lock.ownerDied) {
    Atomics.store(numbers, 0, 0);
    lock.markConsistent();
  }
  if (Atomics.add(numbers, 0, 1) !== 0) Atomics.add(numbers, 1, 1);
  Atomics.add(numbers, 2, 1);
  Atomics.sub(numbers, 0, 1);
}

export async function passGate({ gate, numbers }: Arena): Promise<void> {
  for (;;) {
    if (Math.random() < 0.5) gate.acquireSync();
    else await gate.acquire();
    Atomics.add(numbers, 4, 1);
    gate.release();
  }
}

export async function sleepAndNotify({ condition, numbers }: Arena): Promise<void> {
  for (;;) {
    await condition.acquire();
    if (condition.sleeping > 1) condition.notify(2);
    else if (await condition.wait({ timeout: 20 })) Atomics.add(numbers, 5, 1);
    Atomics.add(numbers, 6, 1);
    condition.release();
  }
}
