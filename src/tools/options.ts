import { checkBoolean, checkInteger, checkNumber, checkOptions, checkString } from '../base/options.ts';
import type { StartMethod } from '../process/launch.ts';
import { checkStartMethod } from '../process/methods.ts';

/** Options of `benchmarkTask`. */
export interface BenchmarkOptions {
  /** Title of the table; the name of the function by default. */
  readonly name?: string | undefined;
  /** Workers; the number of cores this program may use by default. */
  readonly processes?: number | undefined;
  /** A start method, or a context that is bound to one. */
  readonly context?: StartMethod | { getStartMethod(): string } | undefined;
  /** How often both are measured; the medians count. 1 by default. */
  readonly rounds?: number | undefined;
  /** Whether the table is printed to the standard output; `true` by default. */
  readonly print?: boolean | undefined;
}

/** Options of `advise`. */
export interface AdviseOptions {
  /** Items that there will be; as many as in the sample by default. */
  readonly items?: number | undefined;
  /** Workers; the number of cores this program may use by default. */
  readonly processes?: number | undefined;
  /** Start method of the processes. */
  readonly context?: StartMethod | { getStartMethod(): string } | undefined;
  /** Milliseconds that each of the three ways is measured for, about; 500 by default. */
  readonly budget?: number | undefined;
}

export function checkBenchmarkOptions(owner: string, options: BenchmarkOptions): void {
  checkOptions(owner, options, ['name', 'processes', 'context', 'rounds', 'print']);
  checkCommon(owner, options);
  if (options.name !== undefined) checkString(owner, 'name', options.name);
  if (options.rounds !== undefined) checkInteger(owner, 'rounds', options.rounds, 1);
  if (options.print !== undefined) checkBoolean(owner, 'print', options.print);
}

export function checkAdviseOptions(owner: string, options: AdviseOptions): void {
  checkOptions(owner, options, ['items', 'processes', 'context', 'budget']);
  checkCommon(owner, options);
  if (options.items !== undefined) checkInteger(owner, 'items', options.items, 1);
  if (options.budget !== undefined) checkNumber(owner, 'budget', options.budget, 1);
}

function checkCommon(owner: string, { processes, context }: BenchmarkOptions & AdviseOptions): void {
  if (processes !== undefined) checkInteger(owner, 'processes', processes, 1);
  if (context !== undefined) checkStartMethod(owner, 'context', context);
}
