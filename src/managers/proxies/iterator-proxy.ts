import { BaseProxy, call, callSync } from './base-proxy.ts';
import type { RemoteIterator } from './proxy-types.ts';

/** Proxy of a generator or another iterator: each step is one round trip. */
export class IteratorProxy<Y = unknown> extends BaseProxy<object> implements RemoteIterator<Y> {
  async next(...args: [] | [unknown]): Promise<IteratorResult<Y>> {
    return (await call(this, 'next', args)) as IteratorResult<Y>; // what iterators give
  }

  nextSync(...args: [] | [unknown]): IteratorResult<Y> {
    return callSync(this, 'next', args) as IteratorResult<Y>; // what iterators give
  }

  async return(value?: unknown): Promise<IteratorResult<Y>> {
    return (await call(this, 'return', [value])) as IteratorResult<Y>; // what iterators give
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  *[Symbol.iterator](): Generator<Y> {
    // Over unless the loop that uses this stops in the middle.
    let isOver = true;
    try {
      for (let step = this.nextSync(); step.done !== true; step = this.nextSync()) {
        isOver = false;
        yield step.value;
        isOver = true;
      }
    } finally {
      // Then the one in the server is left as well.
      if (!isOver) callSync(this, 'return', []);
    }
  }
}
