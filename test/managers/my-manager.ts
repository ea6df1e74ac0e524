import assert from 'node:assert/strict';
import { BaseManager, parentProcess, type Address } from 'manycore';
import { Counter, Environment, Foo, FooProxy, IteratorProxy, Shared, squares } from './classes.ts';

/** A manager of own classes; in a module of its own, so that children that connect have the same one. */
export class MyManager extends BaseManager {}
MyManager.register('Foo', Foo);
MyManager.register('Bar', Foo, { exposed: ['f', '_h'] });
MyManager.register('Loud', Foo, { proxy: FooProxy });
MyManager.register('squares', squares, { proxy: IteratorProxy });
MyManager.register('Counter', Counter, { methodToTypeid: { twin: 'Counter' } });
MyManager.register('Shared', Shared);
MyManager.register('Environment', Environment);

/** Puts an item into the object of another program's manager, which it finds by address and key. */
export async function putFromAfar(address: Address, key: Uint8Array): Promise<void> {
  const manager = await new MyManager({ address, authkey: key }).connect();
  const shared = await manager.create(Shared);
  await shared.put(parentProcess()?.pid);
  assert.equal(await shared.get(), parentProcess()?.pid);
  await manager.shutdown();
}
