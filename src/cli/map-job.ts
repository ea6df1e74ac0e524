import { messageOf } from './exit.ts';
import { Flow } from './flow.ts';
import type { Item } from './item.ts';
import type { Joblog } from './joblog.ts';
import { toFailure } from './map-task.ts';
import type { Failure, ItemReply } from './map-task.ts';
import type { LineWriter } from './output.ts';
import type { ProgressState } from '../pool/progress.ts';
import { ResultOrder } from './result-order.ts';
import type { Runner } from './runner.ts';

/** What happens after an item failed for good: go on, end at once, or end when what runs is done. */
export const HALT_MODES = ['never', 'now', 'soon'] as const;
export type HaltMode = (typeof HALT_MODES)[number];

/** How a run treats its items. */
export interface MapPolicy {
  readonly jobs: number;
  readonly chunkSize: number;
  readonly keepOrder: boolean;
  readonly retries: number;
  readonly timeoutMs: number | undefined;
  readonly halt: HaltMode;
  /** Whether a line carries its item besides the result. */
  readonly tag: boolean;
}

/** Where a run gets and leaves things. */
export interface MapPorts {
  readonly batches: AsyncGenerator<readonly Item[]>;
  readonly runner: Runner;
  readonly writer: LineWriter;
  readonly joblog: Joblog | undefined;
  /** Told of each item that failed for good. */
  report(item: Item, seq: number, attempts: number, failure: Failure): void;
}

/** Counts at the end of a run. */
export interface MapSummary {
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  /** Whether failures ended the run early. */
  readonly halted: boolean;
}

interface Entry {
  readonly item: Item;
  /** Position in the input, from 1. */
  readonly seq: number;
  /** Position among the entries of this run, from 0. */
  readonly place: number;
  attempts: number;
  startedAtMs: number;
}

/** Maps a function over items: takes them as workers become free, tries again what failed, writes what succeeded. */
export class MapJob {
  readonly #policy: MapPolicy;
  readonly #ports: MapPorts;
  readonly #flow: Flow;
  readonly #order: ResultOrder | undefined;
  #seq = 0;
  #placed = 0;
  #done = 0;
  #failed = 0;
  #skipped = 0;
  #halted = false;
  #isStopped = false;
  #crash: Error | undefined;
  #onStop: () => void = () => {};

  constructor(policy: MapPolicy, ports: MapPorts) {
    this.#policy = policy;
    this.#ports = ports;
    this.#flow = new Flow(policy.jobs, policy.chunkSize, policy.timeoutMs !== undefined);
    this.#order = policy.keepOrder ? new ResultOrder(this.#flow) : undefined;
  }

  /** How far the run is. Skipped items count as done. */
  get progress(): ProgressState {
    return { done: this.#done + this.#failed + this.#skipped, failed: this.#failed };
  }

  /**
   * Runs until the input ends, `stop()` is called, or a failure halts it.
   *
   * @throws InputError when the input breaks; OutputClosedError or InputError when the output does.
   */
  async run(): Promise<void> {
    try {
      await this.#feed();
    } catch (error) {
      // What was read before the input broke is still run.
      this.#crash ??= asError(error);
    }
    while (!this.#flow.isIdle && !this.#isStopped) await this.#flow.changed();
    if (this.#crash !== undefined) throw this.#crash;
  }

  /** Counts so far; final when `run()` has settled and the output is closed. */
  get summary(): MapSummary {
    return { done: this.#done, failed: this.#failed, skipped: this.#skipped, halted: this.#halted };
  }

  /** Whether the run was ended before its time, by `stop()` or by an error. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Ends the run at once: no more input is taken, nothing more is written, results on the way are dropped. */
  stop(): void {
    this.#isStopped = true;
    this.#onStop();
    this.#flow.poke();
  }

  async #feed(): Promise<void> {
    let chunk: Entry[] = [];
    for (let batch = await this.#nextBatch(); batch !== undefined; batch = await this.#nextBatch()) {
      for (const item of batch) {
        const entry = this.#admit(item);
        if (entry === undefined) continue;
        // A chunk is parsed in one way.
        if (chunk.length > 0 && chunk[0]?.item.isJson !== item.isJson) chunk = await this.#launch(chunk);
        chunk.push(entry);
        if (chunk.length >= this.#policy.chunkSize) chunk = await this.#launch(chunk);
        if (this.#isEnding) return;
      }
      // The next batch may be long in coming, so that an incomplete chunk does not wait for it.
      if (chunk.length > 0) chunk = await this.#launch(chunk);
      if (this.#isEnding) return;
    }
  }

  get #isEnding(): boolean {
    return this.#isStopped || this.#halted;
  }

  /** The next items, or `undefined` at the end or when the run is stopped while it waits. */
  async #nextBatch(): Promise<readonly Item[] | undefined> {
    if (this.#isStopped) return undefined;
    // Not Promise.race() with one promise for all rounds: that would keep every batch of an endless input alive.
    return new Promise((take, fail) => {
      this.#onStop = () => take(undefined);
      this.#ports.batches.next().then((result) => take(result.done === true ? undefined : result.value), fail);
    });
  }

  #admit(item: Item): Entry | undefined {
    this.#seq += 1;
    if (this.#ports.joblog?.takeDone(item) === true) {
      this.#skipped += 1;
      return undefined;
    }
    const entry = { item, seq: this.#seq, place: this.#placed, attempts: 0, startedAtMs: Date.now() };
    this.#placed += 1;
    if (item.problem === undefined) return entry;
    this.#begin([entry], () => this.#fail(entry, 0, { name: 'InputError', message: item.problem ?? '', final: true }));
    return undefined;
  }

  /** Starts a chunk as soon as there is room, and gives the empty next one. */
  async #launch(chunk: Entry[]): Promise<Entry[]> {
    while (!this.#flow.hasRoom && !this.#isEnding) await this.#flow.changed();
    if (!this.#isEnding) this.#begin(chunk, () => this.#runChunk(chunk));
    return [];
  }

  #begin(entries: readonly Entry[], work: () => Promise<void>): void {
    this.#flow.begin(entries.length);
    // Not awaited: it settles its own entries, and whatever escapes it ends the run.
    void work()
      .catch((error: unknown) => this.#abort(error))
      .finally(() => this.#flow.end(entries.length));
  }

  async #runChunk(entries: readonly Entry[]): Promise<void> {
    const { runner } = this.#ports;
    const { timeoutMs } = this.#policy;
    for (const entry of entries) {
      entry.attempts += 1;
      entry.startedAtMs = Date.now();
    }
    const texts = entries.map((entry) => entry.item.text);
    let replies: readonly ItemReply[];
    try {
      replies = await runner.run(
        entries[0]?.item.isJson === true,
        texts,
        timeoutMs === undefined ? undefined : timeoutMs * texts.length,
      );
    } catch (error) {
      if (!this.#isStopped) await this.#lost(entries, error);
      return;
    }
    // All at once, so that their lines leave in one write.
    await Promise.all(entries.map((entry, index) => this.#settle(entry, replies[index] ?? [0, null])));
  }

  async #settle(
    entry: Entry,
    [ms, line, failure]: ItemReply | readonly [ms: number, line: null, failure?: undefined],
  ): Promise<void> {
    this.#flow.measured(ms);
    if (line !== null) return this.#succeed(entry, ms, line);
    return this.#retry(entry, ms, failure ?? { name: 'Error', message: 'the worker gave no reply' });
  }

  /** A worker ended or ran out of time under a chunk: one by one, only the item that is to blame fails. */
  async #lost(entries: readonly Entry[], error: unknown): Promise<void> {
    // The next item takes this one's place when a worker can take it: the time it waits for a new worker would count as its own.
    if (this.#policy.timeoutMs !== undefined) await this.#ports.runner.check().catch(() => undefined);
    const only = entries.length === 1 ? entries[0] : undefined;
    if (only !== undefined) {
      // The stack of this side leads into the library, not to the user's mistake.
      const { stack: _, ...failure } = toFailure(error);
      return this.#retry(only, Date.now() - only.startedAtMs, failure);
    }
    for (const entry of entries) {
      entry.attempts -= 1;
      await this.#runChunk([entry]);
    }
  }

  async #retry(entry: Entry, ms: number, failure: Failure): Promise<void> {
    if (this.#isEnding || failure.final === true || entry.attempts > this.#policy.retries)
      return this.#fail(entry, ms, failure);
    return this.#runChunk([entry]);
  }

  async #succeed(entry: Entry, ms: number, line: string): Promise<void> {
    await this.#order?.turn(entry.place, line.length);
    // Checked without a wait in between: nothing is written after stop().
    if (this.#isStopped) return;
    const written = this.#ports.writer.write(this.#policy.tag ? tagged(entry, line) : line);
    this.#order?.passed();
    await written;
    this.#done += 1;
    await this.#log(entry, ms, undefined);
  }

  async #fail(entry: Entry, ms: number, failure: Failure): Promise<void> {
    if (this.#isStopped) return;
    this.#failed += 1;
    this.#ports.report(entry.item, entry.seq, entry.attempts, failure);
    if (this.#policy.halt !== 'never') this.#halted = true;
    await this.#log(entry, ms, failure);
    if (this.#policy.halt === 'now') this.stop();
    await this.#order?.turn(entry.place, 0);
    this.#order?.passed();
  }

  async #log(entry: Entry, ms: number, failure: Failure | undefined): Promise<void> {
    const { seq, attempts, startedAtMs: startedAt } = entry;
    const status = failure === undefined ? 'done' : 'failed';
    const error = failure === undefined ? {} : { error: `${failure.name}: ${failure.message}` };
    await this.#ports.joblog?.add(entry.item, { seq, status, startedAt, ms, attempts, ...error });
  }

  #abort(error: unknown): void {
    if (!this.#isStopped) this.#crash ??= asError(error);
    this.stop();
  }
}

function tagged({ seq, item }: Entry, line: string): string {
  // Line and item are JSON already, unless the item is text.
  return `{"seq":${seq},"item":${item.isJson ? item.text : JSON.stringify(item.text)},"result":${line}}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}
