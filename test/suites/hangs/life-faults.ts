import assert from 'node:assert/strict';
import type { Pool, ProcessPoolExecutor } from 'manycore';
import { waitUntil } from '../../helpers/rendezvous.ts';
import { range } from '../../pool/support.ts';
import * as tasks from '../../pool/hard-tasks.ts';
import type { Crew } from './crew.ts';
import { type Fault, StopError } from './fault.ts';
import { type Call, makeCall, type Submit } from './submits.ts';

const NO_CALLBACK = 'it takes no callback';
const NO_INPUT = 'it takes no input';
const LONG_MS = 60_000;

function* failingInput(): Generator<number> {
  yield* range(5);
  throw new StopError('the input failed');
}

/** What happens around the tasks: to the pool, its callbacks, and its inputs. */
export const LIFE_FAULTS: readonly Fault[] = [
  {
    title: 'loops past its time-out',
    phase: 'run',
    expected: 'TimeoutError',
    run: (crew, submit) => thenEnd(crew, submit, makeCall(submit, crew, { fn: tasks.spin, timeout: 100 })),
  },
  {
    title: 'result loops when it is written',
    phase: 'serialise',
    expected: 'TimeoutError',
    run: (crew, submit) => {
      const argument = ['worker', 'loop', 'none'];
      return thenEnd(crew, submit, makeCall(submit, crew, { fn: tasks.givesTrap, argument, timeout: 100 }));
    },
  },
  {
    title: 'argument loops when it is read',
    phase: 'deserialise',
    expected: 'TimeoutError',
    run: (crew, submit) => {
      const argument = new tasks.Trap('worker', 'none', 'loop');
      return thenEnd(crew, submit, makeCall(submit, crew, { fn: tasks.identity, argument, timeout: 100 }));
    },
  },
  {
    title: 'is cancelled while it loops',
    phase: 'run',
    // A future that runs cannot be cancelled, as in Python; its executor can be ended.
    expected: (submit) => (submit === 'submit' ? 'PoolClosedError' : 'StopError'),
    run: async (crew, submit) => {
      if (submit === 'submit') return endLoop(crew);
      const { controller, outcome } = startCall(crew, submit, { fn: tasks.spin });
      await waitUntil(() => crew.pool.stats().busy > 0, 'it runs');
      controller.abort(new StopError('enough'));
      return outcome;
    },
  },
  {
    title: 'is cancelled while it waits for its turn',
    phase: 'run',
    expected: (submit) => (submit === 'submit' ? 'CancelledError' : 'StopError'),
    run: async (crew, submit) => {
      const others = range(2).map(() => makeCall(submit, crew, { fn: tasks.after, argument: 100 }));
      const { controller, outcome } = startCall(crew, submit, { fn: tasks.after, argument: LONG_MS });
      controller.abort(new StopError('enough'));
      await Promise.all(others);
      return outcome;
    },
  },
  {
    title: 'callback throws',
    phase: 'run',
    expected: (submit) => (submit === 'submit' ? '9' : 'StopError'),
    without: { apply: NO_CALLBACK, imap: NO_CALLBACK, imapUnordered: NO_CALLBACK },
    run: async (crew, submit) => {
      const callback = (): never => {
        throw new StopError('the callback failed');
      };
      if (submit === 'applyAsync') return crew.pool.applyAsync(tasks.square, [3], { callback });
      if (submit === 'map') return crew.pool.mapAsync(tasks.square, [3], { callback });
      const future = crew.executor.submit(tasks.square, 3);
      future.addDoneCallback(callback); // Reported as a warning, as in Python.
      return future;
    },
  },
  {
    title: 'listener throws',
    phase: 'run',
    expected: 'StopError',
    without: { submit: 'it takes no listener' },
    run: async ({ pool }, submit) => {
      const onReport = (): never => {
        throw new StopError('the listener failed');
      };
      if (submit === 'apply') return pool.apply(tasks.reportsForEver, [], { onReport });
      if (submit === 'applyAsync') return pool.applyAsync(tasks.reportsForEver, [], { onReport });
      if (submit === 'map') return pool.map(tasks.reportsForEver, [1], { onReport });
      return drain(pool[submit === 'imap' ? 'imap' : 'imapUnordered'](tasks.reportsForEver, [1], { onReport }));
    },
  },
  {
    title: 'input throws in the middle',
    phase: 'serialise',
    expected: 'StopError',
    without: { apply: NO_INPUT, applyAsync: NO_INPUT },
    run: async ({ pool, executor }, submit) => {
      if (submit === 'map') return pool.map(tasks.square, failingInput());
      if (submit === 'submit') return drain(executor.map(tasks.square, failingInput()));
      return drain(pool[submit === 'imap' ? 'imap' : 'imapUnordered'](tasks.square, failingInput()));
    },
  },
  {
    title: 'get after terminate',
    phase: 'life',
    expected: 'PoolClosedError',
    run: async (crew, submit) => {
      const own = makeOwn(crew);
      const outcome = start(makeCall(submit, own, { fn: tasks.after, argument: LONG_MS }));
      await endOwn(own);
      return outcome;
    },
  },
  {
    title: 'scope left with work pending',
    phase: 'life',
    // The scope of an executor waits, as in Python.
    expected: (submit) => (submit === 'submit' ? '50' : 'PoolClosedError'),
    run: async (crew, submit) => {
      let outcome: PromiseLike<unknown> | undefined;
      if (submit === 'submit') {
        await using executor = crew.makeExecutor();
        outcome = start(executor.submit(tasks.after, 50));
      } else {
        await using pool = crew.makePool();
        outcome = start(makeCall(submit, { pool, executor: crew.executor }, { fn: tasks.after, argument: LONG_MS }));
      }
      return outcome;
    },
  },
  {
    title: 'close while busy',
    phase: 'life',
    expected: '50',
    run: async (crew, submit) => {
      const own = makeOwn(crew);
      const outcome = start(makeCall(submit, own, { fn: tasks.after, argument: 50 }));
      own.pool.close();
      await Promise.all([own.pool.join(), own.executor.shutdown()]);
      return outcome;
    },
  },
  {
    title: 'initializer throws',
    phase: 'life',
    expected: 'RangeError',
    run: (crew, submit) => initialized(crew, submit, tasks.initializerThrows),
  },
  {
    title: 'initializer exits',
    phase: 'life',
    expected: 'WorkerLostError',
    run: (crew, submit) => initialized(crew, submit, tasks.initializerExits),
  },
  {
    title: 'initializer is killed',
    phase: 'life',
    expected: 'WorkerLostError',
    without: { thread: 'it would end the whole program' },
    run: (crew, submit) => initialized(crew, submit, tasks.killsItself),
  },
  {
    title: 'initializer loops past its time-out',
    phase: 'life',
    expected: 'TimeoutError',
    run: (crew, submit) => initialized(crew, submit, tasks.spin),
  },
  {
    title: 'worker is killed while it waits for work',
    phase: 'life',
    expected: '9',
    without: { thread: 'it would end the whole program' },
    run: async (crew, submit) => {
      // Both of the pool, and all of the executor: whichever the call is for.
      await crew.pool.broadcast(tasks.pid);
      await crew.executor.submit(tasks.pid);
      for (const { pid } of crew.pool.workers) process.kill(pid, 'SIGKILL');
      for (const pid of crew.executor.pids) process.kill(pid, 'SIGKILL');
      await waitUntil(() => crew.pool.workers.every(({ state }) => state === 'idle'), 'the others are there');
      await waitUntil(() => crew.executor.pids.length > 0, 'another one is there');
      return makeCall(submit, crew, { fn: tasks.square, argument: 3 });
    },
  },
];

/** The outcome of a call that goes on for ever when it is a future's: its executor is given up. */
async function thenEnd(crew: Crew, submit: Submit, outcome: PromiseLike<unknown>): Promise<unknown> {
  try {
    return await outcome;
  } finally {
    if (submit === 'submit') await crew.executor.terminateWorkers();
  }
}

async function endLoop({ executor }: Crew): Promise<unknown> {
  const future = executor.submit(tasks.spin);
  await waitUntil(() => future.running(), 'it runs');
  assert.equal(future.cancel(), false);
  await executor.terminateWorkers();
  return future;
}

function startCall(
  crew: Crew,
  submit: Submit,
  call: Call,
): { readonly controller: AbortController; readonly outcome: PromiseLike<unknown> } {
  const controller = new AbortController();
  return { controller, outcome: start(makeCall(submit, crew, { ...call, signal: controller.signal })) };
}

/** Somebody asks later: until then a failure is no stray rejection. */
function start(outcome: PromiseLike<unknown>): PromiseLike<unknown> {
  outcome.then(undefined, () => {});
  return outcome;
}

interface Own {
  readonly pool: Pool;
  readonly executor: ProcessPoolExecutor;
}

function makeOwn(crew: Crew, options?: Parameters<Crew['makePool']>[0]): Own {
  return { pool: crew.makePool(options), executor: crew.makeExecutor(options) };
}

async function endOwn({ pool, executor }: Own): Promise<void> {
  await Promise.all([pool.terminate(), executor.terminateWorkers()]);
}

async function initialized(crew: Crew, submit: Submit, initializer: () => unknown): Promise<unknown> {
  const own = makeOwn(crew, { initializer, initializerTimeout: 1_000 });
  try {
    return await makeCall(submit, own, { fn: tasks.square, argument: 3 });
  } finally {
    await endOwn(own);
  }
}

async function drain(results: AsyncIterable<unknown>): Promise<void> {
  for await (const result of results) void result;
}
