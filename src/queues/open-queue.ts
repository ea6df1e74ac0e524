import { createRequire } from 'node:module';
import { rootPort } from '../native/root-port.ts';
import type { BlockHandle } from '../shared-memory/shared-block.ts';
import { QueueCore } from './queue-core.ts';
import type { QueueFace } from './queue-face.ts';
import type * as remoteQueue from './remote-queue.ts';

const require = createRequire(import.meta.url);

/** A new queue: in memory that the program shares, or else in its first process. */
export function createQueue(maxSize: number): QueueFace {
  return rootPort() ? remote().create(maxSize) : QueueCore.create(maxSize);
}

/** The queue that a message carried. */
export function openQueue(handle: BlockHandle): QueueFace {
  return rootPort() ? remote().open(handle) : QueueCore.open(handle);
}

/** Whether this is a queue that exists, where its maximal size could stand. */
export function isOpenQueue(given: unknown): given is QueueFace {
  return typeof given === 'object' && given !== null && 'takeInTurn' in given;
}

/** Loaded where it is needed: where memory is shared, it never is. */
function remote(): typeof remoteQueue.RemoteQueue {
  // What the file exports.
  return (require('./remote-queue.js') as typeof remoteQueue).RemoteQueue;
}
