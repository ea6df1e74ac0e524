/** Stands for a function (or another object that is built from its parts) while its parts are read: they may refer back to it. */
export class Pending {
  #waiting: ((value: unknown) => void)[] = [];
  #value: unknown;
  #resolved = false;

  get resolved(): boolean {
    return this.#resolved;
  }

  get value(): unknown {
    return this.#value;
  }

  /** Calls `fill` with the object as soon as it exists. */
  whenMade(fill: (value: unknown) => void): void {
    if (this.#resolved) fill(this.#value);
    else this.#waiting.push(fill);
  }

  /** Hands the finished object to everybody who waits. */
  make(value: unknown): void {
    this.#resolved = true;
    this.#value = value;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const fill of waiting) fill(value);
  }
}
