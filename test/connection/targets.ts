// Functions that the tests of this folder run in children.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Client } from '#internal/connection/client.js';
import type { Address } from '#internal/connection/address.js';
import type { Connection } from '#internal/connection/connection.js';
import type { Queue } from '#internal/queues/queue.js';
import { ShortLock } from '#internal/connection/short-lock.js';
import { SharedBlock, type BlockHandle } from '#internal/shared-memory/shared-block.js';

/** Sends back what it gets, objects as objects and bytes as bytes, until `null`. */
export async function echo(connection: Connection): Promise<void> {
  for await (const message of connection) {
    if (message === null) break;
    await connection.send(message);
  }
  connection.close();
}

export async function echoBytes(connection: Connection): Promise<void> {
  for (;;) {
    const bytes = await connection.recvBytes();
    await connection.sendBytes(bytes);
    if (bytes.length === 0) return;
  }
}

export function echoSync(connection: Connection): void {
  for (let message = connection.recvSync(); message !== null; message = connection.recvSync()) {
    connection.sendSync(message);
  }
}

export async function sendAll(connection: Connection, messages: readonly unknown[]): Promise<void> {
  for (const message of messages) await connection.send(message);
}

/** Sends and receives as much as waits on the other side, which gets signals all the while. */
export async function disturb(connection: Connection, pid: number, sizes: readonly number[]): Promise<void> {
  const signal = (): void => void process.kill(pid, 'SIGWINCH');
  for (const size of sizes) {
    for (let i = 0; i < 5; i++) signal();
    // The other side is blocked in a receive that is still empty, or in a send that is full.
    await connection.sendBytes(new Uint8Array(size).fill(size));
    for (let i = 0; i < 5; i++) signal();
    const back = await connection.recvBytes();
    if (back.length !== size || back.some((byte) => byte !== (size & 255))) throw new Error('bytes were lost');
  }
}

export async function nothing(_connection?: unknown): Promise<void> {}

/** Holds the connection until it is killed. */
export async function hold(connection: Connection): Promise<void> {
  await connection.send('ready');
  await new Promise<void>((resolve) => setTimeout(resolve, 2 ** 31 - 1));
}

export async function connectAndSay(address: Address, authkey: Uint8Array | undefined, text: string): Promise<void> {
  const connection = await Client(address, { authkey });
  await connection.send(text);
  connection.close();
}

/** Takes a connection out of a pipe and goes on with its conversation. */
export async function takeOver(pipe: Connection): Promise<void> {
  const connection = (await pipe.recv()) as Connection; // The test sends one.
  await pipe.send([connection.readable, connection.writable]);
  if (!connection.readable) return;
  for await (const message of connection) {
    if (message === null) break;
    await connection.send(['third', message]);
  }
  connection.close();
}

/** Looks whether a message is there, and never takes it. */
export async function onlyPoll(connection: Connection, times: number, report: Connection): Promise<void> {
  let seen = 0;
  for (let i = 0; i < times; i++) if (await connection.poll()) seen++;
  await report.send(seen);
}

/** Takes a short lock and never gives it back. */
export async function takeLock(handle: BlockHandle): Promise<void> {
  new ShortLock(SharedBlock.open(handle), 0).acquire();
  await new Promise<void>((resolve) => setTimeout(resolve, 2 ** 31 - 1));
}

/** Takes a socket out of a queue, hears what is said on it up to a full stop, and answers. */
export async function answerOn(queue: Queue<Socket>): Promise<void> {
  const socket = await queue.get();
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  while (!heard.endsWith('.')) await once(socket, 'data');
  socket.end(`child heard ${heard}`);
}

/** Ends before anybody can have taken the socket. */
export async function sendSocketAndEnd(pipe: Connection, port: number): Promise<void> {
  const socket = connect(port);
  await once(socket, 'connect');
  await pipe.send(socket);
  process.exit();
}
