import { shortText } from '../base/short-text.ts';
import type { Keep } from '../reduction/loans.ts';
import type { Packed } from '../reduction/pack.ts';
import type { Block } from '../shared-memory/heap.ts';
import type { Carried } from './carried-context.ts';
import type { Definition } from './definitions.ts';
import type { CallSite } from '../reduction/call-site.ts';
import type { ItemValues } from './item-values.ts';
import type { CellPayload, Mode } from './modes.ts';
import type { NumberList } from './number-list.ts';

/**
 * What a task gives its results to. One job has one task (`apply`) or many (`map`).
 *
 * The methods are called while messages are being read, also when the thread blocks: none of them may run user code.
 */
export interface Job {
  /** A result, of the item `index` of the job. */
  succeed(index: number, value: unknown): void;
  /** Results of `count` items from `index` on, which lie in `values` from `at` on. */
  succeedMany?(index: number, values: ItemValues, at: number, count: number): void;
  /** What the call for item `index` threw, or why there will be no result. */
  fail(index: number, error: unknown): void;
  /** A task has ended after so many of its items, all of which were told; they took this many milliseconds in the worker (NaN: not known). */
  ended(task: Task, items: number, milliseconds: number): void;
  /** Items that did not run for no fault of their own: submit those from index `from` to before `to` again. */
  again?(task: Task, from: number, to: number, retries: number): void;
  /** What a running task gave to `report`. */
  report?(index: number, value: unknown): void;
  /** The input of item `index`, where there are several. Asked before the item is told to have ended. */
  itemAt?(index: number): unknown;
  /** There will be nothing more for this job: the pool has ended. */
  abort(error: unknown): void;
}

export const WAITING = 0;
export const PLACED = 1;
export const ENDED = 2;

/** Longest text of an input in a message. */
const INPUT_LENGTH = 80;

/** What a task is made of. */
export interface TaskPlan {
  readonly job: Job;
  readonly definition: Definition;
  readonly mode: Mode;
  readonly priority: number;
  /** Milliseconds that one call may run, without the time it waited. */
  readonly timeout: number | undefined;
  /** Whether a worker that takes long for the chunk may give the rest of it back. */
  readonly mayCut: boolean;
  /** The stores in which the calls run. */
  readonly carried: Carried | undefined;
}

/** Items that lie in memory which the workers see. */
export interface NumberRange {
  readonly list: NumberList;
  readonly from: number;
  readonly length: number;
}

/** A piece of work for one worker: one call, or one call for each item of a chunk. */
export class Task {
  job: Job;
  readonly definition: Definition;
  readonly mode: Mode;
  readonly priority: number;
  readonly timeout: number | undefined;
  readonly mayCut: boolean;
  readonly carried: Carried | undefined;
  /** Buffers of the caller that are given away with the payload. */
  transfer: readonly ArrayBuffer[] | undefined;
  /** Index of the first item in its job. */
  readonly firstItem: number;
  readonly itemCount: number;
  /** How often it may run again after its worker was lost. */
  retries: number;
  /** Which run this is, from 1. */
  attempt = 1;
  /** Number of the submission in its pool, from 1. */
  number = 0;
  /** The arguments (`apply`) or items, until they are on their way; `undefined` afterwards unless it may be run again. */
  payload: Packed | undefined;
  /** Instead of `payload`: arguments that nobody can change. */
  constants: readonly unknown[] | undefined;
  /** Instead of `payload`: items that workers read where they are. The task uses them until it ends. */
  numbers: NumberRange | undefined;
  /** The payload of a task that was on its way already and was taken back. */
  cellPayload: CellPayload | undefined;
  state: typeof WAITING | typeof PLACED | typeof ENDED = WAITING;
  /** While placed: its id in shared memory, its cell, and the blocks of its arguments. */
  id = 0;
  cell = -1;
  blocks: readonly Block[] = [];
  /** The shared objects in its payload: in use here for as long as a worker may read it. */
  keep: Keep | undefined;
  /** When a worker said that it began; only while somebody wants to know. */
  startedAt: number | undefined;
  /** Items of the chunk whose outcome was told. */
  received = 0;
  /** From where in the program it was submitted. */
  site: CallSite | undefined;
  /** Stops a timer and a listener of the caller when the task ends. */
  release: (() => void) | undefined;

  constructor(plan: TaskPlan, firstItem: number, itemCount: number, retries: number) {
    this.job = plan.job;
    this.definition = plan.definition;
    this.mode = plan.mode;
    this.priority = plan.priority;
    this.timeout = plan.timeout;
    this.mayCut = plan.mayCut;
    this.carried = plan.carried;
    this.firstItem = firstItem;
    this.itemCount = itemCount;
    this.retries = retries;
  }

  /** Index behind its last item. */
  get endItem(): number {
    return this.firstItem + this.itemCount;
  }

  /** Whether somebody has to look after it while it runs: the end of a task is told at once, that of an item before it is not. */
  get isWatched(): boolean {
    return this.itemCount > 1 || this.timeout !== undefined;
  }

  /** Whether it was given up and only waits for its worker to be done with it. */
  get isAbandoned(): boolean {
    return this.job === NOBODY;
  }

  /** Nobody wants its results any more; it stays in the books until its worker is done with it. */
  abandon(): void {
    this.release?.();
    this.release = undefined;
    this.retries = 0;
    this.job = NOBODY;
  }

  /** Back to those that wait, with its payload as it lay in shared memory. */
  waitAgain(payload: CellPayload): void {
    this.cellPayload = payload;
    this.state = WAITING;
    this.id = 0;
    this.cell = -1;
  }

  /** Its worker was lost: back to the start, with one retry less. */
  runAgain(): void {
    this.cellPayload = undefined;
    this.state = WAITING;
    this.attempt++;
    this.retries--;
    this.id = 0;
    this.cell = -1;
    this.blocks = [];
  }

  /** Frees the memory of arguments that nobody has taken. */
  freeBlocks(): void {
    for (const block of this.blocks) block.free();
    this.blocks = [];
  }
}

/** What names the failing item of a job of several, for messages. */
export function nameItem({ job }: Pick<Task, 'job'>, index: number): { index: number; input: string } | undefined {
  return job.itemAt && { index, input: shortText(job.itemAt(index), INPUT_LENGTH) };
}

/** Takes what is left of a task that was given up. */
const NOBODY: Job = { succeed() {}, fail() {}, ended() {}, abort() {} };
