import type { MessagePort } from 'node:worker_threads';
import { Channel, IN_PARCEL, recordOf } from '../connection/channel.ts';
import type { Posted } from '../connection/root-line.ts';
import { encodeRecord, WireReader, type WireRecord } from '../connection/wire.ts';
import { useThreadKit } from '../native/portable.ts';
import type { HeapKit } from '../native/portable.ts';
import { Parker } from '../shared-memory/parker.ts';
import { CHUNK_BYTES } from '../shared-memory/program-heap.ts';
import { Notes } from './margin.ts';
import { ANSWER, ASK, NOTE } from './relay-kinds.ts';

/*
 * The thread of a child that talks to its parent's process, see `relay.ts`. It also holds the child's life-line: when the
 * parent is gone, the stream from it ends, and so does the child, whatever its main thread is doing.
 */

const DOWN_FD = 3;
const UP_FD = 4;

/** Words by which the main thread learns where its channel is: participant, chunk offset in MiB, bytes; then whether its first messages are there. */
export const ANSWER_WORDS = 4;

/** What an uplink is started with. */
export interface UplinkData {
  readonly kit: HeapKit;
  readonly ringBytes: number;
  readonly answer: Int32Array;
  /** The line of the main thread to the program's first process. */
  readonly root: MessagePort;
}

/** The two messages that every child gets first. */
const FIRST_MESSAGES = 2;
/** Regions begin at whole chunks of the heap, whose numbers fit in a word. */
export const OFFSET_UNIT: number = CHUNK_BYTES;
/** Bytes of the margin before its text. */
const TEXT_OFFSET = 64;

/** The program of an uplink. */
export function uplink({ kit, ringBytes, answer, root }: UplinkData): void {
  useThreadKit(kit);
  const channel = Channel.create(ringBytes > 0 ? ringBytes : undefined);
  const parker = Parker.current();
  const notes = new Notes(channel.margin);
  const { Socket } = process.getBuiltinModule('node:net');
  const down = new Socket({ fd: DOWN_FD, readable: true, writable: false });
  const reader = new WireReader();
  const questions = new Questions(root);
  let received = 0;
  down.on('data', (chunk: Uint8Array) => {
    for (const record of reader.push(chunk)) {
      if ((record.kind & ~IN_PARCEL) === ANSWER) {
        questions.answer(record);
        continue;
      }
      channel.sendRecord(record);
      if (++received === FIRST_MESSAGES) announce();
    }
  });
  down.on('error', die);
  down.on('close', die);
  const announce = (): void => {
    const [offset, byteLength] = channel.handle;
    answer.set([parker.id, offset / OFFSET_UNIT, byteLength]);
    Atomics.store(answer, ANSWER_WORDS - 1, 1);
    Atomics.notify(answer, ANSWER_WORDS - 1);
  };
  let noted = 0;
  parker.hold();
  parker.add(() => {
    channel.flush();
    channel.receiveRecords(send);
    const { margin } = channel;
    const count = new DataView(margin.buffer, margin.byteOffset).getInt32(0, true);
    if (count === noted) return;
    noted = count;
    const text = Buffer.concat([margin.subarray(0, 4), margin.subarray(TEXT_OFFSET)]);
    send(recordOf(NOTE, 0, { bytes: text, buffers: [] }));
    notes.noteTextSent(count);
    channel.notify();
  });
  // The first word of the child: it lives.
  send(recordOf(NOTE, 0, { bytes: new Uint8Array(4), buffers: [] }));
}

/** What threads of this process ask the program's first one. */
class Questions {
  readonly #open = new Map<number, { readonly port: MessagePort; readonly posted: Posted }>();
  #last = 0;

  constructor(root: MessagePort) {
    this.#serve(root);
  }

  answer({ id, bytes }: WireRecord): void {
    const question = this.#open.get(id);
    this.#open.delete(id);
    if (!question || question.posted.id === 0) return;
    const { port, posted } = question;
    const back: Posted = { ...posted, bytes };
    port.postMessage(back, []);
    Parker.current().registry.wake(posted.from);
  }

  #serve(port: MessagePort): void {
    // Posted by `RootLine`, or by `newRootPort` for a thread that is being started.
    port.on('message', (message: Posted | { readonly serve: MessagePort }) => {
      if ('serve' in message) this.#serve(message.serve);
      else this.#ask(port, message);
    });
  }

  #ask(port: MessagePort, posted: Posted): void {
    this.#last = (this.#last + 1) | 0;
    this.#open.set(this.#last, { port, posted });
    send(recordOf(ASK, this.#last, { bytes: posted.bytes, buffers: [] }));
  }
}

/** Waits until the system has it: what was sent outlives this process. */
function send(record: WireRecord): void {
  const { writeSync } = process.getBuiltinModule('node:fs');
  const message = encodeRecord(record);
  try {
    for (let at = 0; at < message.byteLength;) at += writeSync(UP_FD, message, at);
  } catch {
    die();
  }
}

/** The parent is gone. */
function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
