import { BaseProxy, call, callSync } from './base-proxy.ts';
import type { RemoteIterator } from './proxy-types.ts';

/** Proxy of a generator or another iterator: each step is one round trip. Lets go of it when it has ended. */
export class IteratorProxy<Y = unknown> extends BaseProxy<object> implements RemoteIterator<Y> {
  #isOver = false;

  async next(...args: [] | [unknown]): Promise<IteratorResult<Y>> {
    return this.#isOver ? OVER : this.#stepped(await call(this, 'next', args));
  }

  nextSync(...args: [] | [unknown]): IteratorResult<Y> {
    return this.#isOver ? OVER : this.#stepped(callSync(this, 'next', args));
  }

  async return(value?: unknown): Promise<IteratorResult<Y>> {
    return this.#isOver ? { done: true, value } : this.#stepped(await call(this, 'return', [value]));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  *[Symbol.iterator](): Generator<Y> {
    try {
      for (let step = this.nextSync(); step.done !== true; step = this.nextSync()) yield step.value;
    } finally {
      // When the loop is left early, so is the one in the server.
      if (!this.#isOver) this.#stepped(callSync(this, 'return', []));
    }
  }

  #stepped(answer: unknown): IteratorResult<Y> {
    const step = answer as IteratorResult<Y>; // what iterators give
    if (step.done === true && !this.#isOver) {
      this.#isOver = true;
      this[Symbol.dispose]();
    }
    return step;
  }
}

const OVER: IteratorResult<never> = Object.freeze({ done: true, value: undefined });
