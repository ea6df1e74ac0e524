import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { StartMethod } from '../helpers/matrix.ts';
import { isRunning, processFacts } from '../helpers/proc.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { hasScript } from '../helpers/terminal.ts';
import { assertNobodyLives, blocksOf, PROMISED, startHost } from './host.ts';
import { onEachMethod, skips } from './methods.ts';

const LIMIT = { timeout: 30_000 };

/** A thread cannot be stopped by itself. */
function onlyProcesses(method: StartMethod): { timeout: number; skip: string | false } {
  return { ...LIMIT, skip: skips(method, 'real-signals') };
}

onEachMethod('deaths', (method) => {
  for (const childWork of ['live', 'loop', 'block']) {
    for (const hostWork of ['live', 'loop', 'join']) {
      test(`kill -9 of a host (${hostWork}) ends its tree (${childWork})`, LIMIT, async () => {
        const host = await startHost(method, [childWork, hostWork]);
        host.process.kill('SIGKILL');
        await assertNobodyLives(host);
        assert.deepEqual(blocksOf(host), []);
      });
    }
  }

  test('a host that was stopped goes on, and its tree too', LIMIT, async () => {
    const host = await startHost(method, ['live', 'live']);
    host.process.kill('SIGSTOP');
    await waitUntil(() => processFacts(host.process.pid ?? 0)?.state === 'T', 'the host is stopped');
    assert.ok(host.pids.every(isRunning));
    host.process.kill('SIGCONT');
    await waitUntil(() => processFacts(host.process.pid ?? 0)?.state !== 'T', 'the host goes on');
    host.process.kill('SIGTERM');
    await assertNobodyLives(host);
  });

  test('kill -9 of a stopped host ends its tree', LIMIT, async () => {
    const host = await startHost(method, ['loop', 'live']);
    host.process.kill('SIGSTOP');
    host.process.kill('SIGKILL');
    await assertNobodyLives(host);
  });

  test('a stopped child ends when it is continued after the death of its host', onlyProcesses(method), async () => {
    const host = await startHost(method, ['live', 'live']);
    const [child = 0] = host.pids;
    process.kill(child, 'SIGSTOP');
    host.process.kill('SIGKILL');
    await once(host.process, 'exit');
    process.kill(child, 'SIGCONT');
    await assertNobodyLives(host);
  });

  for (const hostWork of ['exit', 'throw']) {
    test(`a host that ends by ${hostWork} ends its tree`, LIMIT, async () => {
      const host = await startHost(method, ['live', hostWork]);
      host.process.stdin?.write('now');
      await assertNobodyLives(host);
      assert.equal(host.process.exitCode, hostWork === 'exit' ? 3 : 1);
    });
  }

  test('SIGTERM of a host ends its tree', LIMIT, async () => {
    const host = await startHost(method, ['loop', 'live']);
    host.process.kill('SIGTERM');
    await assertNobodyLives(host);
    assert.equal(host.process.signalCode, 'SIGTERM');
  });

  test('Ctrl-C ends everything quietly', LIMIT, async () => {
    const host = await startHost(method, ['live', 'live'], 'group');
    // A terminal sends the signal to the whole foreground group.
    process.kill(-(host.process.pid ?? 0), 'SIGINT');
    await assertNobodyLives(host);
    assert.equal(host.process.signalCode, 'SIGINT');
    assert.equal(host.output(), '');
  });

  test("Ctrl-C leaves the host to the user's own handler", LIMIT, async () => {
    const host = await startHost(method, ['live', 'handle'], 'group');
    process.kill(-(host.process.pid ?? 0), 'SIGINT');
    await assertNobodyLives(host);
    assert.equal(host.process.exitCode, 0);
    assert.equal(host.output(), 'handled');
  });

  const terminal = { ...LIMIT, skip: hasScript ? false : 'this machine has no `script`, which makes a terminal' };
  for (const [hostWork, end, output] of [
    ['live', { code: 130, text: '' }, 'quietly'],
    ['handle', { code: 0, text: 'handled' }, "by the user's handler"],
  ] as const) {
    test(`Ctrl-C typed in a terminal ends everything once, ${output}`, terminal, async () => {
      const { process: shell, pids, output: written } = await startHost(method, ['live', hostWork], 'terminal');
      shell.stdin?.write('\x03');
      const [code] = await once(shell, 'exit');
      await waitUntil(() => !pids.some(isRunning), 'no descendant lives', PROMISED);
      // What was typed is shown by the terminal.
      assert.deepEqual({ code, text: written().replaceAll('^C', '').trim() }, end);
    });
  }
});
