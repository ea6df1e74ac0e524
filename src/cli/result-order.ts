import type { Flow } from './flow.ts';

/** Lets results pass in the order of their places, however they come. */
export class ResultOrder {
  readonly #flow: Flow;
  readonly #waiting = new Map<number, { readonly chars: number; go(): void }>();
  #next = 0;

  /** @param flow Told of results that wait, because they take memory. */
  constructor(flow: Flow) {
    this.#flow = flow;
  }

  /** Resolves when all earlier places have passed. Call `passed()` in the same turn, when the result is on its way. */
  async turn(place: number, chars: number): Promise<void> {
    if (place === this.#next) return;
    this.#flow.hold(chars);
    await new Promise<void>((go) => {
      this.#waiting.set(place, { chars, go });
    });
  }

  /** The place whose turn it was is done; the next one follows. */
  passed(): void {
    this.#next += 1;
    const next = this.#waiting.get(this.#next);
    if (next === undefined) return;
    this.#waiting.delete(this.#next);
    this.#flow.release(next.chars);
    next.go();
  }
}
