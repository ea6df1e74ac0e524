import { readStat } from '../../base/process-facts.ts';

/*
 * Two variables that whatever a child starts inherits, also programs that it starts by other means than this library:
 *
 *   MANYCORE_DEPTH   how many generations of the library's processes stand above
 *   MANYCORE_ROOT    the program that all of them come from: process number and start time of its first process
 */

/** Processes may start processes, these may too, and so on: more generations than this are a runaway. */
const MOST_GENERATIONS = 6;
const DEPTH = 'MANYCORE_DEPTH';
const ROOT = 'MANYCORE_ROOT';

/** How many generations of the library's processes stand above this one; 0 in the program itself. */
export function generation(): number {
  return numberIn(process.env[DEPTH]);
}

/** How many generations of processes there may be; the variable `MANYCORE_MAX_DEPTH` says otherwise. */
export function mostGenerations(): number {
  return limitOf('MANYCORE_MAX_DEPTH', MOST_GENERATIONS);
}

/** The number that an environment variable names, or the usual one where it names none. */
export function limitOf(variable: string, usual: number): number {
  const named = Number(process.env[variable] || NaN);
  return named >= 0 ? named : usual;
}

/** What a child of this process has of these variables. */
export function nextGeneration(): Readonly<Record<string, string>> {
  const root = process.env[ROOT] ?? `${process.pid}.${readStat(process.pid)?.startTime ?? 0}`;
  return { [DEPTH]: String(generation() + 1), [ROOT]: root };
}

/** Whether a process that has this environment has two generations or more above it, which come from the same program as this one. */
export function isDescendant(environment: readonly string[]): boolean {
  const root = process.env[ROOT];
  if (root === undefined || !environment.includes(`${ROOT}=${root}`)) return false;
  return environment.some((line) => line.startsWith(`${DEPTH}=`) && numberIn(line.slice(DEPTH.length + 1)) >= 2);
}

function numberIn(text: string | undefined): number {
  const count = Number(text ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}
