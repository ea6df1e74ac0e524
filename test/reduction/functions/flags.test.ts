import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { childEnvironment, filterExecArgv } from '#internal/reduction/functions/flags.js';
import { isDescendant, limitOf } from '#internal/reduction/functions/generations.js';

describe('flags of children', () => {
  const rows: readonly (readonly [what: string, flags: string[], kept: string[]])[] = [
    ['a program text', ['-e', '-x + 1', '--input-type=module', '-p', '1', '-pe', '2', '--eval=3', '--print', '4'], []],
    ['the type of the text', ['--input-type', 'module', '--no-warnings'], ['--no-warnings']],
    [
      'the debugger',
      ['--inspect', '--inspect-brk=9229', '--inspect-port', '0', '--inspect-wait', '--debug-port=1'],
      [],
    ],
    [
      'the test runner',
      ['--test', '--test-reporter', 'tap', '--test-only', '--test-name-pattern=x', '--experimental-test-coverage'],
      [],
    ],
    ['watching', ['--watch', '--watch-path', 'src', '--watch-preserve-output'], []],
    ['the REPL', ['-i', '--interactive'], []],
  ];
  for (const [what, flags, kept] of rows) {
    test(`${what} is not for children (FN-57)`, () => {
      assert.deepEqual(filterExecArgv(flags), kept);
    });
  }

  test('what concerns modules, memory and permissions is kept as it is (FN-58)', () => {
    const flags = [
      '--import',
      'tsx',
      '-r',
      './a.cjs',
      '-C',
      'cond',
      '--conditions=x',
      '--max-old-space-size=100',
      '--permission',
      '--enable-source-maps',
    ];
    assert.deepEqual(filterExecArgv(flags), flags);
  });

  test('the environment loses the channels of this process and counts generations (FN-57)', () => {
    const changes = {
      NODE_TEST_CONTEXT: 'child-v8',
      NODE_CHANNEL_FD: '3',
      NODE_OPTIONS: '--inspect=0 --require "./with space.cjs" --test-only --max-old-space-size=100',
      KEPT: 'yes',
      PATH: undefined,
    };
    const environment = childEnvironment(changes);
    assert.equal(environment['NODE_TEST_CONTEXT'], undefined);
    assert.equal(environment['NODE_CHANNEL_FD'], undefined);
    assert.equal(environment['PATH'], undefined);
    assert.equal(environment['KEPT'], 'yes');
    assert.equal(environment['MANYCORE_DEPTH'], '1');
    assert.match(environment['MANYCORE_ROOT'] ?? '', new RegExp(`^${process.pid}\\.[1-9]\\d*$`));
    assert.equal(environment['NODE_OPTIONS'], '--require "./with space.cjs" --max-old-space-size=100');
  });

  test('limits are those that a variable names, if it names a number (FN-48)', (context) => {
    const variable = 'MANYCORE_TEST_LIMIT';
    context.after(() => delete process.env[variable]);
    const limits = ['12', '0', '', 'many', '-1'].map((text) => {
      process.env[variable] = text;
      return limitOf(variable, 7);
    });
    assert.deepEqual(limits, [12, 0, 7, 7, 7]);
  });

  test('what has two generations above it is told by its environment (FN-48)', (context) => {
    process.env['MANYCORE_ROOT'] = '5.6';
    context.after(() => delete process.env['MANYCORE_ROOT']);
    assert.equal(isDescendant(['A=1', 'MANYCORE_ROOT=5.6', 'MANYCORE_DEPTH=2']), true);
    assert.equal(isDescendant(['MANYCORE_ROOT=5.6', 'MANYCORE_DEPTH=1']), false);
    assert.equal(isDescendant(['MANYCORE_ROOT=5.7', 'MANYCORE_DEPTH=2']), false);
    assert.equal(isDescendant([]), false);
  });
});
