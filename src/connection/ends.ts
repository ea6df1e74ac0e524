import { createRequire } from 'node:module';
import { rootPort } from '../native/root-port.ts';
import type { Trust } from './codec.ts';
import { PipeEnd, type PipeEndHandle } from './pipe-end.ts';
import type * as remotePipeEnd from './remote-pipe-end.ts';
import type { Transport } from './transport.ts';

const require = createRequire(import.meta.url);

/** Both ends of a new pipe: in memory that the program shares, or else in its first process. */
export function pipeEnds(duplex: boolean, trust: Trust = 'program'): [Transport, Transport] {
  return rootPort() ? remote().pair(duplex, trust) : PipeEnd.pair(duplex, trust);
}

/** The end that a message carried. */
export function openPipeEnd(handle: PipeEndHandle): Transport {
  return rootPort() ? remote().open(handle) : PipeEnd.open(handle);
}

/** Loaded where it is needed: where memory is shared, it never is. */
function remote(): typeof remotePipeEnd.RemotePipeEnd {
  // What the file exports.
  return (require('./remote-pipe-end.js') as typeof remotePipeEnd).RemotePipeEnd;
}
