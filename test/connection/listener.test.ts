import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Address } from '#internal/connection/address.js';
import { Client } from '#internal/connection/client.js';
import type { Connection } from '#internal/connection/connection.js';
import { Listener, type ListenerOptions } from '#internal/connection/listener.js';
import { Pipe } from '#internal/connection/pipe.js';
import { Queue } from '#internal/queues/queue.js';
import { run } from '#internal/process/run.js';
import { pack } from '#internal/reduction/pack.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { fixture } from '../helpers/program.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 30_000 };
const KEY = Buffer.from('a secret');
const EOF = { code: 'ERR_MP_EOF' };
let names = 0;

/** An address of each family. */
const families: Record<string, () => Address | undefined> = {
  'a Unix socket': () => undefined,
  'an abstract name': () => `\0manycore-test-${process.pid}-${names++}`,
  TCP: () => ['127.0.0.1', 0],
};

/** A listener, and both ends of a connection to it. */
async function pair(options: ListenerOptions): Promise<{ listener: Listener; here: Connection; there: Connection }> {
  const listener = await new Listener(options).ready();
  const { authkey } = options;
  const [here, there] = await Promise.all([listener.accept(), Client(listener.address, { authkey })]);
  return { listener, here, there };
}

function closeAll(...all: readonly { close(): void }[]): void {
  for (const one of all) one.close();
}

for (const [name, address] of Object.entries(families)) {
  describe(`Listener on ${name}`, () => {
    trackLeaks();

    test('objects and bytes cross in both directions (LIS-02, LIS-04)', LIMIT, async () => {
      const { listener, here, there } = await pair({ address: address(), authkey: KEY });
      const value = { map: new Map([[1, { x: 2n }]]), bytes: new Uint8Array(300_000).fill(5) };
      await there.send(value);
      assert.deepEqual(await here.recv(), value);
      await here.sendBytes(new Uint8Array(3_000_000).fill(7));
      assert.equal((await there.recvBytes()).length, 3_000_000);
      there.sendSync('blocking');
      assert.equal(here.recvSync(), 'blocking');
      assert.ok(here.fileno() > 2);
      assert.equal(typeof listener.lastAccepted, name === 'TCP' ? 'object' : 'string');
      closeAll(here, there, listener);
      await assert.rejects(listener.accept(), EOF);
      await assert.rejects(here.recv(), EOF);
    });

    test('an address that is in use is refused (LIS-01)', LIMIT, async () => {
      const listener = await new Listener({ address: address() }).ready();
      const second = new Listener({ address: listener.address });
      await assert.rejects(second.ready(), { code: 'EADDRINUSE' });
      await assert.rejects(second.accept(), { code: 'EADDRINUSE' });
      closeAll(listener, second);
    });

    test('who wrote and left before accept is still read (LIS-06)', LIMIT, async () => {
      const listener = await new Listener({ address: address() }).ready();
      const client = await Client(listener.address);
      await client.send('here I was');
      client.close();
      const connection = await listener.accept();
      assert.equal(await connection.recv(), 'here I was');
      await assert.rejects(connection.recv(), EOF);
      closeAll(connection, listener);
    });

    test('what the listener sends at once is seen by poll (LIS-07)', LIMIT, async () => {
      const { listener, here, there } = await pair({ address: address(), authkey: KEY });
      await here.sendBytes(Buffer.from('hello'));
      assert.equal(await there.poll(10_000), true);
      assert.equal(await there.poll(), true);
      assert.equal(Buffer.from(await there.recvBytes()).toString(), 'hello');
      assert.equal(await there.poll(5), false);
      closeAll(here, there, listener);
    });

    test('an empty key is a key (LIS-03)', LIMIT, async () => {
      const { listener, here, there } = await pair({ address: address(), authkey: new Uint8Array(0) });
      await there.send(1);
      assert.equal(await here.recv(), 1);
      closeAll(here, there, listener);
    });

    test('a wrong key is refused on both sides, and the next peer is served (AUTH-01, AUTH-02)', LIMIT, async () => {
      const listener = await new Listener({ address: address(), authkey: KEY }).ready();
      const wrong = { code: 'ERR_MP_AUTHENTICATION' };
      const accepting = assert.rejects(listener.accept(), wrong);
      await assert.rejects(Client(listener.address, { authkey: Buffer.from('wrong') }), wrong);
      await accepting;
      const [here, there] = await Promise.all([listener.accept(), Client(listener.address, { authkey: KEY })]);
      await there.send('right');
      assert.equal(await here.recv(), 'right');
      closeAll(here, there, listener);
    });
  });
}

describe('Listener', () => {
  trackLeaks({ warmUp: () => Pipe() });

  test('TLS carries the same conversation', LIMIT, async () => {
    const [key, cert] = ['key.pem', 'cert.pem'].map((file) => readFileSync(fixture(`connection/${file}`)));
    const listener = await new Listener({ address: ['localhost', 0], tls: { key, cert }, authkey: KEY }).ready();
    const [here, there] = await Promise.all([
      listener.accept(),
      Client(listener.address, { authkey: KEY, tls: { ca: cert, servername: 'localhost' } }),
    ]);
    await there.send({ secret: new Uint8Array(1_000_000) });
    assert.deepEqual(await here.recv(), { secret: new Uint8Array(1_000_000) });
    assert.throws(() => there.recvSync(10), { code: 'ERR_MP_INVALID_ARG', message: /TLS/ });
    await assert.rejects(Client(listener.address, { tls: true }), /certificate/);
    closeAll(here, there, listener);
  });

  test('addresses and families that do not fit are refused (LIS-08)', LIMIT, async () => {
    const wrong: object[] = [
      { family: 'AF_PIPE' },
      { address: '\\\\.\\pipe\\name' },
      { family: 'AF_INET', address: '/tmp/x' },
      { family: 'AF_UNIX', address: ['localhost', 1] },
      { address: ['localhost', 70_000] },
      { address: `/tmp/${'x'.repeat(200)}` },
      { backlog: 0 },
    ];
    for (const options of wrong) assert.throws(() => Reflect.construct(Listener, [options]), RangeError);
    for (const options of [{ address: 1 }, { address: ['localhost'] }, { adress: 'x' }]) {
      assert.throws(() => Reflect.construct(Listener, [options]), TypeError);
    }
    await assert.rejects(Client('\\\\.\\pipe\\name'), RangeError);
    await assert.rejects(Client('/tmp/no-such-socket-of-manycore'), { code: 'ENOENT' });
    for (const tls of [5, 'yes', null, true])
      assert.throws(() => Reflect.construct(Listener, [{ tls }]), { code: 'ERR_MP_INVALID_ARG', message: /`tls`/ });
    for (const tls of [5, 'yes', null]) {
      const attempt: Promise<unknown> = Reflect.apply(Client, undefined, ['/tmp/no-such-socket-of-manycore', { tls }]);
      await assert.rejects(attempt, { name: 'TypeError', code: 'ERR_MP_INVALID_ARG', message: /`tls`/ });
    }
  });

  test('keys must be bytes (AUTH-05)', LIMIT, async () => {
    assert.throws(() => Reflect.construct(Listener, [{ authkey: 'text' }]), TypeError);
    await assert.rejects(
      Reflect.apply(Client, undefined, ['/tmp/x', { authkey: 'text' }]) as Promise<unknown>,
      TypeError,
    );
  });

  test('accept waits for its time-out, and can be aborted', LIMIT, async () => {
    const listener = new Listener();
    await assert.rejects(listener.accept(20), { code: 'ERR_MP_TIMEOUT' });
    const stop = new AbortController();
    const waiting = listener.accept({ signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    const closed = listener.accept();
    await listener.ready();
    listener.close();
    await assert.rejects(closed, EOF);
  });

  test('a listener removes what it made for its name', LIMIT, async () => {
    const listener = await new Listener().ready();
    const path = String(listener.address);
    assert.ok(existsSync(path));
    listener.close();
    assert.ok(!existsSync(path));
  });

  test('a silent peer holds nobody up; one that leaves half-way is an error of its own', LIMIT, async () => {
    const listener = await new Listener({ authkey: KEY }).ready();
    const silent = connect(String(listener.address));
    await once(silent, 'connect');
    const [here, there] = await Promise.all([listener.accept(), Client(listener.address, { authkey: KEY })]);
    const accepting = assert.rejects(listener.accept(), { code: 'ERR_MP_AUTHENTICATION' });
    silent.destroy();
    await accepting;
    closeAll(here, there, listener);
  });

  test('a message above the limit ends the connection, and is not read', LIMIT, async () => {
    const listener = await new Listener({ maxMessageBytes: 1000 }).ready();
    const [here, there] = await Promise.all([listener.accept(), Client(listener.address)]);
    await there.sendBytes(new Uint8Array(1000));
    await there.sendBytes(new Uint8Array(1001));
    assert.equal((await here.recvBytes()).length, 1000);
    await assert.rejects(here.recvBytes(), { code: 'ERR_MP_MESSAGE', message: /1001 bytes; 1000 are allowed/ });
    await assert.rejects(here.recvBytes(), EOF);
    closeAll(here, there, listener);
  });

  test('functions cross by reference and only with a key; shared objects never do', LIMIT, async () => {
    const safe = await pair({ authkey: KEY });
    await safe.there.send([targets.nothing]);
    assert.deepEqual(await safe.here.recv(), [targets.nothing]);
    const captured = 1;
    const refused = { code: 'ERR_MP_NOT_SENDABLE' };
    await assert.rejects(
      safe.there.send(() => captured),
      refused,
    );
    await assert.rejects(safe.there.send(new Queue()), refused);
    const open = await pair({});
    await assert.rejects(open.there.send(targets.nothing), refused);
    // A peer that does not keep to it.
    const [left, right] = Pipe();
    for (const value of [() => captured, targets.nothing, new Queue()]) {
      await left.send([value]);
      const bytes = await right.recvBytes();
      await open.there.sendBytes(bytes);
      await assert.rejects(open.here.recv(), refused);
      if (value === targets.nothing) continue;
      await safe.there.sendBytes(bytes);
      await assert.rejects(safe.here.recv(), refused);
    }
    // Code in a URL is code by value.
    const url = 'data:text/javascript,globalThis.wasRun = true; export function f() {}';
    const node = { kind: 'reference', url, path: ['f'], via: 'exports', cjs: false, hash: 'x', name: 'f' } as const;
    const forger = { describe: () => node, missing: () => undefined, build: () => targets.nothing, patch: () => {} };
    await safe.there.sendBytes(pack([targets.nothing], { functions: forger }).bytes);
    await assert.rejects(safe.here.recv(), refused);
    assert.equal(Reflect.has(globalThis, 'wasRun'), false);
    closeAll(left, right, safe.here, safe.there, safe.listener, open.here, open.there, open.listener);
  });

  test("CPython's Client and Listener speak with ours", LIMIT, async (context) => {
    const listener = await new Listener({ authkey: KEY }).ready();
    const program = `
from multiprocessing.connection import Client
c = Client(${JSON.stringify(listener.address)}, 'AF_UNIX', authkey=b'a secret')
c.send_bytes(b'from python'); print(c.recv_bytes().decode()); c.close()`;
    const python = promisify(execFile)('python3', ['-c', program]).catch((error: unknown) => error);
    const first = await Promise.race([listener.accept(), python]);
    if (first instanceof Error) {
      listener.close();
      context.skip('there is no python3');
      return;
    }
    const connection = first as Connection; // Else it had been an error.
    assert.equal(Buffer.from(await connection.recvBytes()).toString(), 'from python');
    await connection.sendBytes(Buffer.from('from node'));
    const outcome = (await python) as { stdout: string }; // It connected, so it runs.
    assert.equal(outcome.stdout, 'from node\n');
    closeAll(connection, listener);
  });
});

eachStartMethod('connections over sockets', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  for (const [name, address] of Object.entries(families)) {
    test(`a child connects over ${name} and is heard (LIS-05)`, LIMIT, async () => {
      const listener = await new Listener({ address: address(), authkey: KEY }).ready();
      const child = startChild(method, targets.connectAndSay, listener.address, KEY, 'hello');
      const connection = await listener.accept();
      assert.equal(await connection.recv(), 'hello');
      await assert.rejects(connection.recv(), EOF);
      await child.join();
      closeAll(connection, listener);
    });

    test(`an accepted connection over ${name} is taken over by a third process (PKC-01)`, LIMIT, async () => {
      const { listener, here, there } = await pair({ address: address(), authkey: KEY });
      const [pipe, childPipe] = Pipe();
      const child = startChild(method, targets.takeOver, childPipe);
      childPipe.close();
      await pipe.send(here);
      here.close();
      assert.deepEqual(await pipe.recv(), [true, true]);
      for (const message of ['hi', { a: [1] }, new Uint8Array(200_000)]) {
        await there.send(message);
        assert.deepEqual(await there.recv(), ['third', message]);
      }
      await there.send(null);
      await assert.rejects(there.recv(), EOF);
      await child.join();
      closeAll(there, pipe, listener);
    });
  }

  test('accept goes on after a signal (EINTR-02)', LIMIT, async () => {
    const listener = await new Listener().ready();
    const accepting = listener.accept();
    const ignore = (): void => {};
    process.on('SIGWINCH', ignore);
    process.kill(process.pid, 'SIGWINCH');
    const child = startChild(method, targets.connectAndSay, listener.address, undefined, 'x');
    const connection = await accepting;
    assert.equal(await connection.recv(), 'x');
    process.off('SIGWINCH', ignore);
    await child.join();
    closeAll(connection, listener);
  });
});
