import type { Awaitable } from '../../base/types.ts';

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/** A generator, or another iterator, that stays in the server while clients step through it. */
export class ManagedIterator {
  readonly #iterator: AnyIterator;

  constructor(iterator: AnyIterator) {
    this.#iterator = iterator;
  }

  next(...args: [] | [unknown]): Awaitable<IteratorResult<unknown>> {
    return this.#iterator.next(...args);
  }

  return(value?: unknown): Awaitable<IteratorResult<unknown>> {
    return this.#iterator.return?.(value) ?? { done: true, value };
  }
}

/** Whether a result is something to step through, which cannot be sent itself. */
export function isIterator(value: unknown): value is AnyIterator {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if (!('next' in value) || typeof value.next !== 'function') return false;
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}
