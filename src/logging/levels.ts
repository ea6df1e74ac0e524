import { wrongRange, wrongType } from '../base/invalid.ts';
import { LEVELS } from '../base/log.ts';

/** Names of the levels. `SUBDEBUG` and `SUBWARNING` lie just below the level they are named after. */
export type LevelName = keyof typeof LEVELS;

/** A level: its name in capitals or small letters, or a number, as in Python: `DEBUG` 10, `INFO` 20, `WARNING` 30, `ERROR` 40, `CRITICAL` 50. */
export type LogLevel = LevelName | Lowercase<LevelName> | number;

/** @throws RangeError or TypeError for what is no level. */
export function levelNumber(owner: string, level: LogLevel): number {
  const given: unknown = level;
  const names = Object.keys(LEVELS).join(', ');
  if (typeof given === 'string') {
    const found = Object.entries(LEVELS).find(([name]) => name === given.toUpperCase());
    if (found) return found[1];
    throw wrongRange(owner, 'level', `one of ${names}, or a number`, given);
  }
  if (typeof given !== 'number') throw wrongType(owner, 'level', `one of ${names}, or a number`, given);
  if (given >= 0 && given < Infinity) return given;
  throw wrongRange(owner, 'level', 'a number >= 0', given);
}

/** The name of a level, or its number as text when it has none. */
export function levelName(level: number): string {
  return Object.entries(LEVELS).find(([, number]) => number === level)?.[0] ?? String(level);
}
