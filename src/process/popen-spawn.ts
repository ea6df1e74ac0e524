import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Deadline } from '../base/deadline.ts';
import { ProcessError } from '../base/errors.ts';
import { Channel } from '../connection/channel.ts';
import { native } from '../native/addon.ts';
import { childEnvironment, filterExecArgv } from '../reduction/functions/flags.ts';
import { BOOT_VARIABLE, type BootNumbers } from './boot.ts';
import type { LaunchRequest } from './request.ts';
import { Popen, type ExitStatus } from './popen.ts';
import { bootNumbers, sendBoot } from './send-boot.ts';
import { watchStart } from './start-watch.ts';

/** The first file of a child. */
export const ENTRY: string = fileURLToPath(new URL('../entry/process.cjs', import.meta.url));

/** A fresh Node for each child. */
export class SpawnPopen extends Popen {
  readonly pid: number;
  readonly ident: number;
  readonly #child: ChildProcess;

  /** @param node Just started; or prepared ahead, if its messages are on their way. */
  constructor(channel: Channel, { child, pid }: StartedNode) {
    super(channel);
    this.#child = child;
    this.pid = pid;
    this.ident = pid;
    child.once('exit', (code, signal) => this.ended(statusOf(code, signal)));
  }

  /** @throws ProcessError with the system's error as `cause`. */
  static start(request: LaunchRequest): SpawnPopen {
    const channel = Channel.create(request.options.ringBytes);
    try {
      sendBoot(channel, request);
      const { profile, options } = request;
      const flags = filterExecArgv(options.execArgv ?? process.execArgv);
      const env = childEnvironment(options.env);
      return new SpawnPopen(channel, spawnNode(profile.name, { flags, env, channel }));
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  signal(number: number): void {
    if (this.status === undefined) this.#child.kill(number);
  }

  ref(): void {
    this.#child.ref();
  }

  unref(): void {
    this.#child.unref();
  }

  isOver(deadline: Deadline): boolean {
    return native().waitExit(this.pid, deadline.remainingOrForever()).exited;
  }

  override reap(): void {
    native().reap(this.pid);
  }

  protected look(timeoutMs: number): ExitStatus | undefined {
    const { exited, code, signal } = native().waitExit(this.pid, timeoutMs);
    // libuv may have taken the status already; its event, which is about to run, knows it.
    const isKnown = code >= 0 || signal > 0;
    return exited && isKnown ? { exitCode: signal > 0 ? -signal : code, signal } : undefined;
  }
}

function statusOf(code: number | null, name: NodeJS.Signals | null): ExitStatus {
  const signal = name === null ? 0 : constants.signals[name];
  return { exitCode: signal > 0 ? -signal : (code ?? 0), signal };
}

/** A Node that the system has started. */
export interface StartedNode {
  readonly child: ChildProcess;
  readonly pid: number;
}

/** What a Node is started with. */
export interface NodeSettings {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** To its parent. */
  readonly channel: Channel;
  /** Modules that it loads before it has work. */
  readonly preload?: readonly string[];
}

/** @throws ProcessError with the system's error as `cause`. */
export function spawnNode(name: string, { flags, env, channel, preload }: NodeSettings): StartedNode {
  const boot: BootNumbers = { ...bootNumbers(channel), ...(preload && { preload }) };
  // Loaded here because children that start no others must not pay for it.
  const { spawn } = process.getBuiltinModule('node:child_process');
  try {
    const child = spawn(process.execPath, [...flags, ENTRY], {
      env: { ...env, [BOOT_VARIABLE]: JSON.stringify(boot) },
      stdio: ['ignore', 'inherit', 'inherit'],
      windowsHide: true,
    });
    // A start that failed is reported below; later errors concern signals to a child that is gone.
    child.on('error', () => {});
    if (child.pid !== undefined) {
      watchStart(child, { flags, env }, channel.margin);
      return { child, pid: child.pid };
    }
  } catch (error) {
    throw startError(name, error);
  }
  throw startError(name, refusal());
}

/** Node tells why a start failed only in a later turn, so the system is asked once more in the way that answers at once. */
export function refusal(node: string = process.execPath): Error | undefined {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  return spawnSync(node, ['--version'], { stdio: 'ignore' }).error;
}

export function startError(name: string, cause: unknown): ProcessError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reason = cause instanceof Error ? cause.message : 'the system had no room for another process at that moment';
  return new ProcessError(`cannot start ${name}: ${reason}${REMEDIES[code] ?? ''}`, { cause });
}

const REMEDIES: Readonly<Record<string, string>> = {
  EAGAIN: "; the limit of processes is reached (see `ulimit -u` and the container's pids limit): start fewer at once",
  ENOMEM: '; there is not enough memory for another process: start fewer at once',
  EMFILE: '; this process has too many files open (see `ulimit -n`)',
  ENFILE: '; the system has too many files open',
  ENOENT: '; the Node that runs this program is not there any more',
  EACCES: '; the Node that runs this program may not be executed any more',
  E2BIG: '; the environment is too large',
};
