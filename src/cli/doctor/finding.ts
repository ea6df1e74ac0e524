/** `warning`: it works, but something is scarce or slow. `problem`: something of the library does not work here. */
export type Verdict = 'ok' | 'warning' | 'problem';

export const SECTIONS = ['versions', 'addon', 'start methods', 'kernel', 'limits'] as const;

/** One thing that was looked at. */
export interface Finding {
  readonly section: (typeof SECTIONS)[number];
  readonly name: string;
  readonly verdict: Verdict;
  /** What was found, for people. */
  readonly value: string;
  /** What to do; absent when all is well. */
  readonly advice?: string | undefined;
}

/** The text of a file without white space around it; `undefined` where there is none, or it may not be read. */
export type Read = (path: string) => string | undefined;

/** A finding that is a warning when `advice` is given. */
export function warningIf(
  isWrong: boolean,
  advice: string,
  found: Pick<Finding, 'section' | 'name' | 'value'>,
): Finding {
  return isWrong ? { ...found, verdict: 'warning', advice } : { ...found, verdict: 'ok' };
}

/** `1.5 GiB` and the like. */
export function inBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[power]}`;
}
