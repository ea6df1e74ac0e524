import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { type Context, getContext, type ManagerOptions, Process, SyncManager } from 'manycore';
import { type StartMethod, startMethods } from '../helpers/matrix.ts';

export const limit = { timeout: 20_000 };
const authkey = Buffer.from('the key of the tests');

/** `json`: as `remote`, with the other serializer. */
export type Way = 'local' | 'remote' | 'json';

/** Runs a function in a child, which must end well. */
export type InChild = <A extends readonly unknown[]>(target: (...args: A) => unknown, args: A) => Promise<void>;

type Get = () => SyncManager;

/** The same tests with a manager of this program, and with one that is reached over a socket. */
export function eachWay(title: string, body: (manager: Get, way: Way) => void): void {
  for (const way of ['local', 'remote', 'json'] as const) describeWay(title, { way }, (manager) => body(manager, way));
}

/** The same tests with clients of each start method, which is the server's too, of a local manager and of a remote one. */
export function eachClient(title: string, body: (manager: Get, context: Context, inChild: InChild) => void): void {
  for (const method of startMethods) {
    const context = getContext(method);
    const run: InChild = async (target, args) => {
      const child = new context.Process({ target, args });
      child.start();
      await child.join();
      assert.equal(child.exitCode, 0);
    };
    for (const way of ['local', 'remote'] as const) {
      describeWay(`${title}, ${method}`, { way, method }, (manager) => body(manager, context, run));
    }
  }
}

function describeWay(
  title: string,
  { way, method }: { readonly way: Way; readonly method?: StartMethod },
  body: (manager: Get) => void,
): void {
  describe(`${title} [${way}]`, () => {
    let server: SyncManager | undefined;
    let manager: SyncManager | undefined;
    before(async () => {
      const options: ManagerOptions = { authkey, ...(method && { context: method }) };
      if (way === 'local') {
        manager = await new SyncManager(options).start();
        return;
      }
      server = await new SyncManager({ ...options, address: ['127.0.0.1', 0] }).start();
      const { address } = server;
      assert.ok(address);
      manager = await new SyncManager({ address, authkey, serializer: way === 'json' ? 'json' : 'native' }).connect();
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

/** Runs a function in a child of the default start method, which must end well. */
export async function inChild<A extends readonly unknown[]>(target: (...args: A) => unknown, args: A): Promise<void> {
  const child = new Process({ target, args });
  child.start();
  await child.join();
  assert.equal(child.exitCode, 0);
}
