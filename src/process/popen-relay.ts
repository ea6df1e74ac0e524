import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Deadline } from '../base/deadline.ts';
import { ProcessError } from '../base/errors.ts';
import { Channel } from '../connection/channel.ts';
import { threadKit } from '../native/portable.ts';
import { OWN_MODE } from '../native/load.ts';
import { childEnvironment, filterExecArgv } from '../reduction/functions/flags.ts';
import { Notes } from './margin.ts';
import { startError } from './popen-spawn.ts';
import { countTasks, haveEnded, ThreadPopen } from './popen-thread.ts';
import type { RelayData } from './relay.ts';
import type { LaunchRequest } from './request.ts';
import { bootNumbers, sendBoot } from './send-boot.ts';
import { stderrTail } from './stderr-tail.ts';

const ENTRY = new URL('../entry/relay.cjs', import.meta.url);
/** Far above what a thread takes to load and to start a process. */
const PATIENCE_MS = 30_000;
/** A thread that fails to begin tells only the event loop, which does not run meanwhile; so one looks now and then. */
const LOOK_AGAIN_MS = 50;
/** Files that a thread opens to begin, and to start a process. */
const DESCRIPTORS = 16;

/**
 * A process of its own where processes share no memory: a thread of this process, its relay, starts it and carries what is
 * sent between this thread and it. For this thread the relay is the child. See `relay.ts`.
 */
export class RelayPopen extends ThreadPopen {
  /** @throws ProcessError as `spawn`. */
  static override start(request: LaunchRequest): RelayPopen {
    const { profile, options } = request;
    const { name } = profile;
    const channel = Channel.create(options.ringBytes);
    try {
      assertDescriptors();
      sendBoot(channel, request);
      const { worker, tasks } = countTasks(() => startRelay(channel, request));
      return new RelayPopen(channel, worker, { name, tasks, pid: awaitPid(channel, name, tasks) });
    } catch (error) {
      channel.close();
      throw error instanceof ProcessError ? error : startError(name, error);
    }
  }

  /** A signal of the system's. */
  override signal(number: number): void {
    if (number === 0 || this.status !== undefined || this.notes.ending !== undefined) return;
    try {
      process.kill(this.pid, number);
    } catch {
      // It ended just now.
    }
  }

  protected override begun(): boolean {
    return this.notes.hasBegun;
  }
}

function startRelay(channel: Channel, { profile, options }: LaunchRequest): Worker {
  const { kit, transferList } = threadKit();
  const workerData: RelayData = {
    numbers: { ...bootNumbers(channel), kit, ownRings: options.ringBytes },
    node: process.execPath,
    flags: filterExecArgv(options.execArgv ?? process.execArgv),
    env: childEnvironment(options.env),
  };
  // Nothing of the user's runs in it.
  const worker = new Worker(ENTRY, {
    name: `relay of ${profile.name}`,
    workerData,
    transferList,
    execArgv: [],
    env: { ...OWN_MODE },
  });
  // When it fails to begin, the start has failed by the time this is told.
  worker.on('error', () => {});
  return worker;
}

/** @throws The system's error when there are too few; a thread that meets it cannot say so in time. */
function assertDescriptors(): void {
  const taken: number[] = [];
  try {
    while (taken.length < DESCRIPTORS) taken.push(openSync(devNull, 'r'));
  } finally {
    for (const fd of taken) closeSync(fd);
  }
}

function awaitPid(channel: Channel, name: string, tasks: readonly string[] | undefined): number {
  const notes = new Notes(channel.margin);
  const deadline = Deadline.after(PATIENCE_MS);
  // Whoever starts a child may be in the middle of something that pollers must not see.
  while (notes.pid === 0 && !deadline.expired && !haveEnded(tasks)) notes.awaitPid(LOOK_AGAIN_MS);
  if (notes.pid > 0) return notes.pid;
  // Written by the relay: the system's code, and its message.
  const [code = '', ...message] = stderrTail(channel).split(' ');
  throw startError(name, Object.assign(new Error(message.join(' ') || 'its relay does not answer'), { code }));
}
