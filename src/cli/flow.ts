/**
 * Decides how many items may be under way, so that workers never wait and nothing piles up.
 *
 * Long tasks: as many as there are workers, so that time-outs count from a start and little is lost when the run is halted. Short tasks:
 * as many as the workers do in some milliseconds, because the parent must not be asked after each.
 */
export class Flow {
  static readonly #queueMs = 20;
  static readonly #mostPerWorker = 256;
  static readonly #maxHeld = 20_000;
  static readonly #maxHeldChars = 64 * 1024 * 1024;
  readonly #workers: number;
  readonly #chunkSize: number;
  readonly #maxPerWorker: number;
  #meanMs = Flow.#queueMs;
  #running = 0;
  #held = 0;
  #heldChars = 0;
  #wake: (() => void) | undefined;

  /** @param isTimed Nothing may wait in a queue, because a pool counts time-outs from the submission. */
  constructor(workers: number, chunkSize: number, isTimed: boolean) {
    this.#workers = workers;
    this.#chunkSize = chunkSize;
    this.#maxPerWorker = isTimed ? chunkSize : Flow.#mostPerWorker;
  }

  /** Whether every item that was begun is settled. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#held === 0;
  }

  /** Whether another chunk may begin. */
  get hasRoom(): boolean {
    const wanted = Math.min(this.#maxPerWorker, Math.ceil(Flow.#queueMs / Math.max(this.#meanMs, 0.001)));
    const perWorker = Math.max(this.#chunkSize, wanted);
    return (
      this.#running < this.#workers * perWorker && this.#held < Flow.#maxHeld && this.#heldChars < Flow.#maxHeldChars
    );
  }

  /** Waits for the next change of anything. One waiter at a time. */
  async changed(): Promise<void> {
    await new Promise<void>((done) => {
      this.#wake = done;
    });
  }

  /** Lets the waiter look again, for a reason outside of this class. */
  poke(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  begin(items: number): void {
    this.#running += items;
  }

  end(items: number): void {
    this.#running -= items;
    this.poke();
  }

  /** Takes in how long one item ran. */
  measured(ms: number): void {
    this.#meanMs += (ms - this.#meanMs) / 16;
  }

  /** A result waits for an earlier one: its worker is free again, but it takes memory. */
  hold(chars: number): void {
    this.#running -= 1;
    this.#held += 1;
    this.#heldChars += chars;
    this.poke();
  }

  /** A result that waited goes on. */
  release(chars: number): void {
    this.#running += 1;
    this.#held -= 1;
    this.#heldChars -= chars;
    this.poke();
  }
}
