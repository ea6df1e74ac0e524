import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { getAllStartMethods, getContext, getStartMethod, run, setForkserverPreload, setStartMethod } from 'manycore';
import { fixture, runSource } from '../helpers/program.ts';
import { environmentOf, onEachMethod } from '../process/methods.ts';
import { withoutAddon } from '../helpers/without-addon.ts';

const LIMIT = { timeout: 30_000 };
const PREPARED = { timeout: 60_000, skip: withoutAddon('spares') };

/** For wrong arguments, which the types would not let pass. */
const wrong = (value: unknown): never => value as never;

onEachMethod('contexts', (method) => {
  test('a context says its name, gives itself, and keeps its method (CTX-01)', LIMIT, () => {
    const context = getContext(method);
    assert.equal(context.getStartMethod(), method);
    assert.equal(context.getContext(), context);
    assert.equal(getContext(method), context);
    const other = method === 'spawn' ? 'thread' : 'spawn';
    assert.throws(() => context.setStartMethod(other), { code: 'ERR_MP_PROCESS' });
    assert.equal(context.getContext(other).getStartMethod(), other);
  });

  test('a child sees the method of its creator (CTX-02)', LIMIT, async () => {
    const seen = (): string => getStartMethod();
    assert.equal(await getContext(method).run(seen), method);
    assert.equal(await run(seen, [], { context: getContext(method) }), method);
  });

  test('a process of a context starts by its method and is called like any other', LIMIT, async () => {
    const child = new (getContext(method).Process)({ target: Math.abs, args: [1] });
    assert.match(child.name, /^Process-\d+$/);
    child.start();
    assert.equal(child.pid === process.pid, method === 'thread');
    await child.join();
    assert.equal(child.exitCode, 0);
  });

  test('a pool of a context has workers of its method', LIMIT, async () => {
    await using pool = new (getContext(method).Pool)(1);
    assert.equal(await pool.apply(Math.max, [1, 2]), 2);
    assert.equal(pool.workers[0]?.pid === process.pid, method === 'thread');
  });

  test(
    'the server of a manager of a context starts by its method',
    { ...LIMIT, skip: withoutAddon('manager') },
    async () => {
      const { BaseManager, SharedMemoryManager, SyncManager } = getContext(method);
      for (const Manager of [BaseManager, SharedMemoryManager, SyncManager]) {
        await using manager = await new Manager({ context: undefined }).start();
        assert.match(manager.name, new RegExp(`^${Manager.name}-`));
        assert.equal(manager.process?.pid === process.pid, method === 'thread');
        assert.throws(() => new Manager(wrong(5)), { code: 'ERR_MP_INVALID_ARG' });
      }
    },
  );

  test('a queue of one context works in every other (CTX-06)', LIMIT, async () => {
    const queue = new (getContext('spawn').Queue)<number>();
    const put = (target: typeof queue): Promise<void> => target.put(7);
    await getContext(method).run(put, [queue]);
    assert.equal(await queue.get(), 7);
  });
});

describe('start methods', () => {
  test('all are listed, the default first (CTX-03)', LIMIT, async () => {
    const { stdout } = await runSource(`
      import { getAllStartMethods, getStartMethod, setStartMethod } from 'manycore';
      console.log(getStartMethod({ allowNone: true }), getAllStartMethods()[0] === getStartMethod());
      try { setStartMethod('thread') } catch (error) { console.log(error.code) }
      setStartMethod('thread', { force: true });
      console.log(getStartMethod());`);
    assert.equal(stdout, 'null true\nERR_MP_PROCESS\nthread\n');
    assert.deepEqual(getAllStartMethods().toSorted(), ['forkserver', 'spawn', 'thread']);
  });

  test("'fork' is told why there is none", LIMIT, () => {
    const told = { name: 'RangeError', code: 'ERR_MP_INVALID_ARG', message: /'forkserver', whose .* cannot be forked/ };
    assert.throws(() => getContext(wrong('fork')), told);
    assert.throws(() => setStartMethod(wrong('fork'), { force: true }), told);
    assert.throws(() => getContext(wrong('other')), { name: 'RangeError' });
    assert.throws(() => getContext(wrong(1)), { name: 'TypeError' });
  });

  test('names of modules to preload must be strings (CTX-04)', LIMIT, () => {
    assert.throws(() => setForkserverPreload(wrong([1])), { name: 'TypeError' });
    assert.throws(() => setForkserverPreload(['./relative.js']), { name: 'RangeError' });
  });

  const preloading = (policy: string, ...modules: string[]): Promise<{ stdout: string; stderr: string }> =>
    runSource(
      `import { run, setForkserverPreload } from 'manycore';
      const loaded = () => globalThis.preloaded === true;
      setForkserverPreload(${JSON.stringify(modules)}, { onError: '${policy}' });
      let seen = false;
      const end = performance.now() + 15000;
      while (!seen && performance.now() < end) {
        try { seen = await run(loaded); } catch (error) { console.log(error.code); break; }
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      console.log(seen);`,
      { env: environmentOf('forkserver') },
    );
  const good = pathToFileURL(fixture('context/preloaded.mjs')).href;
  const bad = pathToFileURL(fixture('context/fails.mjs')).href;

  test('prepared processes have the modules, and say nothing (CTX-05, CTX-14)', PREPARED, async () => {
    const { stdout, stderr } = await preloading('warn', good);
    assert.deepEqual([stdout, stderr], ['true\n', '']);
  });

  test('a module that fails is told once, or ignored, or ends it (CTX-14)', PREPARED, async () => {
    const warned = await preloading('warn', bad, good);
    assert.equal(warned.stdout, 'true\n');
    assert.match(warned.stderr, /WARN_MP_PRELOAD.*fails\.mjs: on purpose/);
    assert.equal((await preloading('ignore', bad, good)).stderr, '');
    assert.match((await preloading('fail', bad)).stdout, /ERR_MP_PROCESS/);
  });
});
