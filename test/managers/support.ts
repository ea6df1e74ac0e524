import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { Manager, Process, SyncManager } from 'manycore';

export const limit = { timeout: 20_000 };
const authkey = Buffer.from('the key of the tests');

/** The same tests with a manager of this program, and with one that is reached over a socket. */
export function eachWay(title: string, body: (manager: () => SyncManager) => void): void {
  for (const way of ['local', 'remote'] as const) {
    describe(`${title} [${way}]`, () => {
      let server: SyncManager | undefined;
      let manager: SyncManager | undefined;
      before(async () => {
        if (way === 'local') {
          manager = await Manager();
          return;
        }
        server = await new SyncManager({ address: ['127.0.0.1', 0], authkey }).start();
        const { address } = server;
        manager = await new SyncManager({ ...(address === undefined ? {} : { address }), authkey }).connect();
      });
      after(async () => {
        await manager?.shutdown();
        await server?.shutdown();
      });
      body(() => {
        assert.ok(manager);
        return manager;
      });
    });
  }
}

/** Runs a function in a child, which must end well. */
export async function inChild<A extends readonly unknown[]>(target: (...args: A) => unknown, args: A): Promise<void> {
  const child = new Process({ target, args });
  child.start();
  await child.join();
  assert.equal(child.exitCode, 0);
}
