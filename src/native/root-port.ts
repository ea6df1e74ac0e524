import type { MessagePort } from 'node:worker_threads';
import { sharedState } from '../base/globals.ts';

/*
 * In a process that shares no memory with the others of its program: the port of this thread to the thread that reaches the
 * program's first process (`process/uplink.ts`). There live the queues and pipes that all of them use.
 */

interface State {
  port: MessagePort | undefined;
}

function state(): State {
  return sharedState<State>('native.root-port.1', () => ({ port: undefined }));
}

/** The port of this thread; none in the first process. */
export function rootPort(): MessagePort | undefined {
  return state().port;
}

/** Called once in a thread, before it shares anything. */
export function useRootPort(port: MessagePort): void {
  state().port = port;
}

/** A port for a thread that is being started; none in the first process. */
export function newRootPort(): MessagePort | undefined {
  const own = rootPort();
  if (!own) return undefined;
  const { MessageChannel } = process.getBuiltinModule('node:worker_threads');
  const { port1, port2 } = new MessageChannel();
  own.postMessage({ serve: port1 }, [port1]);
  return port2;
}
