import { spawnSync } from 'node:child_process';

/** Whether `script(1)` is there, which gives programs a terminal. */
export const hasScript: boolean = spawnSync('script', ['--version']).status === 0;

/**
 * The command that runs a program on a terminal of its own.
 *
 * @param words The program and its arguments, which may have spaces.
 */
export function onTerminal(words: readonly string[]): readonly [file: string, ...args: string[]] {
  const line = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  // A shell that stayed between would end by a signal of the terminal, whatever the program does.
  return ['script', '-qefc', `exec ${line}`, '/dev/null'];
}
