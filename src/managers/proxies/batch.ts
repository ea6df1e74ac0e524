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
  // Each method is made once: the second look finds it on the target.
  const methods: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const recorder = new Proxy(methods, {
    get: (_, name) => {
      // `then` would make the recorder look like a promise.
      if (typeof name !== 'string' || name === 'then') return undefined;
      return (methods[name] ??= (...args: unknown[]) => note(name, args));
    },
  });
  return { runs, wanted: build(recorder) };
}
