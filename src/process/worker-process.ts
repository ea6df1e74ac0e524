import type { Channel } from '../connection/channel.ts';
import { assertMayStartProcesses } from '../reduction/functions/importing.ts';
import type { StartMethod } from './launch.ts';
import { packPayload } from './pack-payload.ts';
import { startBehind, type Process } from './process.ts';

/** What a worker is started with. */
export interface WorkerOptions {
  readonly name: string;
  /** Module whose export `main(channel, payload)` runs in the worker; see `Main` in `child-boot.ts`. */
  readonly main: URL;
  /** For `main`, which reads it with `openPayload`. */
  readonly payload: unknown;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly execArgv?: readonly string[] | undefined;
  readonly method?: StartMethod | undefined;
  /** Bytes of each of the channel's rings, a power of two; 256 KiB by default. */
  readonly ringBytes?: number | undefined;
}

/** A daemonic process that serves a pool. */
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
 * @throws NotSendableError, ProcessError, BootstrapError as `Process.start`.
 */
export function startWorker({ name, main, payload, env, execArgv, method, ringBytes }: WorkerOptions): WorkerProcess {
  assertMayStartProcesses('a worker');
  const packed = packPayload(payload, 'payload');
  const options = { name, daemon: true, env, execArgv, context: method };
  const { popen, owner } = startBehind(options, { main, payload: packed, ringBytes });
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
