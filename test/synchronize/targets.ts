// Functions that the tests of this folder run in children.
import type { Barrier, Condition, Event, Lock, RLock, Semaphore } from 'manycore';

/** Any lock or semaphore. */
export type AnyLock = Lock | RLock | Semaphore;

export function nothing(): void {}

/** Lives until it is killed. */
async function live(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 2 ** 31 - 1));
}

export function setEvent(event: Event): void {
  event.set();
}

/** Says when it waits, waits for the first event and answers with the second. */
export async function relay(ready: Semaphore, ask: Event, answer: Event): Promise<void> {
  ready.release();
  await ask.wait();
  answer.set();
}

/** As {@link relay}, blocked while it waits. */
export function relaySync(ready: Semaphore, ask: Event, answer: Event): void {
  ready.release();
  ask.waitSync();
  answer.set();
}

/** Holds the lock until `go`, then gives it back. */
export async function holdUntil(lock: AnyLock, held: Event, go: Event): Promise<void> {
  await lock.acquire();
  held.set();
  await go.wait();
  lock.release();
}

export async function holdForEver(lock: AnyLock, held: Event): Promise<void> {
  await lock.acquire();
  held.set();
  await live();
}

export function acquireAndEnd(lock: AnyLock): void {
  lock.acquireSync();
}

/** Whether it can be had here, and whether it looks taken. */
export function tryHere(lock: AnyLock): [boolean, boolean] {
  const looksTaken = lock.locked();
  const taken = lock.tryAcquire();
  if (taken) lock.release();
  return [taken, looksTaken];
}

/** Sleeps on the condition in the way of Python's test: counts itself before and after. */
export async function sleep(
  condition: Condition,
  sleeping: Semaphore,
  woken: Semaphore,
  timeout?: number,
): Promise<boolean> {
  await condition.acquire();
  sleeping.release();
  const told = await condition.wait({ timeout });
  woken.release();
  condition.release();
  return told;
}

/** As `sleep`, with the blocking twins. */
export function sleepSync(condition: Condition, sleeping: Semaphore, woken: Semaphore, timeout?: number): void {
  condition.acquireSync();
  sleeping.release();
  condition.waitSync({ timeout });
  woken.release();
  condition.release();
}

/** Counts a shared number up to `target` under the condition, telling at each step. */
export function countUp(condition: Condition, number: Int32Array, target: number): void {
  while ((number[0] ?? 0) < target) {
    condition.acquireSync();
    number[0] = (number[0] ?? 0) + 1;
    condition.notify();
    condition.release();
  }
}

/** Passes the barrier `passes` times and adds to a counter before and after each; answers how often it came first. */
export function passSync(barrier: Barrier, passes: number, before: Int32Array, wrong: Int32Array): number {
  let first = 0;
  for (let pass = 0; pass < passes; pass++) {
    Atomics.add(before, 0, 1);
    if (barrier.waitSync() === 0) first++;
    // All parties have counted this pass, and nobody more than one further.
    const count = Atomics.load(before, 0);
    if (count < (pass + 1) * barrier.parties || count > (pass + 2) * barrier.parties) Atomics.add(wrong, 0, 1);
  }
  return first;
}

export async function passOnce(barrier: Barrier, results: Int32Array): Promise<void> {
  const index = await barrier.wait();
  Atomics.add(results, index, 1);
}

export async function waitForEver(barrier: Barrier, ready: Semaphore): Promise<void> {
  ready.release();
  await barrier.wait();
}

/** Adds one without an atomic operation under a lock or semaphore. */
export function addUnder(lock: AnyLock, number: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    lock.acquireSync();
    number[0] = (number[0] ?? 0) + 1;
    lock.release();
  }
}

/** Takes and gives until it is killed; `inside` must never be more than one. */
export function churn(lock: AnyLock, inside: Int32Array): void {
  for (;;) {
    lock.acquireSync();
    // A killed predecessor may have left its mark; who takes over puts things right.
    if (lock.ownerDied) {
      inside[0] = 0;
      lock.markConsistent();
    }
    if (Atomics.add(inside, 0, 1) !== 0) Atomics.add(inside, 1, 1);
    Atomics.add(inside, 2, 1);
    Atomics.sub(inside, 0, 1);
    lock.release();
  }
}

/** Takes the lock all the time until the last word says that it is enough; counts its turns. */
export function takeTurns(lock: AnyLock, turns: Int32Array, index: number): void {
  while (Atomics.load(turns, turns.length - 1) === 0) {
    lock.acquireSync();
    Atomics.add(turns, index, 1);
    lock.release();
  }
}
