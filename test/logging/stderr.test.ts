import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSource } from '../helpers/program.ts';
import { isNativeOff } from '../helpers/without-addon.ts';

const LIMIT = { timeout: 30_000 };
/** Without the addon, processes write their records themselves instead of handing them over. */
const env = { MANYCORE_START_METHOD: isNativeOff ? 'thread' : 'spawn' };
const CHILD = `
  import { getLogger, logToStderr, run } from 'manycore';
  const work = () => getLogger().info('from the child');`;

test('logToStderr() writes level, name and pid of every process', LIMIT, async () => {
  const { code, stderr } = await runSource(
    `${CHILD}
    logToStderr('INFO').info('from the parent');
    await run(work);`,
    { env },
  );
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^\[INFO\/MainProcess\/\d+\] from the parent$/m);
  assert.match(stderr, /^\[INFO\/\S+\/\d+\] from the child$/m);
  assert.match(stderr, /^\[INFO\/MainProcess\/\d+\] \S+ \(pid \d+.*\) has ended with exit code 0$/m);
});

test('MANYCORE_LOG_LEVEL shows the log of a program that says nothing about it', LIMIT, async () => {
  const program = `import { run } from 'manycore'; await run(() => 1);`;
  const shown = await runSource(program, { env: { ...env, MANYCORE_LOG_LEVEL: 'debug' } });
  assert.match(shown.stderr, /the process runs its work/);
  assert.deepEqual(await runSource(program, { env }), { code: 0, signal: null, stdout: '', stderr: '' });
});

test('a level of the environment that is none is said to be ignored, and stops nothing', LIMIT, async () => {
  const { code, stderr } = await runSource(`import 'manycore';`, { env: { ...env, MANYCORE_LOG_LEVEL: 'loud' } });
  assert.equal(code, 0);
  assert.match(stderr, /MANYCORE_LOG_LEVEL is ignored/);
});

test('without a handler, warnings and errors of children are still seen', LIMIT, async () => {
  const { stderr } = await runSource(
    `
    import { getLogger, run } from 'manycore';
    await run(() => { getLogger().warning('look here'); getLogger().info('not here'); });`,
    { env },
  );
  assert.match(stderr, /^\[WARNING\/\S+\/\d+\] look here\n$/);
});

test('a handler that throws is reported, and the others hear', LIMIT, async () => {
  const { code, stdout, stderr } = await runSource(
    `
    import { getLogger } from 'manycore';
    getLogger().addHandler(() => { throw new Error('broken'); });
    getLogger().addHandler(({ message }) => console.log(message));
    getLogger().error('heard');`,
    { env },
  );
  assert.deepEqual([code, stdout], [0, 'heard\n']);
  assert.match(stderr, /a log handler failed[^]*broken/);
});

test('records that children leave at their last moment are taken when the program ends', LIMIT, async () => {
  const { stdout } = await runSource(
    `
    import { getLogger, Process } from 'manycore';
    getLogger().addHandler(({ message }) => console.log(message));
    getLogger().collect().setLevel('INFO');
    const child = new Process({ target: () => getLogger().info('before the end') });
    child.start();
    child.joinSync();
    process.exit();`,
    { env },
  );
  assert.match(stdout, /^before the end$/m);
});
