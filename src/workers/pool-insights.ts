import { wrongUse } from '../base/invalid.ts';
import { checkInteger, checkOptions } from '../base/options.ts';
import type { WorkerHost } from './host.ts';
import { type SlowTask, timesOf, type WorkerInsights } from './insights.ts';
import { inService } from './worker.ts';

const DEFAULT_SLOWEST = 5;

/** What users say about measuring: whether, and how many of the slowest calls are kept. */
export type InsightsOption = boolean | { readonly slowest?: number | undefined };

/** Checks what a user gave as the option `insights`. */
export function checkInsights(owner: string, insights: unknown): void {
  if (insights === undefined || typeof insights === 'boolean') return;
  checkOptions(owner, insights, ['slowest'], 'insights');
  const { slowest }: { slowest?: unknown } = insights;
  if (slowest !== undefined) checkInteger(owner, 'insights.slowest', slowest, 0);
}

/** How many slow calls are kept; absent: nothing is measured. */
export function slowestOf(insights: InsightsOption | undefined): number | undefined {
  if (insights === undefined || insights === false) return undefined;
  return insights === true ? DEFAULT_SLOWEST : (insights.slowest ?? DEFAULT_SLOWEST);
}

/** What all workers together have done with their time; milliseconds. */
export interface TotalInsights extends Omit<WorkerInsights, 'id' | 'pid'> {
  /** Workers that there were, replaced ones included. */
  readonly workers: number;
}

/** Where the time of the workers of a pool or an executor went, and which calls took longest. `String(insights)` is a table. */
export class PoolInsights {
  /** By number; of workers that have ended the last 256, the others are in {@link PoolInsights.total} only. */
  readonly workers: readonly WorkerInsights[];
  readonly total: TotalInsights;
  /** The slowest calls, slowest first. */
  readonly slowest: readonly SlowTask[];

  /** For the library's own use. */
  constructor(parts: Pick<PoolInsights, 'workers' | 'total' | 'slowest'>) {
    this.workers = parts.workers;
    this.total = parts.total;
    this.slowest = parts.slowest;
  }

  /** Two tables: the workers' times with shares of the whole, and the slowest calls. */
  toString(): string {
    const head = ['worker', 'calls', 'startup', 'init', 'waiting', 'working', 'exit', 'working %'];
    const rows = this.workers.map((one) => [String(one.id), ...timeCells(one)]);
    const lines = columns([head, ...rows, ['all', ...timeCells(this.total)]]);
    if (this.slowest.length === 0) return lines.join('\n');
    const calls = this.slowest.map((one) => [
      duration(one.milliseconds),
      `task ${one.task}[${one.index}]`,
      `worker ${one.workerId}`,
      `${one.name}(${stripBrackets(one.args)})`,
    ]);
    return [...lines, '', 'slowest calls', ...columns(calls)].join('\n');
  }
}

/** @throws Error with code `ERR_MP_INVALID_ARG` when the host does not measure; `owner` is the method as users know it. */
export function poolInsights(owner: string, host: WorkerHost): PoolInsights {
  const { insights } = host;
  if (!insights) throw wrongUse(owner, `${host.name} does not measure; make it with the option \`insights: true\``);
  const living = inService(host.workers).map((worker) => ({
    id: worker.id,
    pid: worker.pid,
    ...timesOf(worker, host.look(worker)),
  }));
  return new PoolInsights(insights.read(living));
}

function timeCells(times: Omit<WorkerInsights, 'id' | 'pid'>): string[] {
  const { calls, startup, initializer, waiting, working, exit } = times;
  const whole = startup + initializer + waiting + working + exit;
  const share = whole > 0 ? `${((100 * working) / whole).toFixed(1)} %` : '';
  return [String(calls), ...[startup, initializer, waiting, working, exit].map(duration), share];
}

function duration(ms: number): string {
  if (ms < 1000) return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
  return `${(ms / 1000).toFixed(2)} s`;
}

/** The list of arguments without its own brackets: the function's parentheses are there. */
function stripBrackets(args: string): string {
  return args.startsWith('[ ') && args.endsWith(' ]') ? args.slice(2, -2) : args;
}

/** Cells under each other, right-aligned but for the last column. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padStart(widths[i] ?? 0))).join('  '),
  );
}
