import type { Packed } from '../reduction/pack.ts';
import type { Block } from '../shared-memory/heap.ts';
import type { Definition } from './definitions.ts';
import type { Mode } from './task-ring.ts';

/** What a task gives its results to. One job has one task (`apply`) or many (`map`). */
export interface Job {
  /** A result, of the item `index` of the job. */
  succeed(index: number, value: unknown): void;
  /** What the call for item `index` threw, or why there will be no result. */
  fail(index: number, error: unknown): void;
  /** A task of the job has ended, after all its items were told; it took this many milliseconds in the worker (NaN: not known). */
  ended(task: Task, milliseconds: number): void;
  /** Items that did not run for no fault of their own: submit those from index `from` to before `to` again. */
  again?(task: Task, from: number, to: number, retries: number): void;
  /** What a running task gave to `report`. */
  report?(index: number, value: unknown): void;
}

export const WAITING = 0;
export const PLACED = 1;
export const ENDED = 2;

/** A piece of work for one worker: one call, or one call for each item of a chunk. */
export class Task {
  job: Job;
  readonly definition: Definition;
  readonly mode: Mode;
  /** Index of the first item in its job. */
  readonly firstItem: number;
  readonly itemCount: number;
  readonly priority: number;
  /** How often it may run again after its worker was lost. */
  retries: number;
  /** Which run this is, from 1. */
  attempt = 1;
  /** The arguments (`apply`) or items, until they are on their way; `undefined` afterwards unless it may be run again. */
  payload: Packed | undefined;
  state: typeof WAITING | typeof PLACED | typeof ENDED = WAITING;
  /** While placed: its number in shared memory, its cell, and the blocks of its arguments. */
  id = 0;
  cell = -1;
  blocks: readonly Block[] = [];
  /** The only worker that may run it, by slot; -1: any. */
  worker = -1;
  /** Stops a timer and a listener of the caller when the task ends. */
  release: (() => void) | undefined;

  constructor(job: Job, definition: Definition, mode: Mode, firstItem: number, itemCount: number, priority: number, retries: number) {
    this.job = job;
    this.definition = definition;
    this.mode = mode;
    this.firstItem = firstItem;
    this.itemCount = itemCount;
    this.priority = priority;
    this.retries = retries;
  }

  /** Index behind its last item. */
  get endItem(): number {
    return this.firstItem + this.itemCount;
  }

  /** Nobody wants its results any more; it stays in the books until its worker is done with it. */
  abandon(): void {
    this.release?.();
    this.release = undefined;
    this.job = NOBODY;
  }

  /** Its worker was lost: back to the start, with one retry less. */
  runAgain(): void {
    this.state = WAITING;
    this.attempt++;
    this.retries--;
    this.id = 0;
    this.cell = -1;
    this.blocks = [];
  }
}

/** Takes what is left of a task that was given up. */
const NOBODY: Job = { succeed() {}, fail() {}, ended() {} };
