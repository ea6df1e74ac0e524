// Functions that make objects in one process and use them in another.
import assert from 'node:assert/strict';
import { type Connection, Event, Lock, Pipe, Process, Queue, RawArray, Value } from 'manycore';

export interface Objects {
  readonly queue: Queue<unknown>;
  readonly array: Float64Array;
  readonly value: { value: number };
  readonly event: Event;
  readonly lock: Lock;
  readonly pipe: Connection;
}

export function nothing(): void {}

function newObjects(): Objects {
  const [queue, array, value, event] = [new Queue<unknown>(), RawArray('d', 10), Value('i', 42), new Event()];
  queue.putSync('first');
  queue.putSync({ second: 2 });
  array[3] = 0.5;
  event.set();
  const [pipe, far] = Pipe();
  far.sendSync('through the pipe');
  far.close();
  return { queue, array, value, event, lock: new Lock(), pipe };
}

export async function makeAll(box: Queue<Objects>): Promise<void> {
  const objects = newObjects();
  await box.put(objects);
  objects.pipe.close();
}

export async function makeAllInPipe(pipe: Connection<Objects>): Promise<void> {
  const objects = newObjects();
  await pipe.send(objects);
  objects.pipe.close();
}

export async function useAll(box: Queue<Objects>, answers: Queue<string>): Promise<void> {
  const { queue, array, value, event, lock, pipe } = await box.get();
  assert.deepEqual([await queue.get(), await queue.get()], ['first', { second: 2 }]);
  assert.deepEqual([array[3], value.value, event.isSet()], [0.5, 42, true]);
  await lock.use(() => {});
  assert.equal(await pipe.recv(), 'through the pipe');
  pipe.close();
  await answers.put('all');
}

export async function haveGrandchildUse(box: Queue<Objects>, answers: Queue<string>): Promise<void> {
  const grandchild = new Process({ target: useAll, args: [box, answers] });
  grandchild.start();
  await grandchild.join();
}
