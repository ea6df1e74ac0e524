import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Manager, Process, QueueProxy, SyncManager } from 'manycore';
import { Counter, Environment, Foo, FooProxy, IteratorProxy, Shared, noteStart } from './classes.ts';
import { MyManager, putFromAfar } from './my-manager.ts';
import { collectGarbage } from '../helpers/gc.ts';
import { fixture } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { eachWay, inChild, limit } from './support.ts';
import { putInto, useEvent } from './targets.ts';

const folder = mkdtempSync(join(tmpdir(), 'managers-'));
after(() => rmSync(folder, { recursive: true }));
const authkey = Buffer.from('a key');

describe('managers of own classes', () => {
  test('a class exposes its public methods, or exactly those that are listed (MGR-01)', limit, async () => {
    await using manager = await new MyManager().start();
    const foo = await manager.create('Foo');
    const bar = await manager.create('Bar');
    assert.equal(await foo['f']?.(), 'f()');
    assert.equal(foo['_h'], undefined);
    assert.equal(await bar['_h']?.(), '_h()');
    assert.equal(bar['g'], undefined);
  });

  test('what a method throws is thrown here, as itself (MGR-02)', limit, async () => {
    await using manager = await new MyManager().start();
    const foo = await manager.create(Foo);
    await assert.rejects(foo.g(), { name: 'RangeError', message: 'wrong value' });
    assert.throws(() => foo.gSync(), RangeError);
  });

  test('nothing holds an error that a proxy threw, and the arguments of its call (MGR-11)', limit, async () => {
    await using manager = await new MyManager().start();
    const foo = await manager.create(Foo);
    let collected = 0;
    const registry = new FinalizationRegistry(() => void collected++);
    const fail = async (): Promise<void> => {
      const argument = { a: 1 };
      registry.register(argument, 0);
      await assert.rejects(foo.callMethod('g', [argument]), (error) => (registry.register(error as object, 0), true));
    };
    await fail();
    await waitUntil(() => (collectGarbage(), collected === 2), 'both were collected');
  });

  test('methods that are not exposed, and prototype names, are refused (MGR-03)', limit, async () => {
    await using manager = await new MyManager().start();
    const foo = await manager.create(Foo);
    for (const name of [
      '_h',
      'nothing',
      'constructor',
      '__proto__',
      'toString',
      'hasOwnProperty',
      '__defineGetter__',
    ]) {
      await assert.rejects(foo.callMethod(name), { name: 'RemoteError' }, name);
    }
    assert.equal(await foo.f(), 'f()');
  });

  test('a generator is stepped through from afar (MGR-04)', limit, async () => {
    await using manager = await new MyManager().start();
    const proxy = await manager.create('squares');
    assert.ok(proxy instanceof IteratorProxy);
    const seen: unknown[] = [];
    for await (const item of proxy) seen.push(item);
    assert.deepEqual(seen, [0, 1, 4, 9, 16, 25, 36, 49, 64, 81]);

    const counter = await manager.create(Counter, 7);
    const steps = await counter.upTo(9);
    assert.deepEqual([await steps.next(), steps.nextSync()], [{ done: false, value: 7 }, { done: false, value: 8 }]); // prettier-ignore
    assert.deepEqual(await steps.next(), { done: true, value: 'end' });
    assert.deepEqual([...(await counter.upTo(9))], [7, 8]);
  });

  test('proxies have the types and methods of the class; results can stay in the server', limit, async () => {
    await using manager = await new MyManager().start();
    const counter = await manager.create(Counter, 5);
    const sum: number = await counter.add(2);
    assert.equal(sum, 7);
    assert.equal(counter.addSync(1), 8);
    assert.equal(await counter.addLater(1), 9);
    const twin: unknown = await counter.callMethod('twin');
    assert.equal(await (twin as typeof counter).add(1), 10);
    assert.equal(await counter.add(0), 9);
    const loud = await manager.create('Loud');
    assert.ok(loud instanceof FooProxy);
    assert.equal(await loud.shout(), 'F()');
    // @ts-expect-error The class has no such method.
    assert.equal(counter.nothing, undefined);
  });

  test('a class that was not registered is sent, also by value', limit, async () => {
    await using manager = await Manager();
    const start = 40;
    class Local {
      n = start;
      more(by: number): number {
        return (this.n += by);
      }
    }
    const local = await manager.create(Local);
    assert.equal(await local.more(2), 42);
  });

  test('shutdown ends the server with code 0, or by signal when it is slow (MGR-05)', limit, async () => {
    const manager = await new MyManager().start();
    await manager.shutdown();
    assert.equal(manager.process?.exitCode, 0);
    await manager.shutdown();
    await assert.rejects(manager.create(Foo), { name: 'ProcessError' });

    const busy = await new MyManager({ shutdownTimeout: 100 }).start();
    const environment = await busy.create(Environment);
    const hang = environment.hang();
    const lost = assert.rejects(hang, { code: 'ERR_MP_EOF' });
    await busy.shutdown();
    assert.equal(busy.process?.exitCode, -15);
    await lost;

    const deaf = await new MyManager({ shutdownTimeout: 100 }).start();
    const stubborn = await deaf.create(Environment);
    await stubborn.ignore('SIGTERM');
    const never = assert.rejects(stubborn.hang(), { code: 'ERR_MP_EOF' });
    await deaf.shutdown();
    assert.equal(deaf.process?.exitCode, -9);
    await never;
  });

  test('a scope ends it too, also one that was started before (MGR-06, MGR-07)', limit, async () => {
    const manager = await new MyManager().start();
    {
      await using scoped = manager;
      assert.equal(await (await scoped.create(Foo)).f(), 'f()');
    }
    assert.equal(manager.process?.exitCode, 0);
  });

  test('another process connects with address and key (MGR-08)', limit, async () => {
    for (const address of [['127.0.0.1', 0], join(folder, 'shared')] as const) {
      await using manager = await new MyManager({ address, authkey }).start();
      assert.ok(manager.address);
      const child = new Process({ target: putFromAfar, args: [manager.address, authkey] });
      child.start();
      await child.join();
      assert.equal(child.exitCode, 0);
      const wrong = new MyManager({ address: manager.address, authkey: Buffer.from('another') });
      await assert.rejects(wrong.connect(), { name: 'AuthenticationError' });
    }
  });

  test('a manager can be restarted on the very same address (MGR-10)', limit, async () => {
    const first = await new MyManager({ address: ['127.0.0.1', 0], authkey }).start();
    const { address = '' } = first;
    await (await first.create(Shared)).put(1);
    await first.shutdown();
    const again = await new MyManager({ address, authkey }).start();
    assert.equal(await (await again.create(Shared)).get(), undefined);
    await again.shutdown();

    const path = join(folder, 'again');
    const killed = await new MyManager({ address: path, authkey }).start();
    killed.process?.kill();
    await killed.join();
    assert.ok(existsSync(path));
    await (await new MyManager({ address: path, authkey }).start()).shutdown();
  });

  test('TLS guards what is said; a proxy that is sent on knows how to connect', limit, async () => {
    const [key, cert] = ['key.pem', 'cert.pem'].map((file) => readFileSync(fixture(`connection/${file}`)));
    const tls = { key, cert, ca: cert, servername: 'localhost' };
    await using server = await new SyncManager({ address: ['localhost', 0], authkey, tls }).start();
    const { address = '' } = server;
    await using client = await new SyncManager({ address, authkey, tls }).connect();
    const event = await client.Event();
    await inChild(useEvent, [event]);
    assert.equal(await event.isSet(), true);
    await assert.rejects(
      new SyncManager({ address, authkey, tls: { servername: 'localhost' } }).connect(),
      /certificate/,
    );
  });

  test('an address that is taken is an error', limit, async () => {
    await using manager = await new MyManager({ address: ['127.0.0.1', 0], authkey }).start();
    const { address = '' } = manager;
    await assert.rejects(new MyManager({ address, authkey }).start(), { code: 'EADDRINUSE' });
  });

  test('an initializer runs in the server; one that is no function is refused (MGR-12)', limit, async () => {
    await using manager = await new MyManager().start(noteStart, ['initialized']);
    const environment = await manager.create(Environment);
    assert.equal(await environment.get('MANAGER_TEST'), 'initialized');
    assert.notEqual(await environment.pid(), process.pid);
    const wrong: unknown = 1;
    await assert.rejects(new MyManager().start(wrong as () => void), TypeError);
    const failing = (): never => {
      throw new SyntaxError('not today');
    };
    await assert.rejects(new MyManager().start(failing), { name: 'SyntaxError', message: 'not today' });
  });

  test('a server in this very process serves until it is stopped', limit, async () => {
    const server = await new MyManager({ address: ['127.0.0.1', 0], authkey }).getServer().ready();
    const forever = server.serveForever();
    const { address = '' } = server;
    const client = await new MyManager({ address, authkey }).connect();
    const counter = await client.create(Counter, 1);
    assert.equal(await counter.add(1), 2);
    await client.shutdownServer();
    await forever;
  });

  test('misuse is said clearly', limit, async () => {
    const notSent = new MyManager();
    assert.throws(() => new Process({ target: () => notSent.name }).start(), {
      name: 'NotSendableError',
      message: /proxies/,
    });
    await assert.rejects(new MyManager().create(Foo), { name: 'ProcessError', message: /start\(\)/ });
    await assert.rejects(new MyManager().connect(), { name: 'ProcessError' });
    assert.throws(() => new MyManager({ addres: '' } as object), /did you mean `address`/);
    assert.throws(() => MyManager.register('X', Foo, { exposd: [] } as object), /did you mean `exposed`/);
    await using manager = await new MyManager().start();
    await assert.rejects(manager.start(), { name: 'ProcessError' });
    await assert.rejects(manager.create('Fooo'), /did you mean `Foo`/);
    await assert.rejects(manager.create('dict'), TypeError);
  });
});

eachWay('values that cross', (manager, way) => {
  test('null, booleans, numbers, text, bytes and more arrive as they are (MGR-09)', limit, async () => {
    const list = await manager().list();
    const date = new Date(0);
    const plain = [null, true, 1.5, -0, NaN, Infinity, 'ä → 😀', new Uint8Array([1, 2]), 10n, undefined, date];
    const nested = [new Map([[1, { a: [2] }]]), new Set(['x']), { $: 'own', ['__proto__']: 1 }, [[]], { $: 1 }];
    const values = [...plain, ...nested, JSON.parse('{"__proto__":{"a":1}}')];
    await list.extend(values);
    assert.deepEqual(await list.copy(), values);
    const text = 'x'.repeat(1 << 20);
    await list.set(0, text);
    assert.equal(list.atSync(0), text);
    const big = new Float64Array(100_000).fill(0.5);
    if (way === 'json') {
      await assert.rejects(list.push(big), { name: 'NotSendableError', message: /Float64Array/ });
      return;
    }
    await list.push(big);
    assert.deepEqual(await list.at(-1), big);
  });

  test('over a socket functions and classes are refused (MGR-09)', { ...limit, skip: way === 'local' }, async () => {
    const list = await manager().list();
    await assert.rejects(
      list.push(() => 1),
      { name: 'NotSendableError', message: /function/ },
    );
    await assert.rejects(manager().create(Foo), { name: 'NotSendableError' });
    await assert.rejects(list.push(new Environment()), {
      name: 'NotSendableError',
      message: /Environment|constructor/,
    });
    const circle: unknown[] = [];
    circle.push(circle);
    if (way === 'json') await assert.rejects(list.push(circle), { name: 'NotSendableError', message: /itself/ });
    assert.equal(await list.length(), 0);
  });

  test('errors arrive as themselves, proxies as proxies', limit, async () => {
    const list = await manager().list([1] as unknown[]);
    await assert.rejects(list.set(7, 1), { name: 'RangeError', code: 'ERR_MP_INVALID_ARG' });
    const queue = await manager().Queue();
    await assert.rejects(queue.getNoWait(), { name: 'QueueEmptyError', code: 'ERR_MP_QUEUE_EMPTY' });
    assert.throws(() => queue.getNoWaitSync(), { name: 'QueueEmptyError', code: 'ERR_MP_QUEUE_EMPTY' });
    await list.push(queue);
    const back = await list.at(1);
    assert.ok(back instanceof QueueProxy);
    await back.put({ a: 1 });
    assert.deepEqual(await queue.get(), { a: 1 });
    await inChild(putInto, [queue]);
    assert.equal(await queue.get(), 'from the child');
  });
});

test('a manager whose program ends is not left behind, and an open one keeps no program alive', limit, async () => {
  const { runSource } = await import('../helpers/program.ts');
  const { isRunning } = await import('../helpers/proc.ts');
  const { code, stdout, stderr } = await runSource(`
    import { Manager } from 'manycore';
    const manager = await Manager();
    const dict = await manager.dict({ a: 1 });
    console.log(manager.process.pid, await dict.get('a'));`);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  await waitUntil(() => !isRunning(Number.parseInt(stdout, 10)), 'the server has ended');
});

test('SyncManager makes managers with options', limit, async () => {
  await using manager = await new SyncManager({ name: 'Board' }).start();
  assert.equal(manager.process?.name, 'Board');
  assert.equal(await (await manager.dict({ a: 1 })).get('a'), 1);
});
