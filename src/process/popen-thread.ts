import { readdirSync } from 'node:fs';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { Deadline } from '../base/deadline.ts';
import { ProcessError } from '../base/errors.ts';
import { hasProcFs } from '../base/platform.ts';
import { Channel } from '../connection/channel.ts';
import { noteThreadEnd, threadKit } from '../native/portable.ts';
import { OWN_MODE, sharesMemory } from '../native/load.ts';
import { childEnvironment, filterExecArgv } from '../reduction/functions/flags.ts';
import { Parker } from '../shared-memory/parker.ts';
import { Registry } from '../shared-memory/registry.ts';
import { writeLastWords } from './last-words.ts';
import type { LaunchOptions, LaunchRequest } from './request.ts';
import { Notes } from './margin.ts';
import { BOOT_VARIABLE } from './boot.ts';
import { Popen, type ExitStatus } from './popen.ts';
import { bootNumbers, sendBoot } from './send-boot.ts';
import { SIGKILL } from './signals.ts';
import { releaseThread } from './thread-end.ts';

const ENTRY = new URL('../entry/thread.cjs', import.meta.url);
const TASKS = '/proc/self/task';
const UNCAUGHT = 1;
/** Far above what a thread takes to load the library, or modules of the program. */
const LOADING_MS = 5000;
/** The kernel's thread outlives the last JavaScript in it by this order of magnitude. */
const LOOK_AGAIN_MS = 1;

/** What a {@link ThreadPopen} is made of besides its worker. */
export interface ThreadFacts {
  readonly name: string;
  readonly tasks: readonly string[] | undefined;
  /** Of the process that the thread stands for; absent when it is the child itself. */
  readonly pid?: number;
}

/** A worker thread for each child. */
export class ThreadPopen extends Popen {
  readonly pid: number;
  readonly ident: number;
  readonly #worker: Worker;
  protected readonly notes: Notes;
  /** Threads of this process that came with the worker: one, unless another thread started something just then. Unknown where the kernel does not tell. */
  readonly #tasks: readonly string[] | undefined;
  /** Last signal that ended it, as far as we know. */
  #signal = 0;

  protected constructor(channel: Channel, worker: Worker, { name, tasks, pid }: ThreadFacts) {
    super(channel);
    this.pid = pid ?? process.pid;
    this.#worker = worker;
    this.notes = new Notes(channel.margin);
    this.#tasks = tasks;
    this.ident = pid ?? worker.threadId;
    // Only what its own guard could not catch comes here: it failed before it began, or it is out of memory.
    worker.on('error', (error) => {
      const { inspect } = process.getBuiltinModule('node:util');
      writeLastWords(`Process ${name} (pid ${this.pid}, thread ${this.ident}):\n${inspect(error)}\n`, channel.margin);
    });
    passOn(worker, 'stdout');
    passOn(worker, 'stderr');
    const { threadId } = worker;
    worker.once('exit', (code) => {
      if (!sharesMemory()) noteThreadEnd(threadId);
      this.ended(this.#statusOf(code));
    });
  }

  /** @throws ProcessError when Node refuses. */
  static start(request: LaunchRequest): ThreadPopen {
    const { profile, options } = request;
    const channel = Channel.create(options.ringBytes);
    try {
      sendBoot(channel, request);
      const { worker, tasks } = countTasks(() =>
        startThread(
          {
            name: profile.name,
            ...threadData(channel),
            env: { ...childEnvironment(options.env), ...(sharesMemory() ? {} : OWN_MODE), [BOOT_VARIABLE]: 'thread' },
            resourceLimits: options.resourceLimits ?? {},
            // The thread writes to the descriptors itself, so nothing is piped through this thread.
            stdout: true,
            stderr: true,
          },
          options.execArgv,
        ),
      );
      return new ThreadPopen(channel, worker, { name: profile.name, tasks });
    } catch (error) {
      channel.close();
      throw error instanceof ProcessError ? error : startError(profile.name, error);
    }
  }

  /** Ends the thread, unless it has a handler for the signal; that is called then. Signals that end nothing do nothing. */
  signal(number: number): void {
    if (this.status !== undefined || number === 0) return;
    if (number !== SIGKILL && this.notes.handles(number)) {
      this.#worker.postMessage(number, []);
      return;
    }
    this.#signal = number;
    if (!this.notes.endWhenLoaded(number)) {
      this.#end();
      return;
    }
    // Node crashes as a whole when a thread is terminated in the middle of linking modules, or leaves their files open.
    // This one ends by itself in a moment, unless a module hangs.
    const timer = setTimeout(() => this.#end(), LOADING_MS).unref();
    this.#worker.once('exit', () => clearTimeout(timer));
  }

  #end(): void {
    // Its promise is that of the exit event.
    void this.#worker.terminate();
    if (!sharesMemory()) noteThreadEnd(this.#worker.threadId);
  }

  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
  }

  protected look(timeoutMs: number): ExitStatus | undefined {
    const deadline = Deadline.after(timeoutMs < 0 ? undefined : timeoutMs);
    const { ending } = this.notes;
    // It wakes this thread when it ends by itself; when it is ended, this thread looks now and then.
    if (!this.#hasEnded()) Parker.current().wait(() => this.notes.ending !== ending || this.#hasEnded(), deadline);
    return this.isOver(deadline) ? this.#statusOf(undefined) : undefined;
  }

  isOver(deadline: Deadline): boolean {
    while (!this.#hasEnded()) {
      if (deadline.expired) return false;
      pause(LOOK_AGAIN_MS);
    }
    return true;
  }

  protected override release(): void {
    if (this.channel.peer !== 0) releaseThread(this.channel.peer);
  }

  /** Whether the kernel knows its thread no more. */
  #hasEnded(): boolean {
    const { peer } = this.channel;
    if (peer !== 0) return !Registry.current().isAlive(peer);
    // It ended before it had begun; where the kernel does not tell, its event will.
    return haveEnded(this.#tasks);
  }

  /** @param code As Node tells; unknown when its event has not come yet. */
  #statusOf(code: number | undefined): ExitStatus {
    const { ending } = this.notes;
    const wasEnded = ending === undefined && this.#signal > 0;
    // Listeners of the exit event may have changed the code after it was noted.
    const ownCode = ending !== undefined && ending < 0 ? ending : (code ?? ending ?? UNCAUGHT);
    const exitCode = wasEnded ? -this.#signal : ownCode;
    return { exitCode, signal: exitCode < 0 ? -exitCode : 0 };
  }
}

/** Starts a worker, and notes which threads came with it. */
export function countTasks(start: () => Worker): {
  readonly worker: Worker;
  readonly tasks: readonly string[] | undefined;
} {
  const before = tasksNow();
  const worker = start();
  const after = tasksNow();
  return { worker, tasks: before && after?.filter((task) => !before.includes(task)) };
}

/** Whether none of these threads is there any more, as far as the kernel tells. */
export function haveEnded(tasks: readonly string[] | undefined): boolean {
  const now = tasksNow();
  return now !== undefined && tasks !== undefined && !tasks.some((task) => now.includes(task));
}

/** The kernel's numbers of this process's threads; `undefined` where it does not tell, or no descriptor is left to ask by. */
function tasksNow(): string[] | undefined {
  try {
    return hasProcFs ? readdirSync(TASKS) : undefined;
  } catch {
    return undefined;
  }
}

/** What a thread finds its parent by, and the program's memory. */
function threadData(channel: Channel): Pick<WorkerOptions, 'workerData' | 'transferList'> {
  const numbers = bootNumbers(channel);
  if (sharesMemory()) return { workerData: numbers };
  const { kit, transferList } = threadKit();
  return { workerData: { ...numbers, kit }, transferList };
}

/**
 * Writes what modules to preload write in the thread before its own streams stand. Whoever listens to Node's streams would be kept
 * alive by them, so each piece is taken when it is put there.
 */
function passOn(worker: Worker, name: 'stdout' | 'stderr'): void {
  const stream = worker[name];
  const push = stream.push.bind(stream);
  stream.push = (chunk: string | Uint8Array | null, encoding) => {
    if (chunk === null) return push(chunk);
    process[name].write(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    return true;
  };
}

/**
 * Without flags of its own a thread has those of this process, also those that Node would refuse for a thread. Only when
 * some of them must not be repeated are the others named one by one.
 */
function startThread(options: WorkerOptions, own: LaunchOptions['execArgv']): Worker {
  // Loaded here because programs that start no threads must not pay for it.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  if (own !== undefined) return new Worker(ENTRY, { ...options, execArgv: filterExecArgv(own) });
  const kept = filterExecArgv(process.execArgv);
  if (kept.length === process.execArgv.length) return new Worker(ENTRY, options);
  try {
    return new Worker(ENTRY, { ...options, execArgv: kept });
  } catch (error) {
    const refused = refusedFlags(error);
    return new Worker(ENTRY, { ...options, execArgv: kept.filter((flag) => !refused.includes(flag)) });
  }
}

/** Node tells them in its message only: `Initiated Worker with invalid execArgv flags: --a, --b=1`. */
function refusedFlags(error: unknown): string[] {
  const isKnown = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_INVALID_EXEC_ARGV';
  if (!isKnown) throw error;
  return error.message.slice(error.message.indexOf(': ') + 2).split(', ');
}

function startError(name: string, cause: unknown): ProcessError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return new ProcessError(`cannot start ${name}: ${reason}${REMEDIES[code] ?? ''}`, { cause });
}

const REMEDIES: Readonly<Record<string, string>> = {
  ERR_WORKER_INVALID_EXEC_ARGV:
    '; threads share the flags of V8 and of the process: use `resourceLimits` for memory, or another start method',
  ERR_WORKER_INIT_FAILED: '; the limit of threads is reached, or memory: start fewer at once',
};

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
