import { shortText } from '../base/short-text.ts';
import type { AnyFunction } from '../base/types.ts';
import type { ActiveTask } from './active-task.ts';
import { WORKED, type WorkerMemory } from './memory.ts';
import { SLOW } from './protocol.ts';
import type { ReplyWriter } from './reply-writer.ts';

/** Longest text of the arguments of a slow call. */
const TEXT_LENGTH = 200;

/** What a worker says of a call that is among its slowest: item, milliseconds, function, arguments as text. */
export type SlowCall = readonly [index: number, milliseconds: number, name: string, args: string];

/** Measures the calls of one worker. */
export class Stopwatch {
  readonly #replies: ReplyWriter;
  readonly #worked: Float64Array;
  readonly #place: number;
  readonly #most: number;
  /** Milliseconds of the slowest calls so far, the quickest of them first. */
  readonly #slowest: number[] = [];
  #since = 0;
  #call: { readonly fn: AnyFunction; readonly args: unknown } | undefined;

  /** @param most How many of the slowest calls are told. */
  constructor(memory: WorkerMemory, slot: number, { replies, most }: { replies: ReplyWriter; most: number }) {
    this.#replies = replies;
    this.#worked = new Float64Array(memory.words.buffer, memory.words.byteOffset);
    this.#place = (slot + WORKED) / 2;
    this.#most = most;
  }

  begin(fn: AnyFunction, args: unknown): void {
    this.#call = { fn, args };
    this.#since = performance.now();
  }

  /** A call has ended, with whatever outcome. */
  end(task: ActiveTask | undefined): void {
    const milliseconds = performance.now() - this.#since;
    this.#worked[this.#place] = (this.#worked[this.#place] ?? 0) + milliseconds;
    const made = this.#call;
    this.#call = undefined;
    if (!task || !made || !this.#isSlow(milliseconds)) return;
    const call: SlowCall = [task.item, milliseconds, made.fn.name, shortText(made.args, TEXT_LENGTH)];
    this.#replies.send(SLOW, task.key, call, 'a slow call');
  }

  /** Whether a call is among the slowest so far; then it is noted. */
  #isSlow(milliseconds: number): boolean {
    const slowest = this.#slowest;
    if (slowest.length >= this.#most && milliseconds <= (slowest[0] ?? Infinity)) return false;
    slowest.push(milliseconds);
    slowest.sort((a, b) => a - b);
    if (slowest.length > this.#most) slowest.shift();
    return true;
  }
}
