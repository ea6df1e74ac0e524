import type { BatchRun } from '../protocol.ts';
import type { Pending } from './proxy-types.ts';

/** A batch that was noted down. */
export interface Recorded {
  readonly runs: readonly BatchRun[];
  /** What the caller wants of the results. */
  readonly wanted: unknown;
}

interface OpenRun extends BatchRun {
  count: number;
  readonly args: unknown[];
}

/** Notes down the calls that `build` makes on its argument, all of whose properties are methods. */
export function record(object: number, build: (recorder: object) => unknown): Recorded {
  const runs: OpenRun[] = [];
  let last: OpenRun | undefined;
  let count = 0;
  const note = (method: string, args: readonly unknown[]): Pending<unknown> => {
    if (last === undefined || last.method !== method || last.arity !== args.length) {
      last = { object, method, arity: args.length, count: 0, args: [] };
      runs.push(last);
    }
    last.count++;
    for (const argument of args) last.args.push(argument);
    return { index: count++ };
  };
  // Asked for each name once: then it is a property of the recorder, which is found without the detour.
  const names = new Proxy(Object.create(null) as object, {
    get: (_, name, recorder: object) => {
      // `then` would make the recorder look like a promise.
      if (typeof name !== 'string' || name === 'then') return undefined;
      const value = (...args: unknown[]): Pending<unknown> => note(name, args);
      Object.defineProperty(recorder, name, { value });
      return value;
    },
  });
  const recorder = Object.create(names) as object;
  return { runs, wanted: build(recorder) };
}
