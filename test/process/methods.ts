import { after, before, describe } from 'node:test';
import { setStartMethod, getStartMethod } from '#internal/process/methods.js';
import { Spares } from '#internal/process/spares.js';
import { startMethods, type StartMethod } from '../helpers/matrix.ts';

/** Why a behaviour has no meaning with a start method. The page `docs/start-methods.md` shows the same table. */
export const SKIPS: Readonly<Record<string, Partial<Record<StartMethod, string>>>> = {
  'environment-limit': {
    thread: 'no program is started, so the system has nothing to refuse',
    forkserver:
      'a prepared process gets its environment through shared memory, where the limit of the system does not count',
  },
  'PROC-06': { thread: 'a thread that is terminated takes its threads with it before they could look' },
  tree: { thread: 'programs that a thread starts are children of the whole process: it is refused' },
  'PROC-30': {
    spawn: 'nothing is prepared',
    thread: 'nothing is prepared',
  },
  'CTX-10': { thread: 'a thread has the descriptors of its process' },
  'CTX-11': { thread: 'a thread has the descriptors of its process' },
  'PROC-26': { thread: 'a thread has the descriptors of its process' },
  'PROC-29': { thread: 'the descriptors are those of the whole process' },
  'PROC-36': { thread: 'a thread is no process that could send its parent a signal' },
  'real-signals': { thread: 'a signal that a thread sends its process ends the process' },
  'system-refuses': { thread: 'no program is started, so the system has nothing to refuse' },
};

/** For the option `skip` of a test. */
export function skips(method: StartMethod, id: keyof typeof SKIPS): string | false {
  return SKIPS[id]?.[method] ?? false;
}

/** All start methods, or those of `MANYCORE_TEST_METHODS`. */
const METHODS: readonly StartMethod[] =
  process.env['MANYCORE_TEST_METHODS'] === undefined ? ['spawn', 'forkserver', 'thread'] : startMethods;

/** One `describe` for each start method, which is the default one of this program meanwhile. */
export function onEachMethod(title: string, body: (method: StartMethod) => void): void {
  for (const method of METHODS) {
    describe(`${title} [${method}]`, () => {
      const usual = getStartMethod({ allowNone: true }) ?? 'spawn';
      before(() => setStartMethod(method, { force: true }));
      after(() => {
        setStartMethod(usual, { force: true });
        // Prepared processes are no leak, but they would look like one.
        Spares.current().dismiss();
      });
      body(method);
    });
  }
}

/** The environment that makes a program use a start method. */
export function environmentOf(method: StartMethod): { readonly MANYCORE_START_METHOD: string } {
  return { MANYCORE_START_METHOD: method };
}
