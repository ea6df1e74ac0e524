import { constants } from 'node:os';
import { Writable } from 'node:stream';
import { parentPort } from 'node:worker_threads';
import type { Channel } from '../connection/channel.ts';
import { noteIn } from './child-life.ts';
import { threadState } from '../reduction/functions/state.ts';
import { Notes } from './margin.ts';
import { signalName } from './signals.ts';
import { noteStderr } from './stderr-tail.ts';

// How a thread lives as if it were a process. Node's own ways need the event loop of the thread that started it, which may
// be blocked: output goes there before it goes out, and so does the exit code.

const LONGEST_PAUSE_MS = 10;
/** One sends all that waits. */
const MOST_ANSWERS = 10;

/** From now on, output of this thread goes straight to the descriptors of its process and is out when `write` returns. */
export function guardThreadOutput(margin: Uint8Array): void {
  noteIn(margin);
  replaceStream('stdout', 1, () => {});
  replaceStream('stderr', 2, (chunk) => noteStderr(margin, chunk));
}

/** Tells the parent how this thread ends, also when its event loop is blocked. */
export function noteEnding(channel: Channel): void {
  const notes = new Notes(channel.margin);
  process.on('exit', (code) => {
    notes.ending = code;
    channel.notify();
  });
}

/** From now on this thread may be ended at any moment at which it loads no module. Ends it when that was asked for while it was loading. */
export function endIfAsked(margin: Uint8Array): void {
  const notes = new Notes(margin);
  const noteLoaded = (): void => endBySignal(notes, notes.noteLoaded());
  noteLoaded();
  threadState().onImporting = (isImporting) => (isImporting ? notes.noteLoading() : noteLoaded());
}

/** A thread gets no signals from the system; those that it listens for are brought to it by its parent. */
export function hearSignals(margin: Uint8Array): void {
  const notes = new Notes(margin);
  const numberOf = (event: string | symbol): number | undefined =>
    Object.entries(constants.signals).find(([name]) => name === event)?.[1];
  process.on('newListener', (event) => {
    const number = numberOf(event);
    if (number === undefined) return;
    hearParent();
    notes.setHandles(number, true);
  });
  process.on('removeListener', (event) => {
    const number = numberOf(event);
    if (number !== undefined && process.listenerCount(event) === 0) notes.setHandles(number, false);
  });
}

/** Ends this thread with the exit code of a process that was killed by that signal. */
export function endBySignal(notes: Notes, signal: number): void {
  if (signal === 0) return;
  notes.ending = -signal;
  process.exit(1);
}

let hears = false;

function hearParent(): void {
  if (hears || !parentPort) return;
  hears = true;
  parentPort.on('message', (number: number) => {
    const name = signalName(number);
    if (name !== null) process.emit(name as NodeJS.Signals, name as NodeJS.Signals); // The names come from Node's own table.
  });
  // A handler for a signal keeps no process alive.
  parentPort.unref();
}

function replaceStream(name: 'stdout' | 'stderr', fd: number, note: (chunk: Uint8Array) => void): void {
  const before: Writable = process[name];
  let stream: Writable | undefined;
  const get = (): Writable => (stream ??= succeed(before, new DirectStream(fd, note)));
  Object.defineProperty(process, name, { configurable: true, enumerable: true, get });
  // What modules to preload wrote: the first piece is on its way, and each answer sends those behind it.
  for (let answers = 0; before.writableLength > 0 && answers < MOST_ANSWERS; answers++) answer(before);
}

/** Node answers a write by a hidden call of the stream that the process has then, which would be unknown to this one. */
function succeed(before: Writable, stream: Writable): Writable {
  const name = hiddenCall(before);
  return name === undefined ? stream : Object.defineProperty(stream, name, { value: () => answer(before) });
}

function answer(stream: Writable): void {
  const call: unknown = Reflect.get(stream, hiddenCall(stream) ?? '');
  if (typeof call === 'function') Reflect.apply(call, stream, []);
}

function hiddenCall(stream: Writable): symbol | undefined {
  const symbols = Object.getOwnPropertySymbols(Object.getPrototypeOf(stream));
  return symbols.find(({ description }) => description === 'kStdioWantsMoreDataCallback');
}

/** Writes to a descriptor, whole, before `write` returns. */
class DirectStream extends Writable {
  readonly fd: number;
  readonly #note: (chunk: Uint8Array) => void;

  constructor(fd: number, note: (chunk: Uint8Array) => void) {
    super({ decodeStrings: true, emitClose: false });
    this.fd = fd;
    this.#note = note;
  }

  get isTTY(): boolean {
    return process.getBuiltinModule('node:tty').isatty(this.fd);
  }

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.#note(chunk);
    try {
      writeWhole(this.fd, chunk);
    } catch (error) {
      done(error instanceof Error ? error : undefined);
      return;
    }
    done();
  }

  /** The descriptor is the process's, and stays open; Node's own standard streams cannot be destroyed either. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error);
  }
}

function writeWhole(fd: number, chunk: Uint8Array): void {
  const { writeSync } = process.getBuiltinModule('node:fs');
  let pauseMs = 1;
  for (let at = 0; at < chunk.byteLength;) {
    try {
      at += writeSync(fd, chunk, at);
      pauseMs = 1;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // The program closed it: what goes there goes nowhere, as in its own thread.
      if (code === 'EBADF') return;
      if (code !== 'EAGAIN') throw error;
      // A pipe that Node made non-blocking, whose reader is slow.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    }
  }
}
