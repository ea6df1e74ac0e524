// oxlint-disable unicorn/no-array-sort, unicorn/no-array-reverse, typescript/require-array-sort-compare -- methods of proxies, named as those of arrays.
// What the children of these tests run.
import assert from 'node:assert/strict';
import type {
  BarrierProxy,
  ConditionProxy,
  DictProxy,
  EventProxy,
  JoinableQueueProxy,
  ListProxy,
  LockProxy,
  NamespaceProxy,
  Queue,
  QueueProxy,
  RLockProxy,
  SemaphoreProxy,
  ValueProxy,
  ArrayProxy,
} from 'manycore';

export async function useEvent(event: EventProxy): Promise<void> {
  assert.equal(await event.isSet(), false);
  await event.set();
  assert.equal(await event.wait(10), true);
}

export async function useLock(lock: LockProxy): Promise<void> {
  assert.equal(await lock.acquire(), true);
  assert.equal(await lock.locked(), true);
}

export async function useRLock(lock: RLockProxy): Promise<void> {
  await lock.acquire();
  await lock.acquire();
  await lock.release();
  await lock.release();
  await assert.rejects(lock.release(), { name: 'ProcessError' });
}

export async function takePermit(semaphore: SemaphoreProxy): Promise<void> {
  assert.equal(await semaphore.acquire(), true);
}

export async function useCondition(condition: ConditionProxy): Promise<void> {
  await condition.acquire();
  await condition.notifyAll();
  await condition.release();
}

export async function useBarrier(barrier: BarrierProxy): Promise<void> {
  assert.equal(await barrier.parties(), 5);
  await barrier.reset();
}

export async function useQueue(queue: QueueProxy<number>): Promise<void> {
  await queue.put(1);
  await queue.put(2);
  assert.equal(await queue.full(), true);
  assert.equal(await queue.qsize(), 2);
  await assert.rejects(queue.put(3, 5), { code: 'ERR_MP_QUEUE_FULL' });
}

export async function useJoinableQueue(queue: JoinableQueueProxy<string>): Promise<void> {
  await queue.put('item');
  assert.equal(await queue.get(), 'item');
  await queue.taskDone();
}

export async function useList(list: ListProxy<number>): Promise<void> {
  assert.equal(await list.count(1), 1);
  await list.push(4);
  await list.sort();
  await list.reverse();
  assert.equal(await list.pop(), 1);
}

export async function useDict(dict: DictProxy<string, number>): Promise<void> {
  assert.deepEqual(await dict.keys(), ['a', 'b']);
  assert.deepEqual(await dict.popItem(), ['b', 2]);
  await dict.set('c', 3);
}

export async function useValue(value: ValueProxy): Promise<void> {
  assert.equal(await value.get(), 1);
  await value.set(2);
}

export async function useArray(array: ArrayProxy): Promise<void> {
  assert.equal(await array.length(), 5);
  await array.set(0, 20);
}

export async function useNamespace(namespace: NamespaceProxy): Promise<void> {
  assert.equal(await namespace.get('x'), 0);
  await namespace.set('x', 1);
}

export async function holdForEver(lock: LockProxy, held: EventProxy): Promise<void> {
  await lock.acquire();
  await held.set();
  await new Promise(() => setInterval(() => {}, 1000));
}

/** Takes its copy of a proxy out of a queue, after the sender has let go of its own. */
export async function useFromQueue(queue: { get(): Promise<ListProxy<string>> }, done: EventProxy): Promise<void> {
  const list = await queue.get();
  await list.push('from the child');
  await done.set();
}

/** Operations of all kinds until its end; only whole steps count. */
export async function mixed(
  own: number,
  count: number,
  dict: DictProxy<string, number>,
  list: ListProxy<number>,
  lock: LockProxy,
  tallies: Int32Array,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    // First it says that it begins a step, then that the step is over: a step that was cut may have happened or not.
    Atomics.store(tallies, 2 * own, i + 1);
    switch (i % 4) {
      case 0:
        await dict.update('sum', { op: 'add', by: 1 });
        break;
      case 1:
        await list.push(own);
        break;
      case 2:
        await lock.use(async () => dict.set('guarded', ((await dict.get('guarded')) ?? 0) + 1));
        break;
      default:
        await dict.batch((calls) => [calls.set(`own ${own}`, i), calls.get('sum')]);
    }
    Atomics.store(tallies, 2 * own + 1, i + 1);
  }
}

export function square(x: number): number {
  return x * x;
}

export async function takeForEver(semaphore: SemaphoreProxy, taken: EventProxy): Promise<void> {
  await semaphore.acquire();
  await taken.set();
  await new Promise(() => setInterval(() => {}, 1000));
}

export async function waitForItem(queue: QueueProxy<string>, waits: EventProxy): Promise<void> {
  const item = queue.get();
  await waits.set();
  await item;
}

export function endProcess(pid: number): void {
  process.kill(pid, 'SIGKILL');
}

export async function putInto(queue: QueueProxy): Promise<void> {
  await queue.put('from the child');
}

let kept = '';

export function remember(text: string): void {
  kept = text;
}

export function remembered(): string {
  return kept;
}

export function ownPid(): number {
  return process.pid;
}

export function hang(): never {
  for (;;);
}

export function failOn(item: number): never {
  throw new RangeError(`not ${item}`);
}

/** Has a queue and takes nothing out of it. */
export async function holdUnread(_queue: Queue<unknown>, ready: EventProxy): Promise<void> {
  await ready.set();
  await new Promise(() => setInterval(() => {}, 1000));
}

/** Sends a proxy on and ends at once. */
export async function passOn(list: ListProxy<string>, queue: Queue<unknown>): Promise<void> {
  // Over a socket it is connected from now on.
  await list.length();
  queue.putSync(list);
  process.exit(0);
}

/** Sends a proxy on before it has used it, and ends at once. */
export function passOnUnused(list: ListProxy<string>, queue: Queue<unknown>): void {
  queue.putSync(list);
  process.exit(0);
}

/** As {@link passOnUnused}, twice, and then uses it itself. */
export async function passOnAndUse(list: ListProxy<string>, queue: Queue<unknown>): Promise<void> {
  for (let i = 0; i < 2; i++) queue.putSync(list);
  await list.push('from the child');
}

export async function push(list: ListProxy<string>): Promise<void> {
  await list.push('from the child');
}

/** Ends its worker at the first attempt. */
export async function pushAndDieOnce(list: ListProxy<string>): Promise<number> {
  const length = await list.push('from a task');
  if (length === 1) process.exit(3);
  return length;
}
