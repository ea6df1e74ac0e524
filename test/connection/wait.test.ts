import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import type { Connection } from '#internal/connection/connection.js';
import { Pipe } from '#internal/connection/pipe.js';
import { wait, waitSync } from '#internal/connection/wait.js';
import { Queue } from '#internal/queues/queue.js';
import { run } from '#internal/process/run.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 30_000 };
const ROUNDING_MS = 1.5;

eachStartMethod('wait', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  for (const isSync of [false, true]) {
    test(`four children are served until each ends${isSync ? ', blocking' : ''} (WAIT-01)`, LIMIT, async () => {
      const readers: Connection[] = [];
      const children = [0, 1, 2, 3].map((name) => {
        const [reader, writer] = Pipe({ duplex: false });
        const messages = Array.from({ length: 10 }, (_, i) => [name, i]);
        const child = startChild(method, targets.sendAll, writer, messages);
        writer.close();
        readers.push(reader);
        return child;
      });
      const got: string[] = [];
      while (readers.length > 0) {
        for (const ready of isSync ? waitSync(readers) : await wait(readers)) {
          try {
            got.push(String(await ready.recv()));
          } catch {
            readers.splice(readers.indexOf(ready), 1);
            ready.close();
          }
        }
      }
      assert.equal(new Set(got).size, 40);
      for (const child of children) await child.join();
    });
  }

  test('raw sockets can be waited for (WAIT-02)', LIMIT, async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // It listens on TCP.
    const clients = [0, 1, 2].map(() => connect(port, '127.0.0.1'));
    const sockets: Socket[] = [];
    while (sockets.length < 3) sockets.push(...((await once(server, 'connection')) as Socket[]));
    assert.deepEqual(await wait(sockets, 5), []);
    clients.forEach((client, i) => client.end(`hello ${i}`));
    const texts: string[] = [];
    const open = new Set(sockets);
    while (open.size > 0) {
      for (const socket of await wait(open)) {
        const chunk = socket.read() as Buffer | null; // No encoding is set.
        if (chunk === null) open.delete(socket);
        else texts.push(chunk.toString());
      }
    }
    assert.deepEqual(texts.toSorted(), ['hello 0', 'hello 1', 'hello 2']);
    for (const socket of [...clients, ...sockets]) socket.destroy();
    server.close();
  });

  test('nothing is ready after the time-out; then only what is (WAIT-03)', LIMIT, async () => {
    const [left, right] = Pipe();
    const [other, far] = Pipe();
    for (const look of [async () => await wait([right, other], 30), () => waitSync([right, other], 30)]) {
      const start = performance.now();
      assert.deepEqual(await look(), []);
      assert.ok(performance.now() - start >= 30 - ROUNDING_MS);
    }
    await left.send('x');
    assert.deepEqual(await wait([other, right], 1000), [right]);
    assert.deepEqual(waitSync([other, right], 1000), [right]);
    for (const one of [left, right, other, far]) one.close();
  });

  test('sentinels, connections and queues are listed together (WAIT-04)', LIMIT, async () => {
    const [here, there] = Pipe();
    const queue = new Queue<number>();
    const child = startChild(method, targets.sendAll, there, ['last words']);
    const objects = [child.sentinel, here, queue];
    await child.join();
    await queue.put(1);
    const ready = await wait(objects);
    assert.ok(ready.includes(here) && ready.includes(queue) && ready.length === 3);
    await here.recv();
    await queue.get();
    assert.equal((await wait(objects, 5)).length, 1);
    assert.equal(waitSync(objects, 5).length, 1);
    here.close();
    there.close();
  });

  test('a sentinel alone is waited for', LIMIT, async () => {
    for (const isSync of [false, true]) {
      const child = startChild(method, targets.nothing);
      const { sentinel } = child;
      assert.deepEqual(isSync ? waitSync([sentinel]) : await wait([sentinel]), [sentinel]);
      await child.join();
    }
  });

  test('a negative time-out only looks (WAIT-05)', LIMIT, async () => {
    const [left, right] = Pipe();
    assert.deepEqual(await wait([left, right], -1), []);
    assert.deepEqual(waitSync([left, right], -1), []);
    left.close();
    right.close();
  });

  test('a wait can be aborted, and refuses what nobody can wait for', LIMIT, async () => {
    const [left, right] = Pipe();
    const stop = new AbortController();
    const waiting = wait([left], { signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    await assert.rejects(Reflect.apply(wait, undefined, [[1]]) as Promise<unknown>, TypeError);
    await assert.rejects(Reflect.apply(wait, undefined, [1]) as Promise<unknown>, TypeError);
    await right.send(1);
    assert.equal(await left.recv(), 1);
    left.close();
    right.close();
  });
});
