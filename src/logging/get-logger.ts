import { createRequire } from 'node:module';
import { sharedState } from '../base/globals.ts';
import type { LogInheritance } from '../base/log.ts';
import type { LogLevel } from './levels.ts';
import type * as loggers from './logger.ts';

/** The door to logging, which is loaded when somebody wants it: children pay for what they load. */
function load(): typeof loggers {
  // What that file exports.
  return createRequire(import.meta.url)('./logger.js') as typeof loggers;
}

/**
 * The logger of the library in this process; always the same.
 *
 * @see Python `multiprocessing.get_logger`
 *
 * @example
 * ```ts
 * getLogger().setLevel('INFO');
 * getLogger().addHandler((record) => pino.info({ pid: record.pid }, record.message));
 * getLogger().collect();
 * ```
 */
export function getLogger(): loggers.Logger {
  return sharedState('logging.logger.1', () => new (load().Logger)());
}

/**
 * Writes the log of this process, and of children that are started afterwards, to the error stream.
 *
 * @param level Sets the logger's level when given.
 * @returns The logger.
 * @see Python `multiprocessing.log_to_stderr`
 */
export function logToStderr(level?: LogLevel): loggers.Logger {
  const logger = getLogger();
  if (level !== undefined) logger.setLevel(level);
  load().install(logger, 'stderr');
  return logger;
}

/** Called once by the first file of a child. */
export function inheritLogger(from: LogInheritance): void {
  load().install(getLogger(), from);
}

// Whoever sets the variable wants to see the log of a program that says nothing about it.
if (process.env['MANYCORE_LOG_LEVEL']) getLogger();
