import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Manager, SharedMemoryManager, SyncManager } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { limit } from './support.ts';

async function useLocal(): Promise<void> {
  await using manager = await Manager();
  const dict = await manager.dict({ a: 1 });
  assert.equal(await dict.get('a'), 1);
  assert.equal(dict.getSync('a'), 1);
}

async function useRemote(): Promise<void> {
  const authkey = Buffer.from('key');
  await using server = await new SyncManager({ address: ['127.0.0.1', 0], authkey }).start();
  await using client = await new SyncManager({ address: server.address ?? '', authkey }).connect();
  assert.equal(await (await client.list([1])).length(), 1);
}

describe('what managers leave behind', () => {
  trackLeaks({ warmUp: useLocal });

  test('nothing of local ones', limit, async () => {
    for (let i = 0; i < 3; i++) await useLocal();
  });

  test('nothing of remote ones', limit, useRemote);

  test('nothing of blocks of shared memory', limit, async () => {
    await using manager = await new SharedMemoryManager().start();
    (await manager.SharedMemory(4096)).close();
  });

  test('nothing of one that was killed, and of one that never ran', limit, async () => {
    const manager = await Manager();
    manager.process?.kill();
    await manager.join();
    await manager.shutdown();
    await assert.rejects(
      new SyncManager().start(() => process.exit(3)),
      { name: 'ProcessError' },
    );
  });
});
