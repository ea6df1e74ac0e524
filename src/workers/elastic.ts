/** How a pool grows and shrinks by itself. */
export interface ElasticOptions {
  readonly min: number;
  readonly max: number;
  /** Milliseconds for which a worker must have been too many before it is told to leave. */
  readonly idleTimeout: number;
}

/** What it sees of a pool, and does to it. */
export interface ElasticSubject {
  readonly size: number;
  /** Tasks that are under way. */
  readonly outstanding: number;
  resize(size: number): void;
}

/** Looks at a pool so often in one idle time-out. */
const LOOKS = 4;
/** After a worker could not be started no other one is tried for so long: it takes time, and the reason rarely goes away at once. */
const PAUSE_MS = 1_000;

/** Keeps as many workers as the work needs, within limits. */
export class Elastic {
  readonly #subject: ElasticSubject;
  readonly #timer: NodeJS.Timeout;
  #min: number;
  #max: number;
  #pausedUntilMs = 0;
  /** Workers that had nothing to do at each of the last looks. */
  #spare: number[] = [];

  constructor(options: ElasticOptions, subject: ElasticSubject) {
    this.#min = options.min;
    this.#max = options.max;
    this.#subject = subject;
    this.#timer = setInterval(() => this.#look(), Math.max(1, options.idleTimeout / LOOKS)).unref();
  }

  /** A task was submitted: is there a worker for it? */
  submitted(): void {
    const { size, outstanding } = this.#subject;
    if (outstanding <= size || size >= this.#max || performance.now() < this.#pausedUntilMs) return;
    this.#spare = [];
    try {
      this.#subject.resize(size + 1);
    } catch {
      // Those that are there do the work, as they would in a pool that may not grow.
      this.#pausedUntilMs = performance.now() + PAUSE_MS;
    }
  }

  /** There may be so many workers from now on. */
  limit(max: number): void {
    this.#max = max;
    this.#min = Math.min(this.#min, max);
    if (this.#subject.size > max) this.#subject.resize(max);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { size, outstanding } = this.#subject;
    this.#spare.push(Math.max(0, size - outstanding));
    if (this.#spare.length <= LOOKS) return;
    this.#spare.shift();
    const surplus = Math.min(...this.#spare, size - this.#min);
    if (surplus <= 0) return;
    this.#spare = [];
    this.#subject.resize(size - surplus);
  }
}
