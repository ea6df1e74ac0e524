import { after, before, describe } from 'node:test';
import { setStartMethod, getStartMethod } from '#internal/process/methods.js';
import { Spares } from '#internal/process/spares.js';
import { startMethods, type StartMethod } from '../helpers/matrix.ts';

/** A behaviour that has no meaning with some start methods. */
interface Skip {
  readonly what: string;
  readonly why: Partial<Record<StartMethod, string>>;
}

const NO_PROGRAM = 'no program is started, so the system has nothing to refuse';
const SAME_DESCRIPTORS = 'a thread has the descriptors of its process';

/** Each by a name of its own or its id. The page `docs/guide/start-methods.md` shows the same table. */
export const SKIPS = {
  'environment-limit': {
    what: 'an environment that is too large is an error of the start',
    why: {
      thread: NO_PROGRAM,
      forkserver:
        'a prepared process gets its environment through shared memory, where the limit of the system does not count',
    },
  },
  tree: {
    what: '`terminate` and `kill` with `tree` reach programs that a child started by other means',
    why: { thread: 'programs that a thread starts are children of the whole process: it is refused' },
  },
  'PROC-06': {
    what: 'a grandchild sees its parent alive, and ends with it',
    why: { thread: 'a thread that is terminated takes its threads with it before they could look' },
  },
  'PROC-26': { what: 'later children have no more descriptors than earlier ones', why: { thread: SAME_DESCRIPTORS } },
  'last-words': {
    what: 'what a worker said last on its error stream is kept for its parent',
    why: { thread: 'the descriptors are those of the whole process' },
  },
  'PROC-30': {
    what: 'prepared processes may be killed',
    why: { spawn: 'nothing is prepared', thread: 'nothing is prepared' },
  },
  'PROC-36': {
    what: '`joinSync()` outlasts signals that a child sends',
    why: { thread: 'a thread is no process that could send its parent a signal' },
  },
  'CTX-10': { what: 'a child has no descriptor that is none of its business', why: { thread: SAME_DESCRIPTORS } },
  'CTX-11': { what: 'descriptors do not grow from generation to generation', why: { thread: SAME_DESCRIPTORS } },
  'real-signals': {
    what: 'a child that kills or stops itself, or is stopped',
    why: { thread: 'a signal that a thread sends its process ends the process' },
  },
  'system-refuses': { what: 'a Node that cannot start is an error of the start', why: { thread: NO_PROGRAM } },
} as const satisfies Readonly<Record<string, Skip>>;

/** For the option `skip` of a test. */
export function skips(method: StartMethod, id: keyof typeof SKIPS): string | false {
  const { why }: Skip = SKIPS[id];
  return why[method] ?? false;
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
