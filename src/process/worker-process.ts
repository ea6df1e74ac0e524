import type { ResourceLimits } from 'node:worker_threads';
import type { Channel } from '../connection/channel.ts';
import { NestingError } from '../base/errors.ts';
import { mostGenerations } from '../reduction/functions/generations.ts';
import type { StartMethod } from './launch.ts';
import { methodOf } from './methods.ts';
import { packPayload } from './pack-payload.ts';
import { cpuCount } from './cpu-count.ts';
import { startBehind, type Process } from './process.ts';
import { processState } from './state.ts';

/** What a worker is started with. */
export interface WorkerOptions {
  readonly name: string;
  /** Module whose export `main(channel, payload)` runs in the worker; see `Main` in `child-boot.ts`. */
  readonly main: URL;
  /** For `main`, which reads it with `openPayload`. */
  readonly payload: unknown;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly execArgv?: readonly string[] | undefined;
  /** Limits of a thread's memory. */
  readonly resourceLimits?: ResourceLimits | undefined;
  readonly preload?: readonly (string | URL)[] | undefined;
  readonly method?: StartMethod | undefined;
  /** Whether it may start processes of its own. */
  readonly mayHaveChildren?: boolean | undefined;
  /** Workers with which it shares the processors of this process; 1 by default: it has them all. */
  readonly sharers?: number | undefined;
  /** Bytes of each of the channel's rings, a power of two; 256 KiB by default. */
  readonly ringBytes?: number | undefined;
}

/** A process that serves a pool, and ends with the process that started it. */
export interface WorkerProcess {
  /** As `activeChildren` shows it. */
  readonly process: Process;
  readonly pid: number;
  /** Closed one turn after the exit listeners ran. */
  readonly channel: Channel;
  /** The last lines of its error stream; complete once it has ended. */
  readonly stderr: string;
  /** Whether its first file ran; if it has ended and never did, Node itself failed (wrong `execArgv`, a failing preload). */
  readonly hasBegun: boolean;
  /**
   * Calls `listener` once it has ended: exit code as in `Process.exitCode`, number of the signal or 0. All that it sent was
   * polled for by then. May come from within {@link WorkerProcess.poll}; at once when it has ended before.
   */
  onExit(listener: (exitCode: number, signal: number) => void): void;
  /** Looks whether it has ended, and if so calls the listeners: for threads that block and so hear no events. */
  poll(): boolean;
  kill(signal: number): void;
  /** Lets it keep the event loop alive; so it is after the start. */
  ref(): void;
  unref(): void;
}

/**
 * Starts a worker; it is on its way when this returns.
 *
 * @throws NotSendableError, ProcessError, BootstrapError as `Process.start`; NestingError when pools are nested too deeply.
 */
export function startWorker(worker: WorkerOptions): WorkerProcess {
  const { name, main, payload, env, execArgv, preload, resourceLimits, method, ringBytes } = worker;
  const { mayHaveChildren = false, sharers = 1 } = worker;
  const poolDepth = (processState().profile.poolDepth ?? 0) + 1;
  // Before the generations are too many: what nests like this is no missing entry guard.
  if (poolDepth >= mostGenerations()) throw new NestingError(tooDeep(name, poolDepth));
  const cpus = Math.max(1, Math.floor(cpuCount() / sharers));
  const packed = packPayload(payload, 'payload', methodOf('Pool', method));
  const options = { name, daemon: true, env, execArgv, preload, resourceLimits, context: method };
  const { popen, owner } = startBehind(options, {
    main,
    payload: packed,
    ringBytes,
    profile: { daemon: !mayHaveChildren, cpus, poolDepth },
  });
  popen.ref();
  return {
    // Every owner was made by a `Process`.
    process: owner as Process,
    pid: popen.pid,
    channel: popen.channel,
    get stderr() {
      return popen.stderr;
    },
    get hasBegun() {
      return popen.hasBegun;
    },
    onExit: (listener) => popen.onExit(({ exitCode, signal }) => listener(exitCode, signal)),
    poll: () => popen.poll() !== undefined,
    kill: (signal) => popen.signal(signal),
    ref: () => popen.ref(),
    unref: () => popen.unref(),
  };
}

function tooDeep(name: string, depth: number): string {
  return (
    `cannot start ${name}: it would be in ${depth - 1} pools that are in one another, most likely because tasks make pools of ` +
    `which the same tasks run; the variable MANYCORE_MAX_DEPTH (now ${mostGenerations()}) allows more`
  );
}
