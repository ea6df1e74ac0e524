import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { packResult } from '#internal/reduction/error-codec.js';
import { assertMayStartProcesses } from '#internal/reduction/functions/importing.js';
import { inspectorRefusal } from '#internal/reduction/functions/inspector.js';
import { loadModules, resolveReference } from '#internal/reduction/functions/load.js';
import type { ReferencedFunction } from '#internal/reduction/functions/node.js';
import { functionPort } from '#internal/reduction/functions/port.js';
import { resolveToken } from '#internal/reduction/functions/registry.js';
import { threadState } from '#internal/reduction/functions/state.js';
import { pack } from '#internal/reduction/pack.js';
import { fixtures } from './run-fixture.ts';

// The texts are part of the contract. Those of functions whose text cannot be copied are in `refused.test.ts`.

const timeout = 10_000;
const tasks = new URL('tasks.mjs', fixtures).href;
const gone = new URL('not-there.mjs', fixtures).href;

class Account {
  #balance = 1;
  get balance(): number {
    return this.#balance;
  }
}

function reference(change: Partial<ReferencedFunction>): ReferencedFunction {
  return { kind: 'reference', url: tasks, path: ['f'], via: 'exports', cjs: false, hash: 'none', name: 'f', ...change };
}

function packFunction(fn: Function): unknown {
  return pack(fn, { functions: functionPort() });
}

/** What a child says that starts processes while it imports a module. */
function startWhileImporting(): void {
  const state = threadState();
  state.child = true;
  state.importing++;
  try {
    assertMayStartProcesses('a Pool of child processes');
  } finally {
    state.importing--;
    state.child = false;
  }
}

const work = Promise.resolve();
const account = new Account();

const MESSAGES: readonly (readonly [what: string, run: () => unknown, message: string])[] = [
  [
    'a part of a value',
    () => pack({ jobs: [0, 1, 2, { done: work }] }),
    'cannot send value.jobs[3].done to another process: it is a Promise (await it first)',
  ],
  [
    'a captured variable',
    () =>
      packFunction(function handler() {
        return work;
      }),
    "cannot send value to another process: it is a Promise (await it first) (captured as 'work' by function 'handler')",
  ],
  [
    'a part of a captured variable',
    () => {
      const w = { jobs: [{ done: work }] };
      return packFunction(function handler() {
        return w;
      });
    },
    "cannot send value.jobs[0].done to another process: it is a Promise (await it first) (captured as 'w' by function 'handler')",
  ],
  [
    'private fields',
    () => pack({ account }, { functions: functionPort() }),
    'cannot send value.account to another process: class Account has private fields (#balance), which cannot be read from outside; give the class a reduce method',
  ],
  [
    'a built-in class',
    () => pack(new Socket()),
    'cannot send value to another process: no copy rule for built-in class Socket',
  ],
  [
    'an unknown name in a module',
    () => resolveReference(reference({ path: ['nothing'] })),
    `cannot find function 'f' of ${tasks} here: the module was imported but nothing of that name is reachable`,
  ],
  [
    'a module with another text',
    () => resolveReference(reference({ path: ['square'] })),
    `function 'f' of ${tasks} is not the one that was sent: its source text differs in this process (module changed on disk, or loaded through another loader)`,
  ],
  [
    'a function that came home too late',
    () => resolveToken('elsewhere:1'),
    'a function of this process came back, but it is no longer known here',
  ],
  [
    'a result',
    () => packResult({ work }),
    'the result of the call cannot be sent back: cannot send value.work to another process: it is a Promise (await it first)',
  ],
  [
    'the permission model',
    () => {
      throw new Error(inspectorRefusal());
    },
    'this Node refuses the inspector (permission model): send exported or registered functions, or start with --allow-inspector',
  ],
  [
    'a missing guard',
    startWhileImporting,
    `tried to start a Pool of child processes while this child process was still importing the program's modules. \
Children import the modules of the functions that they run, so whatever starts processes must be guarded:

    import { isMain } from 'manycore';
    if (isMain(import.meta)) {
      // start a Pool of child processes here
    }

In CommonJS the guard is isMain(module).`,
  ],
];

describe('messages', () => {
  for (const [what, run, message] of MESSAGES) {
    test(`${what}: what, why and what to do`, { timeout }, async () => {
      await loadModules([{ url: tasks, cjs: false, name: 'f' }]);
      assert.throws(run, { message });
    });
  }

  test('a module that fails keeps its error as the cause (FN-56)', { timeout }, async () => {
    await assert.rejects(loadModules([{ url: gone, cjs: false, name: 'f' }]), (error: Error) => {
      assert.ok(error.cause instanceof Error);
      assert.equal(error.message, `while importing the module of function 'f' of ${gone}: ${error.cause.message}`);
      return true;
    });
  });
});
