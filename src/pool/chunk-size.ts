/** Milliseconds of work in one chunk: long enough that handing it out costs nothing, short enough to balance. */
const TARGET_MS = 10;
/** What is less work than this is not cut up further. */
const LEAST_MS = 0.25;
/** Share of what is left that one chunk may take, so that the workers end at the same time. */
const SHARE = 4;
const LARGEST = 65_536;

/**
 * The number of items that go to a worker at once, adapted to what an item costs.
 *
 * @see C. D. Polychronopoulos, D. J. Kuck, "Guided Self-Scheduling", IEEE ToC 1987
 */
export class ChunkSize {
  readonly #fixed: number | undefined;
  readonly #largest: number;
  #current: number;
  /** Milliseconds an item takes, as measured; exponentially forgotten. */
  #cost = NaN;

  /**
   * @param fixed What the user asked for; absent adapts.
   * @param first Items of the first chunks, before anything was measured.
   */
  constructor(fixed: number | undefined, first: number, largest: number = LARGEST) {
    this.#fixed = fixed;
    this.#largest = largest;
    this.#current = fixed ?? Math.max(1, Math.min(first, largest));
  }

  /** Whether the user has fixed it. */
  get isFixed(): boolean {
    return this.#fixed !== undefined;
  }

  get current(): number {
    return this.#current;
  }

  /** The next chunk when `remaining` items are left for `workers`. */
  next(remaining: number, workers: number): number {
    if (this.#fixed !== undefined) return Math.min(this.#fixed, remaining);
    const share = Math.ceil(remaining / (workers * SHARE));
    const least = Math.min(remaining, this.#current, Math.floor(LEAST_MS / this.#cost));
    // Nothing is known of the cost at first, and then the least is not a number.
    return Math.max(1, least || 0, Math.min(this.#current, share));
  }

  /** A chunk of `items` took `milliseconds` in its worker. */
  measured(items: number, milliseconds: number): void {
    if (this.#fixed !== undefined || Number.isNaN(milliseconds) || items === 0) return;
    const cost = milliseconds / items;
    this.#cost = Number.isNaN(this.#cost) ? cost : this.#cost * 0.7 + cost * 0.3;
    const fit = Math.floor(TARGET_MS / Math.max(this.#cost, 1e-6));
    // At most eight times as many at once: one quick item says little about the rest.
    this.#current = Math.max(1, Math.min(fit, this.#current * 8, this.#largest));
  }
}
