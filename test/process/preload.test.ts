import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Manager, Pool, Process, ProcessPoolExecutor, run } from 'manycore';
import { fixture, runProgram } from '../helpers/program.ts';
import { withoutAddon } from '../helpers/without-addon.ts';
import { environmentOf, onEachMethod } from './methods.ts';

const LIMIT = { timeout: 60_000 };

/** For wrong arguments, which the types would not let pass. */
const wrong = (value: unknown): never => value as never;

onEachMethod('modules that children load first', (method) => {
  const limit = { ...LIMIT, skip: method !== 'thread' && withoutAddon('manager') };
  test('their hooks and registrations count in whatever a program starts (FN-58)', limit, async () => {
    const program = fixture('functions/preload/main.mjs');
    const { stdout, stderr } = await runProgram(program, { env: environmentOf(method), timeout: 50_000 });
    assert.equal(
      stdout,
      `${method}
run without: while importing the module of function 'scaled
run: 6
child of a child: 8
process: 6
pool: [ 3, 6 ]
initializer: 3
registered: 2
executor: 6
manager: 1
throws.mjs: ProcessError preload: throws.mjs cannot be loaded: on purpose
starts.mjs: BootstrapError tried to start a Pool
nowhere.mjs: ProcessError preload: nowhere.mjs cannot be loaded: Cannot find module '${fixture('functions/preload/nowhere.mjs')}'
run: ProcessError preload: throws.mjs cannot be loaded: on purpose
`,
      stderr,
    );
  });
});

test('modules are named by URL or absolute path, and anything else is refused where it is said', LIMIT, async () => {
  const makers: readonly ((preload: never) => unknown)[] = [
    (preload) => new Process({ preload }),
    (preload) => new Pool({ processes: 1, preload }),
    (preload) => new ProcessPoolExecutor({ maxWorkers: 1, preload }),
  ];
  for (const make of makers) {
    assert.throws(() => make(wrong(['./relative.mjs'])), {
      name: 'RangeError',
      code: 'ERR_MP_INVALID_ARG',
      message: /: expected `preload\[0\]` to be a URL or an absolute path, such as `import\.meta\.resolve\(…\)`/,
    });
    assert.throws(() => make(wrong('file:///a.mjs')), { name: 'TypeError', code: 'ERR_MP_INVALID_ARG' });
    assert.throws(() => make(wrong([1])), { name: 'TypeError', code: 'ERR_MP_INVALID_ARG' });
  }
  await assert.rejects(run(Math.abs, [1], { preload: ['x'] }), { name: 'RangeError' });
  await assert.rejects(async () => Manager({ preload: ['x'] }), { name: 'RangeError' });
});
