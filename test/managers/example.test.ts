import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository, runProgram } from '../helpers/program.ts';
import { TYPESCRIPT } from '../helpers/typescript.ts';

test('examples/11-managers.ts prints what it promises', { timeout: 60_000 }, async () => {
  const { code, stdout, stderr } = await runProgram(join(repository, 'examples', '11-managers.ts'), {
    execArgv: TYPESCRIPT,
    timeout: 50_000,
  });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  for (let i = 0; i < 4; i++) {
    assert.match(stdout, new RegExp(`^Worker-${i} updated shared objects$`, 'm'));
    assert.match(stdout, new RegExp(`'Worker-${i}': 'Process Worker-${i} was here'`));
    assert.match(stdout, new RegExp(`'Entry from Worker-${i}'`));
  }
  assert.match(stdout, /^Steps: 300$/m);
});
