import type { Socket } from 'node:net';
import { NotSendableError, ProcessError } from '../base/errors.ts';
import { native } from '../native/addon.ts';
import { registerHandlerByName } from '../reduction/handlers.ts';
import { type BlockHandle, SharedBlock } from '../shared-memory/shared-block.ts';

/*
 * A `net.Socket` in a message. The sender keeps a descriptor of its own for the receiver to take, and closes it when the message
 * was opened or dropped; a word of shared memory tells that.
 *
 *   sender   copy of the descriptor   word: 1
 *   receiver takes it (`pidfd_getfd`) word: 0   and makes a socket of it
 *   sender   looks now and then: 0 → closes its copy
 */

/** Messages that carry the socket: one until it was opened or dropped. */
const UNDER_WAY = 0;
const FIRST_LOOK_MS = 4;
const LONGEST_LOOK_MS = 1000;

interface Parts {
  readonly block: BlockHandle;
  readonly pid: number;
  readonly fd: number;
  readonly inode: number;
  readonly allowHalfOpen: boolean;
}

/** Descriptors of this thread that a message still needs. */
const lent = new Map<number, SharedBlock>();

/** From now on sockets can be sent from this thread. */
export function letSocketsCross(): void {
  registerHandlerByName<Socket, Parts>('net.Socket', 'Socket', () => process.getBuiltinModule('node:net').Socket, {
    home: import.meta.url,
    take,
    make,
  });
}

function take(socket: Socket): Parts {
  const { fd, inode } = native().copySocket(quietDescriptor(socket));
  const block = SharedBlock.allocate(4);
  Atomics.store(block.words, UNDER_WAY, 1);
  if (lent.size === 0) lookLater(FIRST_LOOK_MS);
  lent.set(fd, block);
  return { block: block.send(UNDER_WAY), pid: process.pid, fd, inode, allowHalfOpen: socket.allowHalfOpen };
}

/** The descriptor of a socket of which this process has read nothing that the receiver would miss, and reads nothing any more. */
function quietDescriptor(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof fd !== 'number' || fd < 0 || socket.connecting) throw refusal('it is not connected');
  if (Object.getPrototypeOf(socket) !== process.getBuiltinModule('node:net').Socket.prototype)
    throw refusal('what its class adds would be lost: send a plain net.Socket');
  if (socket.readableLength > 0)
    throw refusal(
      `${socket.readableLength} bytes of it were read here already: create the server with \`pauseOnConnect\`, or take them first`,
    );
  if (socket.writableLength > 0)
    throw refusal(`${socket.writableLength} bytes wait to be written: await 'drain' first`);
  socket.pause();
  const stop: unknown = Reflect.get(handle as object, 'readStop');
  if (typeof stop === 'function') Reflect.apply(stop, handle, []);
  return fd;
}

function make({ block, pid, fd, inode, allowHalfOpen }: Parts): Socket {
  const { words } = SharedBlock.open(block);
  try {
    const own = native().takeSocket(pid, fd, inode);
    const { Socket } = process.getBuiltinModule('node:net');
    return new Socket({ fd: own, readable: true, writable: true, allowHalfOpen });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    throw new ProcessError(`a socket that process ${pid} sent cannot be taken: ${REASONS[code] ?? code}`, {
      cause: error,
    });
  } finally {
    Atomics.sub(words, UNDER_WAY, 1);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ESRCH: 'its sender has ended; let it live until the socket was received',
  EBADF: 'its sender has ended; let it live until the socket was received',
  ESTALE: 'its sender has ended; let it live until the socket was received',
  EPERM:
    'the system forbids it (`kernel.yama.ptrace_scope`, or a container without pidfd_getfd); send a `Connection` instead',
  ENOSYS: 'it takes Linux 5.6; send a `Connection` instead',
  EMFILE: 'no descriptor is left; raise the limit (`ulimit -n`)',
};

function refusal(why: string): NotSendableError {
  return new NotSendableError(`cannot send a socket to another process: ${why}`);
}

function lookLater(delayMs: number): void {
  const look = (): void => {
    closeTaken();
    if (lent.size > 0) lookLater(Math.min(LONGEST_LOOK_MS, 2 * delayMs));
  };
  setTimeout(look, delayMs).unref();
}

function closeTaken(): void {
  for (const [fd, { words }] of lent) {
    if (Atomics.load(words, UNDER_WAY) > 0) continue;
    native().closeFd(fd);
    lent.delete(fd);
  }
}
