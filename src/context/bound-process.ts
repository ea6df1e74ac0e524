import type { StartMethod } from '../process/launch.ts';
import { BOUND, Process as Base } from '../process/process.ts';

// The classes of the contexts. Each is an export of a module, so that subclasses of them can be sent. They are called
// `Process`, because names of children begin with that of their class.

export const SpawnProcess: typeof Base = class Process<
  A extends readonly unknown[] = readonly unknown[],
> extends Base<A> {
  static readonly [BOUND]: StartMethod = 'spawn';
};

export const ForkserverProcess: typeof Base = class Process<
  A extends readonly unknown[] = readonly unknown[],
> extends Base<A> {
  static readonly [BOUND]: StartMethod = 'forkserver';
};

export const ThreadProcess: typeof Base = class Process<
  A extends readonly unknown[] = readonly unknown[],
> extends Base<A> {
  static readonly [BOUND]: StartMethod = 'thread';
};

export const PROCESSES: Readonly<Record<StartMethod, typeof Base>> = {
  spawn: SpawnProcess,
  forkserver: ForkserverProcess,
  thread: ThreadProcess,
};
