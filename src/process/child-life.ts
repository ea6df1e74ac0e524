import { writeLastWords } from './last-words.ts';
import { ownIdent, processState } from './state.ts';
import { noteStderr } from './stderr-tail.ts';

// How a child ends, and what it says before. It ends as any Node program does: when `main` is done and nothing that it
// started is left in the event loop, as Python waits for ordinary threads. The library's own handles never keep it.

const UNCAUGHT = 1;
/** Node's own exit code for a top-level promise that nothing can settle any more. */
const UNSETTLED = 13;
let margin: Uint8Array | undefined;

/** Where {@link fail} notes what it says, for the parent. */
export function noteIn(place: Uint8Array): void {
  margin = place;
}

/** From now on, what goes to the error stream is noted in `place` too, and what goes to a pipe is out when `write` returns. */
export function guardOutput(place: Uint8Array): void {
  noteIn(place);
  onFirstUse('stdout', makeBlocking);
  onFirstUse('stderr', (stream) => {
    makeBlocking(stream);
    const { write } = stream;
    stream.write = function noteAndWrite(this: unknown, ...args: Parameters<typeof write>): boolean {
      const [chunk] = args;
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) noteStderr(place, chunk);
      return Reflect.apply(write, stream, args);
    } as typeof write;
  });
}

/** Errors that nobody catches end the child with code 1 and a word on the error stream, unless the user's own handler takes them. */
export function guardErrors(): void {
  process.on('uncaughtException', (error) => {
    if (process.listenerCount('uncaughtException') === 1) fail(error);
  });
}

/** Reports an error that ends this process, and ends it. Exit handlers run. */
export function fail(error: unknown): never {
  // Asked for here: to import a built-in module costs each child up to half a millisecond.
  report(process.getBuiltinModule('node:util').inspect(error));
  process.exit(UNCAUGHT);
}

/** Until the returned function is called, an empty event loop means that `main` waits for something that cannot come. */
export function expectEnd(): () => void {
  const stuck = (): void => {
    report('its work awaits a promise that nothing can settle any more: no timer, message or handle is left');
    process.exit(UNSETTLED);
  };
  process.on('beforeExit', stuck);
  return () => process.off('beforeExit', stuck);
}

function report(text: string): void {
  const ident = ownIdent();
  const where = ident === process.pid ? '' : `, thread ${ident}`;
  writeLastWords(`Process ${processState().profile.name} (pid ${process.pid}${where}):\n${text}\n`, margin);
}

/** Node makes its streams when they are first asked for, which costs milliseconds: so they are changed then, not before. */
function onFirstUse(name: 'stdout' | 'stderr', change: (stream: NodeJS.WriteStream) => void): void {
  const node = Object.getOwnPropertyDescriptor(process, name);
  const get = node?.get;
  if (!node || !get) return;
  Object.defineProperty(process, name, {
    ...node,
    get: () => {
      // Node's getter makes the stream it is named after.
      const stream = Reflect.apply(get, process, []) as NodeJS.WriteStream;
      Object.defineProperty(process, name, node);
      change(stream);
      return stream;
    },
  });
}

/** A pipe that is full would make Node queue what is written, and `process.exit` would lose it. */
function makeBlocking(stream: NodeJS.WriteStream): void {
  const handle: unknown = Reflect.get(stream, '_handle');
  if (typeof handle !== 'object' || handle === null || !('setBlocking' in handle)) return;
  if (typeof handle.setBlocking === 'function' && Reflect.get(stream, '_type') === 'pipe') handle.setBlocking(true);
}
