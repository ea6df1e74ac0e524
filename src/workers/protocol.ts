import { FOR_SERVICE } from '../process/relay-kinds.ts';
import type { Packed } from '../reduction/message.ts';

/** Kinds of messages on the channel between a host and a worker. One byte each; 1 to 127. */

// Worker → host, all with the task's id.

/** The result of a call; ends the task. */
export const RESULT = 1;
/** What a call threw; ends the task. */
export const FAILURE = 2;
/** The result of one item of a chunk: its index (u32), then the value. */
export const ITEM_RESULT = 3;
/** What the call for one item threw. */
export const ITEM_FAILURE = 4;
/** All items of a chunk are done: the milliseconds they took. Ends the task. */
export const CHUNK_DONE = 5;
/** What a task gave to `report`. */
export const REPORT = 6;
/** The worker is ready for tasks: the initializer has run. */
export const READY = 7;
/** The initializer threw; the worker ends. */
export const NOT_READY = 8;
/** The worker has done its share of tasks and leaves; nothing of it is pending. Carries what the finalizer returned. */
export const LEAVING = 9;
/**
 * The worker stops in the middle of a chunk, because it has done its share of tasks, takes long, or was told to: the number of
 * items that are done, and the milliseconds they took. Ends the task.
 */
export const CHUNK_CUT = 10;
/** Results of some items of a chunk, all numbers: see `NumberRun`. */
export const ITEM_NUMBERS = 11;
/** Results of some items of a chunk, all equal. */
export const ITEM_EQUALS = 17;
/** No item of the chunk can run: what the import of the module threw, for example. Ends the task. */
export const CHUNK_FAILURE = 12;

/** A worker begins with a task; said only while somebody wants to know. */
export const STARTED = 13;

/** A call was among the slowest of its worker: see `SlowCall`. Said only by pools that measure. */
export const SLOW = 14;

/** A worker begins with its initializer. */
export const INITIALIZING = 15;
/** A worker begins with its finalizer; it takes no more tasks. */
export const FINALIZING = 16;

// Host → worker.

/** A call for exactly this worker: `[fn, args]`. */
export const CALL = 21;
/** Stop the task with this id: its `signal` fires. */
export const CANCEL = 22;
/** A spare takes tasks from now on. */
export const ACTIVATE = 24;
/** Nothing more will come: run the finalizer and end. */
export const STOP = 23;

/** Without shared memory: a task from the ring, see `remote-tasks.ts`. */
export const TASK = 25;

// Worker → its relay, without shared memory.

/** It has nothing to do. */
export const WANT: number = FOR_SERVICE + 1;
/** It begins with the task of this id. */
export const BEGUN: number = FOR_SERVICE + 2;

/** It begins with the item of this index. */
export const ITEM_BEGUN: number = FOR_SERVICE + 3;

/** The message of a kind that says all. */
export const NOTHING: Packed = { bytes: new Uint8Array([0]), buffers: [] };
