import { format } from 'node:util';
import { type Above, LEVELS, type LogInheritance, logHook } from '../base/log.ts';
import { warnNow } from '../base/warn.ts';
import { ownIdent, processState } from '../process/state.ts';
import { levelName, levelNumber, type LogLevel } from './levels.ts';
import { LogLine } from './line.ts';
import { callerOf, type LogRecord } from './record.ts';
import { checkHandler, deliver, type LogHandler, writeToStderr } from './sinks.ts';

/** Names the program's level, and has records written to the error stream. */
export const LEVEL_VARIABLE = 'MANYCORE_LOG_LEVEL';

/** Has a logger write to the error stream, or be as its parent's. For this folder only. */
export let install: (logger: Logger, action: 'stderr' | LogInheritance) => void;

/**
 * The library's logger, one in each process (and in each thread that is one).
 *
 * It tells of the library's own life from `INFO` down: starts, ends, replaced workers, finalizers, servers. Programs may log with
 * it as well. Its level travels to the children that are started afterwards.
 *
 * @see Python `multiprocessing.get_logger`
 */
export class Logger {
  #level: number = LEVELS.NOTSET;
  #root: number = LEVELS.WARNING;
  #stderr = false;
  readonly #handlers = new Set<LogHandler>();
  /** To the one who collects this process's records. */
  #upward: LogLine | undefined;
  /** From the children whose records this process collects. */
  #collected: LogLine | undefined;
  #isDelivering = false;

  /** Name of the level that was set; `NOTSET` when none was, and the program's counts. */
  get level(): string {
    return levelName(this.#level);
  }

  /** Lets records from this level up through; `NOTSET`: those that the program's level lets through. */
  setLevel(level: LogLevel): void {
    this.#level = levelNumber('Logger.setLevel', level);
    this.#refresh();
  }

  /** Name of the level that counts: its own, else the program's, which is `MANYCORE_LOG_LEVEL` of the environment or `WARNING`. */
  getEffectiveLevel(): string {
    return levelName(this.#effective);
  }

  /** Whether a record of that level would go anywhere. */
  isEnabledFor(level: LogLevel): boolean {
    return levelNumber('Logger.isEnabledFor', level) >= this.#effective;
  }

  debug(message: unknown, ...args: unknown[]): void {
    this.#log(LEVELS.DEBUG, this.debug, [message, ...args]);
  }

  info(message: unknown, ...args: unknown[]): void {
    this.#log(LEVELS.INFO, this.info, [message, ...args]);
  }

  warning(message: unknown, ...args: unknown[]): void {
    this.#log(LEVELS.WARNING, this.warning, [message, ...args]);
  }

  error(message: unknown, ...args: unknown[]): void {
    this.#log(LEVELS.ERROR, this.error, [message, ...args]);
  }

  critical(message: unknown, ...args: unknown[]): void {
    this.#log(LEVELS.CRITICAL, this.critical, [message, ...args]);
  }

  /** Logs with any level. The message is formatted as by `console.log`, and only when somebody hears it. */
  log(level: LogLevel, message: unknown, ...args: unknown[]): void {
    this.#log(levelNumber('Logger.log', level), this.log, [message, ...args]);
  }

  /**
   * From now on every record is handed to `handler`. Without any handler, warnings and worse go to the error stream.
   *
   * Handlers belong to this process: children get its level, and `logToStderr`, but no functions. What a handler logs
   * itself is not heard; what it throws is reported and stops nobody.
   */
  addHandler(handler: LogHandler): void {
    checkHandler('Logger.addHandler', handler);
    this.#handlers.add(handler);
  }

  /** Nothing happens when it is not there. */
  removeHandler(handler: LogHandler): void {
    this.#handlers.delete(handler);
  }

  /**
   * From now on the records of children that are started afterwards, and of theirs, come to this logger's handlers instead of going to
   * handlers of their own, each process's in its order; with the pid and name of the process that logged them.
   *
   * They come in turns of this thread's event loop, and when it ends; they do not keep it alive.
   *
   * Without the native addon that is so for threads; processes write to the error stream then.
   *
   * @returns The logger.
   */
  collect(): this {
    this.#collected ??= LogLine.create((record) => this.#deliver(record));
    return this;
  }

  static {
    install = (logger, action) => {
      if (action === 'stderr') logger.#stderr = true;
      else logger.#inherit(action);
      logger.#refresh();
    };
  }

  constructor() {
    const named = process.env[LEVEL_VARIABLE];
    if (named !== undefined && named !== '') {
      this.#root = levelOfEnvironment(named);
      this.#stderr = true;
    }
    logHook.emit = (level, text, above) => this.#emit(level, above, text);
    logHook.toChild = () => this.#toChild();
    this.#refresh();
  }

  get #effective(): number {
    return this.#level === LEVELS.NOTSET ? this.#root : this.#level;
  }

  #refresh(): void {
    logHook.threshold = this.#effective;
  }

  #log(level: number, above: Above, args: readonly unknown[]): void {
    if (level >= this.#effective) this.#emit(level, above, format(...args));
  }

  #emit(level: number, above: Above, message: string): void {
    if (this.#isDelivering) return;
    // What children logged before, such as their ends, comes before what this process says about it.
    this.#collected?.drain((record) => this.#deliver(record));
    const { file, line } = callerOf(above);
    const { name: processName } = processState().profile;
    const time = performance.timeOrigin + performance.now();
    const who = { pid: process.pid, ident: ownIdent(), processName };
    this.#deliver({ level: levelName(level), levelNumber: level, message, time, ...who, file, line });
  }

  #deliver(record: LogRecord): void {
    const isLost = this.#upward !== undefined && !this.#upward.write(record);
    const isUnheard = this.#handlers.size === 0 && !this.#upward && record.levelNumber >= LEVELS.WARNING;
    if (this.#stderr || isLost || isUnheard) writeToStderr(record);
    this.#isDelivering = true;
    for (const handler of this.#handlers) {
      try {
        deliver(handler, record);
      } catch (error) {
        warnNow('a log handler failed', error);
      }
    }
    this.#isDelivering = false;
  }

  #toChild(): LogInheritance | undefined {
    const line = this.#collected ?? this.#upward;
    return { level: this.#level, root: this.#root, stderr: this.#stderr && !line, line: line?.toChild() };
  }

  #inherit({ level, root, stderr, line }: LogInheritance): void {
    this.#level = level;
    // A child may have been given an environment of its own.
    const isNamed = Boolean(process.env[LEVEL_VARIABLE]);
    if (!isNamed) this.#root = root;
    if (line) this.#upward = LogLine.open(line);
    // What cannot be collected is at least seen.
    this.#stderr = this.#upward === undefined && (isNamed || stderr || line !== undefined);
  }
}

/** A misspelled variable must not stop a program. */
function levelOfEnvironment(named: string): number {
  try {
    return levelNumber('environment', /^\d+$/.test(named) ? Number(named) : (named as LogLevel));
  } catch (error) {
    warnNow(`${LEVEL_VARIABLE} is ignored`, error instanceof Error ? error.message : error);
    return LEVELS.WARNING;
  }
}
