/** Exit codes of the program, as its help page promises them. */
export const EXIT = {
  /** Everything asked for was done. */
  ok: 0,
  /** The run ended, but at least one item failed. */
  failed: 1,
  /** Wrong arguments, an unknown module or export, an input that is not there: nothing was run. */
  usage: 2,
  /** The run broke off: the input could not be read any further, or the output could not be written. */
  aborted: 3,
  /** Ctrl-C (128 + SIGINT). */
  interrupted: 130,
  /** SIGTERM (128 + 15). */
  terminated: 143,
} as const;

/** The command line is wrong; `message` is one line (or a few) for the user, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The world failed in the middle of a run: a file that cannot be read, a full disk. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system or library error, if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : undefined;
}
