import { ProcessError } from '../base/errors.ts';
import { sharedState } from '../base/globals.ts';
import * as surface from './surface.ts';
import type { StartMethod } from '../process/launch.ts';
import { poolOptions } from '../pool/options.ts';
import { checkStartMethod, getStartMethod } from '../process/methods.ts';
import type { Process } from '../process/process.ts';
import { run, runSync } from '../process/run.ts';
import { PROCESSES } from './bound-process.ts';

/**
 * The whole surface of the library, bound to one start method.
 *
 * What it makes works together with what other contexts make: locks, queues, pipes and shared memory are the same in all.
 *
 * @see Python `multiprocessing.get_context`
 */
export interface Context extends Surface {
  readonly Process: typeof Process;
  readonly Pool: typeof surface.Pool;
  readonly ProcessPoolExecutor: typeof surface.ProcessPoolExecutor;
  readonly ProcessManager: typeof surface.ProcessManager;
  readonly run: typeof run;
  readonly runSync: typeof runSync;
  /** Itself, or the context of another method. */
  getContext(method?: StartMethod): Context;
  /** Its name. */
  getStartMethod(): StartMethod;
  /** @throws ProcessError always, unless `method` is its own name: a context keeps its method. */
  setStartMethod(method: StartMethod): void;
}

type Surface = Omit<typeof surface, 'Process' | 'Pool' | 'run' | 'runSync' | 'getStartMethod' | 'setStartMethod'>;

/**
 * The context of a start method.
 *
 * @param method By default the one that {@link getStartMethod} gives; to ask decides it, as there.
 * @throws RangeError or TypeError when there is no such method; `'fork'` is told why.
 */
export function getContext(method?: StartMethod): Context {
  const name = method === undefined ? getStartMethod() : checkStartMethod('getContext', 'method', method);
  const contexts = sharedState('context.contexts.1', () => new Map<StartMethod, Context>());
  const known = contexts.get(name);
  if (known) return known;
  const made = makeContext(name);
  contexts.set(name, made);
  return made;
}

function makeContext(name: StartMethod): Context {
  const context: Context = {
    ...surface,
    Process: PROCESSES[name],
    Pool: boundPool(name),
    ProcessPoolExecutor: boundExecutor(name),
    ProcessManager: boundProcessManager(name),
    ...boundManagers(name),
    getReusableExecutor: (options) => surface.getReusableExecutor(bound(name, options)),
    benchmarkTask: (fn, items, options) => surface.benchmarkTask(fn, items, bound(name, options)),
    advise: (fn, sample, options) => surface.advise(fn, sample, bound(name, options)),
    run: (fn, args, options) => run(fn, args, bound(name, options)),
    runSync: (fn, args, options) => runSync(fn, args, bound(name, options)),
    Manager: (options) => surface.Manager(bound(name, options)),
    getContext: (method) => (method === undefined ? context : getContext(method)),
    getStartMethod: () => name,
    setStartMethod: (method) => {
      if (checkStartMethod('setStartMethod', 'method', method) === name) return;
      throw new ProcessError(`setStartMethod: this context is that of '${name}' for good; use getContext('${method}')`);
    },
  };
  return Object.freeze(context);
}

function boundPool(context: StartMethod): typeof surface.Pool {
  const Base = surface.Pool;
  return class Pool extends Base {
    constructor(processes?: number | surface.PoolOptions, options?: surface.PoolOptions) {
      const given = poolOptions('Pool', processes, options);
      super(bound(context, given));
    }
  };
}

function boundExecutor(context: StartMethod): typeof surface.ProcessPoolExecutor {
  const Base = surface.ProcessPoolExecutor;
  return class ProcessPoolExecutor extends Base {
    constructor(options: number | surface.ExecutorOptions = {}) {
      super(typeof options === 'number' ? { context, maxWorkers: options } : bound(context, options));
    }
  };
}

function boundProcessManager(context: StartMethod): typeof surface.ProcessManager {
  const Base = surface.ProcessManager;
  return class ProcessManager extends Base {
    constructor(options: number | surface.ExecutorOptions = {}) {
      super(typeof options === 'number' ? { context, maxWorkers: options } : bound(context, options));
    }
  };
}

/** The managers whose servers are started in that way. */
function boundManagers(
  context: StartMethod,
): Pick<typeof surface, 'BaseManager' | 'SyncManager' | 'SharedMemoryManager'> {
  const { BaseManager: Base, SyncManager: Sync, SharedMemoryManager: Memory } = surface;
  return {
    BaseManager: class BaseManager extends Base {
      constructor(options?: surface.ManagerOptions) {
        super(bound(context, options));
      }
    },
    SyncManager: class SyncManager extends Sync {
      constructor(options?: surface.ManagerOptions) {
        super(bound(context, options));
      }
    },
    SharedMemoryManager: class SharedMemoryManager extends Memory {
      constructor(options?: surface.ManagerOptions) {
        super(bound(context, options));
      }
    },
  };
}

/** Options with the method of the context where they name none. What are no options is refused by whom they are for. */
function bound<O extends object>(context: StartMethod, options: O | undefined): O {
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options)))
    return options;
  const given: { readonly context?: unknown } = options ?? {};
  return { ...given, context: given.context === undefined ? context : given.context } as O; // all who call it have that option
}
