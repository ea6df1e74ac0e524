import { wrongRange } from '../base/invalid.ts';
import { checkFunction, checkIterable } from '../base/options.ts';
import type { AnyFunction } from '../base/types.ts';
import type { Advice } from './advise.ts';
import type { BenchmarkResult } from './benchmark-task.ts';
import { type AdviseOptions, type BenchmarkOptions, checkAdviseOptions, checkBenchmarkOptions } from './options.ts';

// Only few programs measure: what does it is loaded when it is asked for.

/**
 * Calls `fn` for each item, one after the other and then on a pool, and prints what that brings.
 *
 * @param items At least one; each is the argument of a call.
 * @returns Both times, the speed-up, the efficiency; `String(result)` is the table.
 * @throws What a call throws.
 *
 * @example
 * ```ts
 * const { speedup } = await benchmarkTask(cpuBound, [1e6, 1e6, 1e6, 1e6]);
 * ```
 */
export function benchmarkTask<T, R>(
  fn: (item: T) => R,
  items: Iterable<T>,
  options: BenchmarkOptions = {},
): Promise<BenchmarkResult> {
  const list = checked('benchmarkTask', fn, items);
  checkBenchmarkOptions('benchmarkTask', options);
  return measure(fn, list, options);
}

async function measure(fn: AnyFunction, list: unknown[], options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { measureTask } = await import('./benchmark-task.ts');
  const result = await measureTask(fn, list, options);
  if (options.print ?? true) process.stdout.write(`${String(result)}\n`);
  return result;
}

/**
 * Tries a function on a sample of its items in this process, on threads and on processes, and says which way suits.
 *
 * @param sample At least one item, of the usual kind: a few dozen if calls are short.
 * @returns The choice with its reasons, the estimates for all items, and what was measured; `String(advice)` says it in text.
 * @throws What a call throws.
 */
export function advise<T, R>(fn: (item: T) => R, sample: Iterable<T>, options: AdviseOptions = {}): Promise<Advice> {
  const list = checked('advise', fn, sample);
  checkAdviseOptions('advise', options);
  return compare(fn, list, options);
}

async function compare(fn: AnyFunction, list: unknown[], options: AdviseOptions): Promise<Advice> {
  const { measureWays } = await import('./advise.ts');
  return measureWays(fn, list, options);
}

function checked(owner: string, fn: unknown, items: unknown): unknown[] {
  checkFunction(owner, 'fn', fn);
  checkIterable(owner, 'items', items);
  const list = [...items];
  if (list.length === 0) throw wrongRange(owner, 'items', 'not empty', list);
  return list;
}
