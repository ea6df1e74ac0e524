// What clients of two managers run. Each says in the first word where it is, and stays there until it is killed.
import type { DictProxy, ListProxy } from 'manycore';

type Lists = DictProxy;

/** What a manager is made to own in order to hold it up. */
export class Gate {
  /** Stands still, with all that the server does, until the second word is set. */
  stand(words: Int32Array): void {
    stayWhile(words, 0);
  }
}

function stayWhile(words: Int32Array, value: number): void {
  Atomics.store(words, 0, 1);
  while (Atomics.load(words, 1) === value);
}

function stay(words: Int32Array): void {
  Atomics.store(words, 0, 1);
  for (;;);
}

/** Asks, and never looks at the answer. */
export function askAndStay(lists: Lists, words: Int32Array): void {
  void lists.get('list');
  stay(words);
}

/** Stops while it loads what it needs to read the answer. */
export async function stayWhileReading(lists: Lists, words: Int32Array): Promise<void> {
  Reflect.set(globalThis, 'stallHere', words);
  await lists.get('list');
}

export async function readAndStay(lists: Lists, words: Int32Array): Promise<void> {
  const list = await lists.get('list');
  stay(words);
  await lists.set('never', list);
}

/** Stops in the middle of writing a request. */
export async function stayWhileWriting(lists: Lists, list: ListProxy<string>, words: Int32Array): Promise<void> {
  // Over a socket it is connected from now on.
  await list.length();
  const trap = {
    get stop() {
      return stay(words);
    },
  };
  void lists.set('list', [list, trap]);
}

export async function writeAndStay(lists: Lists, list: ListProxy<string>, words: Int32Array): Promise<void> {
  await list.length();
  void lists.set('list', list);
  stay(words);
}

/** Ends as soon as the request is on its way. */
export function writeAndEnd(lists: Lists, list: ListProxy<string>): void {
  void lists.set('list', list);
  process.exit(0);
}
