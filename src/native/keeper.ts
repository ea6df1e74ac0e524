import type { MessagePort as Line } from 'node:worker_threads';
import { sharedState } from '../base/globals.ts';

/*
 * Buffers of their own for what users see of shared memory (arrays, values) where no addon can cut them out of the heap. A
 * thread that got a number in a message must have the buffer at once, whatever other threads are doing; so one thread does
 * nothing but keep them (`entry/keeper.cts`), and every thread of the library has a line to it.
 */

const PATIENCE_MS = 1000;

/** What a thread asks of the keeper. */
export type Request =
  | { readonly keep: string; readonly buffer: SharedArrayBuffer }
  | { readonly forget: string }
  | { readonly get: string; readonly bell: Int32Array }
  | { readonly serve: Line };

interface State {
  line: Line | undefined;
}

function state(): State {
  return sharedState<State>('native.keeper.1', () => ({ line: undefined }));
}

/** The line that this thread was given when it was started. */
export function useLine(line: Line): void {
  state().line = line;
}

/** A line for a thread that is being started. The program's first thread starts the keeper with the first line. */
export function newLine(): Line {
  const { MessageChannel } = process.getBuiltinModule('node:worker_threads');
  const { port1, port2 } = new MessageChannel();
  ownLine().postMessage({ serve: port1 }, [port1]);
  return port2;
}

/** Makes a buffer of zeros that every thread finds under `key` from now on. */
export function keep(key: string, byteLength: number): void {
  const buffer = new SharedArrayBuffer(byteLength);
  const request: Request = { keep: key, buffer };
  ownLine().postMessage(request, []);
  fresh.set(key, buffer);
}

/** What {@link keep} was just asked to keep, for the object that is about to be made for it. */
const fresh = new Map<string, SharedArrayBuffer>();

/** The buffer that is kept under `key`. Blocks for some microseconds unless this thread has just made it. */
export function kept(key: string): ArrayBuffer {
  const own = fresh.get(key);
  fresh.delete(key);
  // Everything that is done with it can be done with shared buffers too: see `SharedBlock`.
  return (own ?? ask(key)) as unknown as ArrayBuffer;
}

/** Nobody uses the buffer any more. */
export function forget(key: string): void {
  const request: Request = { forget: key };
  state().line?.postMessage(request, []);
}

function ask(key: string): SharedArrayBuffer {
  const { receiveMessageOnPort } = process.getBuiltinModule('node:worker_threads');
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const request: Request = { get: key, bell };
  ownLine().postMessage(request, []);
  for (;;) {
    const answer = receiveMessageOnPort(ownLine());
    // The keeper answers with the buffer, or with nothing when it was forgotten.
    if (answer) return answer.message as SharedArrayBuffer;
    Atomics.wait(bell, 0, 0, PATIENCE_MS);
  }
}

function ownLine(): Line {
  return (state().line ??= start());
}

function start(): Line {
  const { MessageChannel, Worker } = process.getBuiltinModule('node:worker_threads');
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('../entry/keeper.cjs', import.meta.url), {
    workerData: port1,
    transferList: [port1],
    execArgv: [],
    env: {},
  });
  worker.unref();
  return port2;
}
