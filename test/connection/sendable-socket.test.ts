import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { getContext, NotSendableError, Pipe, ProcessError, Queue } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { withoutAddon } from '../helpers/without-addon.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 20_000, skip: withoutAddon('crossing') };

interface Conversation {
  readonly server: Server;
  /** All that the server accepted. */
  readonly sockets: readonly Socket[];
  /** The side that connected. */
  readonly client: Socket;
  /** The side that was accepted, of which nothing was read. */
  readonly accepted: Socket;
}

async function converse(path?: string): Promise<Conversation> {
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket));
  server.listen(path ?? { port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const client = connect(path === undefined ? { port: (server.address() as AddressInfo).port } : { path });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  return { server, sockets, client, accepted };
}

async function end({ server, sockets, client }: Conversation): Promise<void> {
  for (const socket of sockets) socket.destroy();
  if (!client.destroyed) await once(client.destroy(), 'close');
  server.close();
  await once(server, 'close');
}

const places = { tcp: () => undefined, 'a path': () => join(tmpdir(), `manycore-socket-${process.pid}-${Date.now()}`) };

eachStartMethod('sockets in messages', (method) => {
  // The heap of the program stays once it is there.
  trackLeaks({ warmUp: () => new Queue() });
  const { Process: Child } = getContext(method);

  for (const [name, place] of Object.entries(places)) {
    test(
      `a socket over ${name} goes on in another process, and the sender may close its own (PKC-02)`,
      LIMIT,
      async () => {
        const talk = await converse(place());
        talk.client.setEncoding('utf8').write('early,');
        const queue = new Queue<Socket>();
        await queue.put(talk.accepted);
        const child = new Child({ target: targets.answerOn, args: [queue] });
        child.start();
        let answer = '';
        talk.client.on('data', (text: string) => (answer += text));
        talk.client.write('late.');
        await once(talk.client, 'end');
        assert.equal(answer, 'child heard early,late.');
        await child.join();
        await end(talk);
      },
    );
  }

  test('the socket of a sender that has ended cannot be taken, and the message says so', LIMIT, async () => {
    if (method === 'thread') return; // A thread ends with its host alone.
    const talk = await converse();
    const { port } = talk.server.address() as AddressInfo;
    const [here, there] = Pipe<Socket>();
    const child = new Child({ target: targets.sendSocketAndEnd, args: [there, port] });
    child.start();
    there.close();
    await child.join();
    await assert.rejects(here.recv(), (error: unknown) => {
      assert.ok(error instanceof ProcessError);
      assert.match(error.message, /^a socket that process \d+ sent cannot be taken: its sender has ended/);
      return true;
    });
    here.close();
    await end(talk);
  });
});

test('sockets that would arrive without their data are refused', LIMIT, async () => {
  const talk = await converse();
  const queue = new Queue<Socket>();
  assert.throws(() => queue.putNoWait(new Socket()), refused(/it is not connected$/));
  talk.client.write('read');
  talk.accepted.resume();
  talk.accepted.pause();
  await once(talk.accepted, 'readable');
  assert.throws(() => queue.putNoWait(talk.accepted), refused(/4 bytes of it were read here already/));
  class Line extends Socket {}
  const line = new Line().connect((talk.server.address() as AddressInfo).port);
  await once(line, 'connect');
  assert.throws(() => queue.putNoWait(line), refused(/send a plain net\.Socket$/));
  await once(line.destroy(), 'close');
  await end(talk);
});

test('a socket in a message that nobody reads is closed', LIMIT, async () => {
  const talk = await converse();
  const queue = new Queue<Socket>();
  await queue.put(talk.accepted);
  queue.shutdown({ immediate: true });
  talk.accepted.destroy();
  // The client sees the end only once no descriptor of the socket is open any more.
  talk.client.resume();
  await once(talk.client, 'end');
  await end(talk);
});

function refused(message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof NotSendableError);
    assert.match(error.message, message);
    return true;
  };
}
