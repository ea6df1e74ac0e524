import { sharedState } from './globals.ts';

// What the library tells of its own life. Who hears it is a matter of `logging/`, which is loaded when somebody wants to.

/** Levels by name, with Python's numbers. */
export const LEVELS = {
  NOTSET: 0,
  SUBDEBUG: 5,
  DEBUG: 10,
  INFO: 20,
  SUBWARNING: 25,
  WARNING: 30,
  ERROR: 40,
  CRITICAL: 50,
} as const;

/** A thread that collects records, and where it looks for them: a `BlockHandle` of `shared-memory`, which this layer does not know. */
export interface LogPlace {
  readonly reader: number;
  readonly block: unknown;
}

/** What a child is told about logging; it is sent as JSON. */
export interface LogInheritance {
  /** The logger's own level; 0 when it has none. */
  readonly level: number;
  /** The program's level, which counts then. */
  readonly root: number;
  /** Whether the child writes its records to its error stream. */
  readonly stderr: boolean;
  /** Where records go that the parent collects. */
  readonly line?: LogPlace | undefined;
}

/** Whose call a record comes from: frames above this function are not its. */
export type Above = (...args: never[]) => unknown;

interface LogHook {
  /** Lowest level that is heard; nothing is, unless a logger was asked for. */
  threshold: number;
  emit: (level: number, text: string, above: Above) => void;
  toChild: () => LogInheritance | undefined;
}

/** The thread's; `logging/` fills it in. */
export const logHook: LogHook = sharedState('base.log.1', () => ({
  threshold: Infinity,
  emit: () => {},
  toChild: () => undefined,
}));

/** Notes a step that only somebody who looks for a fault wants to see. @param text Not called when nobody listens. */
export function logDebug(text: () => string): void {
  if (logHook.threshold <= LEVELS.DEBUG) logHook.emit(LEVELS.DEBUG, text(), logDebug);
}

/** Notes what became of a process, pool or server. @param text Not called when nobody listens. */
export function logInfo(text: () => string): void {
  if (logHook.threshold <= LEVELS.INFO) logHook.emit(LEVELS.INFO, text(), logInfo);
}
