import type { AnyFunction } from '../base/types.ts';
import { cpuCount } from '../process/cpu-count.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { pack } from '../reduction/pack.ts';
import { Pool } from '../pool/pool.ts';
import { nothing, oneByOne, timed } from './benchmark-task.ts';
import { formatBytes, formatMs } from './figures.ts';
import type { AdviseOptions } from './options.ts';

/** Ways to make many calls. */
export type Way = 'sequential' | 'threads' | 'processes' | 'cluster';

/** What was measured of a function on a sample; times are milliseconds. */
export interface Measured {
  /** One call, one after the other in this process; its share of processor time (0: it only waits, 1: it only computes). */
  readonly perItem: number;
  readonly cpuShare: number;
  /** Bytes of an item and its result as they cross to a worker and back. */
  readonly bytesPerItem: number;
  /** Starting the workers, and a call with all of them at work. */
  readonly threads: { readonly startup: number; readonly perItem: number };
  readonly processes: { readonly startup: number; readonly perItem: number };
  readonly workers: number;
}

/** A call that uses the processor less than this waits for something else. */
const MOSTLY_WAITS = 0.3;
/** A way with workers must save this share of the time, or it is not worth its trouble. */
const WORTH_IT = 0.9;
/** Threads must be this much faster than processes, which keep each other safe from crashes and leaks. */
const CLEARLY_FASTER = 0.85;
/** From here on other machines help, if little has to travel for each millisecond of work. */
const LONG_MS = 600_000;
const LIGHT_BYTES_PER_MS = 4096;

/** Which way suits many calls of a function, and why. `String(advice)` says it in a few lines. */
export class Advice {
  readonly choice: Way;
  readonly reasons: readonly string[];
  readonly items: number;
  /** Milliseconds that all items would take, the start of workers included. */
  readonly estimates: Readonly<Record<'sequential' | 'threads' | 'processes', number>>;
  readonly measured: Measured;

  /** For the library's own use. */
  constructor(name: string, items: number, measured: Measured) {
    const { threads, processes } = measured;
    this.items = items;
    this.measured = measured;
    this.estimates = {
      sequential: measured.perItem * items,
      threads: threads.startup + threads.perItem * items,
      processes: processes.startup + processes.perItem * items,
    };
    this.choice = this.#choose();
    this.reasons = this.#explain(name);
  }

  toString(): string {
    const { sequential, threads, processes } = this.estimates;
    return [
      `${this.choice}: ${this.reasons[0]}`,
      ...this.reasons.slice(1).map((reason) => `  ${reason}`),
      `  ${this.items} items: ${formatMs(sequential)} sequential, ${formatMs(threads)} with threads, ${formatMs(processes)} with processes`,
    ].join('\n');
  }

  #choose(): Way {
    const { sequential, threads, processes } = this.estimates;
    const { cpuShare, bytesPerItem, perItem } = this.measured;
    const best = Math.min(threads, processes);
    if (cpuShare < MOSTLY_WAITS || best > sequential * WORTH_IT) return 'sequential';
    if (best > LONG_MS && bytesPerItem / perItem < LIGHT_BYTES_PER_MS) return 'cluster';
    return threads < processes * CLEARLY_FASTER ? 'threads' : 'processes';
  }

  #explain(name: string): string[] {
    const { perItem, cpuShare, bytesPerItem, workers } = this.measured;
    const cost = `a call of ${name} takes ${formatMs(perItem)} and sends ${formatBytes(bytesPerItem)} there and back`;
    return [
      this.#because(),
      cost,
      `${workers} workers; the calls use the processor for ${(cpuShare * 100).toFixed(0)} % of their time`,
    ];
  }

  #because(): string {
    const { sequential, threads, processes } = this.estimates;
    const { cpuShare } = this.measured;
    if (cpuShare < MOSTLY_WAITS)
      return 'the calls mostly wait; start many at once in this process (Promise.all) instead of workers';
    switch (this.choice) {
      case 'sequential':
        return 'workers would not save a tenth of the time: there is too little work, or too much to send';
      case 'cluster':
        return 'even all cores of this machine need long, and little has to be sent: more machines help';
      case 'threads':
        return `threads are ${(sequential / threads).toFixed(1)} x as fast as one call after the other, and start or talk cheaper than processes`;
      case 'processes':
        return `processes are ${(sequential / processes).toFixed(1)} x as fast as one call after the other, and a crash takes only its own task`;
    }
  }
}

/** What `advise` does; its options were checked. */
export async function measureWays(
  fn: AnyFunction,
  sample: readonly unknown[],
  { items = sample.length, processes: workers = cpuCount(), context, budget = 500 }: AdviseOptions,
): Promise<Advice> {
  const call = fn as (item: unknown) => unknown; // Typed where the user calls.
  const alone = await measureAlone(call, sample, budget);
  const threads = await measurePool(call, sample, { workers, context: 'thread', budget });
  const processes = await measurePool(call, sample, { workers, context, budget });
  return new Advice(fn.name || 'the function', items, { ...alone, threads, processes, workers });
}

async function measureAlone(
  fn: (item: unknown) => unknown,
  sample: readonly unknown[],
  budget: number,
): Promise<Pick<Measured, 'perItem' | 'cpuShare' | 'bytesPerItem'>> {
  const results = await oneByOne(fn, sample.slice(0, 1)); // Compiled, and its modules' lazy parts loaded.
  const cpu = process.cpuUsage();
  const [perItem, spent] = await repeat(() => oneByOne(fn, sample), sample.length, budget);
  const { user, system } = process.cpuUsage(cpu);
  const cpuShare = Math.min(1, (user + system) / 1000 / Math.max(spent, 0.001));
  return { perItem, cpuShare, bytesPerItem: sizeOf(sample[0]) + sizeOf(results[0]) };
}

async function measurePool(
  fn: (item: unknown) => unknown,
  sample: readonly unknown[],
  { workers, context, budget }: { workers: number; context: AdviseOptions['context']; budget: number },
): Promise<{ startup: number; perItem: number }> {
  const start = performance.now();
  await using pool = new Pool({ processes: workers, context });
  await pool.broadcast(nothing);
  const startup = performance.now() - start;
  // Each worker loads and compiles the function first.
  await pool.map(fn, sample.slice(0, 1));
  const [perItem] = await repeat(() => pool.map(fn, sample), sample.length, budget);
  return { startup, perItem };
}

/** Milliseconds for an item, over as many rounds as the budget has room for, and of all rounds together. */
async function repeat(
  work: () => Promise<unknown>,
  items: number,
  budget: number,
): Promise<readonly [perItem: number, spent: number]> {
  let [rounds, spent] = [0, 0];
  do {
    // oxlint-disable-next-line no-await-in-loop -- rounds follow each other
    const [milliseconds] = await timed(work);
    spent += milliseconds;
    rounds++;
  } while (spent < budget && rounds < MOST_ROUNDS);
  return [spent / rounds / items, spent];
}

const MOST_ROUNDS = 1000;

function sizeOf(value: unknown): number {
  const { bytes, buffers } = pack(value, { functions: functionPort('auto') });
  return buffers.reduce((sum, buffer) => sum + buffer.byteLength, bytes.byteLength);
}
