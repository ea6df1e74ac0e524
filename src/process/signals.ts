import { constants } from 'node:os';

export const SIGINT: number = constants.signals.SIGINT;
export const SIGTERM: number = constants.signals.SIGTERM;
export const SIGKILL: number = constants.signals.SIGKILL;

/** `SIGKILL` for 9; `null` for 0, or for a number that this system does not name. */
export function signalName(number: number): string | null {
  for (const [name, value] of Object.entries(constants.signals)) if (value === number) return name;
  return null;
}
