import { isDeepStrictEqual } from 'node:util';
import type { AnyFunction } from '../base/types.ts';
import { cpuCount } from '../process/cpu-count.ts';
import { Pool } from '../pool/pool.ts';
import type { BenchmarkOptions } from './options.ts';
import { formatMs, median } from './figures.ts';

/** How long some calls took one after the other, and on a pool. `String(result)` is a table. Times are milliseconds. */
export class BenchmarkResult {
  readonly name: string;
  readonly items: number;
  readonly processes: number;
  /** All calls one after the other, in this process. */
  readonly sequential: number;
  /** All calls on a pool whose workers were ready. */
  readonly parallel: number;
  /** From the start of the pool until its workers were ready. */
  readonly startup: number;
  /** `sequential / parallel`. */
  readonly speedup: number;
  /** `sequential / (startup + parallel)`: with a pool for these calls only. */
  readonly speedupWithStartup: number;
  /** `speedup` for each worker that had something to do; 1 is perfect. */
  readonly efficiency: number;
  /** Whether both gave the same results. */
  readonly isSame: boolean;

  /** For the library's own use. */
  constructor(measured: Omit<BenchmarkResult, 'speedup' | 'speedupWithStartup' | 'efficiency'>) {
    const { sequential, parallel, startup, processes, items } = measured;
    this.name = measured.name;
    this.items = items;
    this.processes = processes;
    this.sequential = sequential;
    this.parallel = parallel;
    this.startup = startup;
    this.isSame = measured.isSame;
    this.speedup = sequential / parallel;
    this.speedupWithStartup = sequential / (startup + parallel);
    this.efficiency = this.speedup / Math.max(1, Math.min(processes, items));
  }

  toString(): string {
    const { name, items, processes, startup, isSame } = this;
    return [
      `${name}: ${items} calls on ${processes} ${processes === 1 ? 'worker' : 'workers'}`,
      `  Sequential  ${formatMs(this.sequential)}`,
      `  Parallel    ${formatMs(this.parallel)}, and ${formatMs(startup)} to start the workers`,
      `  Speed-up    ${this.speedup.toFixed(2)} x, ${this.speedupWithStartup.toFixed(2)} x with their start`,
      `  Efficiency  ${(this.efficiency * 100).toFixed(0)} %`,
      `  Results     ${isSame ? 'the same' : 'DIFFERENT'}`,
    ].join('\n');
  }
}

/** What `benchmarkTask` does; its options were checked. */
export async function measureTask(
  fn: AnyFunction,
  items: readonly unknown[],
  { name, processes = cpuCount(), context, rounds = 1 }: BenchmarkOptions,
): Promise<BenchmarkResult> {
  const call = fn as (item: unknown) => unknown; // Typed where the user calls.
  const sequential: number[] = [];
  const parallel: number[] = [];
  let [alone, together]: unknown[][] = [[], []];
  const start = performance.now();
  await using pool = new Pool({ processes, context });
  await pool.broadcast(nothing);
  const startup = performance.now() - start;
  for (let round = 0; round < rounds; round++) {
    // The two take turns, so that what else the machine does meets both.
    const [aloneMs, one] = await timed(() => oneByOne(call, items));
    const [togetherMs, all] = await timed(() => pool.map(call, items));
    sequential.push(aloneMs);
    parallel.push(togetherMs);
    [alone, together] = [one, all];
  }
  return new BenchmarkResult({
    name: name ?? (fn.name || 'task'),
    items: items.length,
    processes,
    sequential: median(sequential),
    parallel: median(parallel),
    startup,
    isSame: isDeepStrictEqual(alone, together),
  });
}

export async function oneByOne(fn: (item: unknown) => unknown, items: readonly unknown[]): Promise<unknown[]> {
  const results: unknown[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one after the other is what is measured
  for (const item of items) results.push(await fn(item));
  return results;
}

export async function timed<R>(work: () => Promise<R>): Promise<readonly [milliseconds: number, result: R]> {
  const start = performance.now();
  const result = await work();
  return [performance.now() - start, result];
}

export function nothing(): void {}
