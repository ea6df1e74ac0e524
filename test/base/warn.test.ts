import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runSource } from '../helpers/program.ts';

const IMPORT = `import { warn, warnNow } from '#internal/base/warn.js';`;

describe('warnings', () => {
  test('have a class and a code that can be silenced', { timeout: 30_000 }, async () => {
    const { stderr } = await runSource(`${IMPORT} warn('be careful', 'WARN_MP_TEST');`);
    assert.match(stderr, /\[WARN_MP_TEST\] ManycoreWarning: be careful/);
  });

  test('warnNow() prints during exit', { timeout: 30_000 }, async () => {
    const { stderr } = await runSource(`${IMPORT} process.on('exit', () => warnNow('last words', new Error('why')));`);
    assert.match(stderr, /\(ManycoreWarning\) last words\nError: why/);
  });

  test('warnNow() does not fail without a standard error', { timeout: 30_000 }, async () => {
    const { code, stdout } = await runSource(`${IMPORT}
      import { closeSync } from 'node:fs';
      closeSync(2);
      warnNow('unheard');
      process.stdout.write('on');`);
    assert.deepEqual([code, stdout], [0, 'on']);
  });
});
