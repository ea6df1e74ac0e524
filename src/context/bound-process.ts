import type { StartMethod } from '../process/launch.ts';
import { BOUND, Process } from '../process/process.ts';

// The classes of the contexts. Each is an export of a module, so that subclasses of them can be sent. They are called
// `Process`, because names of children begin with that of their class.

const Base = Process;

export const SpawnProcess: typeof Process = class Process<
  A extends readonly unknown[] = readonly unknown[],
> extends Base<A> {
  static readonly [BOUND]: StartMethod = 'spawn';
};

export const ForkserverProcess: typeof Process = class Process<
  A extends readonly unknown[] = readonly unknown[],
> extends Base<A> {
  static readonly [BOUND]: StartMethod = 'forkserver';
};

export const ThreadProcess: typeof Process = class Process<
  A extends readonly unknown[] = readonly unknown[],
> extends Base<A> {
  static readonly [BOUND]: StartMethod = 'thread';
};

export const PROCESSES: Readonly<Record<StartMethod, typeof Process>> = {
  spawn: SpawnProcess,
  forkserver: ForkserverProcess,
  thread: ThreadProcess,
};
