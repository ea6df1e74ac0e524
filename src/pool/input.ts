import { types } from 'node:util';

/** What an input gives: an item, its end, or what it threw. */
export type Step =
  | { readonly kind: 'item'; readonly value: unknown }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: unknown };

/** A sync or async input whose errors are steps. */
export interface Input {
  next(): Step | Promise<Step>;
  /** Nobody wants more of it. */
  close(): void;
}

const END: Step = { kind: 'end' };

/** @param isSync Whether it is read while the thread blocks, so that only a sync iterator will do. */
export function openInput(input: Iterable<unknown> | AsyncIterable<unknown>, isSync: boolean): Input {
  return !isSync && Symbol.asyncIterator in input ? openAsync(input) : openSync(input as Iterable<unknown>);
}

function openSync(input: Iterable<unknown>): Input {
  let iterator: Iterator<unknown> | undefined;
  let isOver = false;
  const next = (): Step => {
    try {
      iterator ??= input[Symbol.iterator]();
      const { done, value } = iterator.next();
      if (!done) return { kind: 'item', value };
      isOver = true;
      return END;
    } catch (error) {
      isOver = true;
      return { kind: 'error', error };
    }
  };
  const close = (): void => {
    if (isOver) return;
    isOver = true;
    iterator?.return?.();
  };
  return { next, close };
}

function openAsync(input: AsyncIterable<unknown>): Input {
  let iterator: AsyncIterator<unknown> | undefined;
  let isOver = false;
  const next = async (): Promise<Step> => {
    try {
      iterator ??= input[Symbol.asyncIterator]();
      const { done, value } = await iterator.next();
      if (!done) return { kind: 'item', value };
      isOver = true;
      return END;
    } catch (error) {
      isOver = true;
      return { kind: 'error', error };
    }
  };
  const leave = async (): Promise<void> => {
    try {
      await iterator?.return?.();
    } catch {
      // A generator that still waits for its own input ends when that comes: nobody waits for it, or for its errors.
    }
  };
  const close = (): void => {
    if (!isOver) void leave();
    isOver = true;
  };
  return { next, close };
}

const { iterator } = Symbol;
const { values } = Array.prototype;

/** All items of a sync input: the input itself when it is an array, which its iterator would only copy. */
export function listOf(input: Iterable<unknown>): readonly unknown[] {
  const isPlain =
    Array.isArray(input) &&
    !types.isProxy(input) &&
    Object.getPrototypeOf(input) === Array.prototype &&
    Reflect.get(input, iterator) === values;
  return isPlain ? input : [...input];
}
