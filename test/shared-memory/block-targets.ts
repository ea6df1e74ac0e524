// Functions that the tests of named memory run in children.
import { type Queue, type ShareableList, SharedMemory } from 'manycore';

export function writeBlock(given: SharedMemory | string, index: number, value: number): void {
  const block = typeof given === 'string' ? new SharedMemory({ name: given }) : given;
  block.buf[index] = value;
  block.close();
}

export function fill(numbers: Float64Array, value: number): void {
  numbers.fill(value);
}

export function setItem(list: ShareableList, index: number, value: string | number): string {
  list.set(index, value);
  const { name } = list.shm;
  list.shm.close();
  return name;
}

/** Makes a block, tells its name, and ends without closing it once it may. */
export async function makeAndLeave(names: Queue<string>, mayEnd: Queue<string>): Promise<void> {
  await names.put(new SharedMemory({ create: true, size: 10 }).name);
  await mayEnd.get();
}
