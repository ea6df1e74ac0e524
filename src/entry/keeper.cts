// The thread that keeps the buffers of a program without the addon: see `native/keeper.ts`.
import type { MessagePort } from 'node:worker_threads';

type Request =
  | { readonly keep: string; readonly buffer: SharedArrayBuffer }
  | { readonly forget: string }
  | { readonly get: string; readonly bell: Int32Array }
  | { readonly serve: MessagePort };

const { receiveMessageOnPort, workerData } = process.getBuiltinModule('node:worker_threads');
const buffers = new Map<string, SharedArrayBuffer>();
const lines = new Set<MessagePort>();

function serve(line: MessagePort): void {
  lines.add(line);
  // Written by `native/keeper.ts` of the same version of this library.
  line.on('message', (request: Request) => take(line, request));
  line.on('close', () => lines.delete(line));
}

function take(line: MessagePort, request: Request): void {
  if ('keep' in request) buffers.set(request.keep, request.buffer);
  else if ('forget' in request) buffers.delete(request.forget);
  else if ('serve' in request) serve(request.serve);
  else {
    // Whoever made it has said so before anybody could ask, but each line is read in its own time.
    if (!buffers.has(request.get)) readAll();
    line.postMessage(buffers.get(request.get), []);
    Atomics.store(request.bell, 0, 1);
    Atomics.notify(request.bell, 0);
  }
}

function readAll(): void {
  for (const line of lines) {
    for (let next = receiveMessageOnPort(line); next; next = receiveMessageOnPort(line)) {
      take(line, next.message as Request); // As above.
    }
  }
}

// The line of the thread that started this one.
serve(workerData as MessagePort);
