import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { SharedMemory, SharedMemoryManager } from 'manycore';
import { runSource } from '../helpers/program.ts';
import { isRunning } from '../helpers/proc.ts';
import { limit } from './support.ts';

describe('SharedMemoryManager', () => {
  test('the server survives SIGINT, and the program hears its own (SHM-14)', limit, async () => {
    await using manager = await new SharedMemoryManager().start();
    manager.process?.interrupt();
    const block = await manager.SharedMemory(64);
    assert.ok(isRunning(manager.process?.pid ?? 0));
    block.close();
    assert.equal(process.listenerCount('SIGINT'), 0);
  });

  test('a clean shutdown says nothing of leaks (SHM-15)', limit, async () => {
    const { code, stdout, stderr } = await runSource(`
      import { SharedMemoryManager } from 'manycore';
      const manager = await new SharedMemoryManager().start();
      const block = await manager.SharedMemory(128);
      const list = await manager.ShareableList([1, 'two']);
      console.log(list.get(1));
      await manager.shutdown();`);
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'two\n', stderr: '' });
  });

  test('before the start and after the end its methods fail; its blocks end with it (SHM-16)', limit, async () => {
    const manager = new SharedMemoryManager();
    await assert.rejects(manager.SharedMemory(8), { name: 'ProcessError' });
    await manager.start();
    const block = await manager.SharedMemory(8);
    block.buf[0] = 7;
    const list = await manager.ShareableList([1, 2]);
    const names = [block.name, list.shm.name];
    const same = new SharedMemory({ name: block.name, track: false });
    assert.equal(same.buf[0], 7);
    await manager.shutdown();
    for (const name of names) {
      assert.throws(() => new SharedMemory({ name }), { code: 'ENOENT' });
      assert.equal(existsSync(`/dev/shm/${name}`), false);
    }
    await assert.rejects(manager.SharedMemory(8), { name: 'ProcessError' });

    let name = '';
    {
      await using scoped = await new SharedMemoryManager().start();
      name = (await scoped.SharedMemory(8)).name;
    }
    assert.throws(() => new SharedMemory({ name }), { code: 'ENOENT' });
  });
});
