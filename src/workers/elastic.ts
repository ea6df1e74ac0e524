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

/** Keeps as many workers as the work needs, within limits. */
export class Elastic {
  readonly #options: ElasticOptions;
  readonly #subject: ElasticSubject;
  readonly #timer: NodeJS.Timeout;
  #max: number;
  /** Workers that had nothing to do at each of the last looks. */
  #spare: number[] = [];

  constructor(options: ElasticOptions, subject: ElasticSubject) {
    this.#options = options;
    this.#subject = subject;
    this.#max = options.max;
    this.#timer = setInterval(() => this.#look(), Math.max(1, options.idleTimeout / LOOKS)).unref();
  }

  /** A task was submitted: is there a worker for it? */
  submitted(): void {
    const { size, outstanding } = this.#subject;
    if (outstanding <= size || size >= this.#max) return;
    this.#spare = [];
    this.#subject.resize(size + 1);
  }

  /** There may be so many workers from now on. */
  limit(max: number): void {
    this.#max = max;
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
    const surplus = Math.min(...this.#spare, size - Math.min(this.#options.min, this.#max));
    if (surplus <= 0) return;
    this.#spare = [];
    this.#subject.resize(size - surplus);
  }
}
