import { native } from '../native/addon.ts';
import { Parker } from '../shared-memory/parker.ts';
import type { SharedBlock } from '../shared-memory/shared-block.ts';

/*
 * A lock for critical sections of a microsecond, which run no code of the user's. Its word is the participant id of the
 * holder, 0 when it is free. What it guards must be whole at every instant, because a holder that was killed is simply
 * succeeded: in a lane everything becomes visible by one store.
 */

const FREE = 0;
/** A holder that runs is done before this is over. */
const SPIN_MICROS = 20;
/** A holder that does not run has lost its processor: give it ours. */
const NAP_MS = 0.1;
const LONGEST_NAP_MS = 2;
/** How many naps before it is asked whether the holder still lives, which costs a look into `/proc`. */
const NAPS = 16;

export class ShortLock {
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #word: number;
  /** Index of the word in the program's heap. */
  readonly #mapped: number;
  readonly #parker = Parker.current();
  readonly #id = this.#parker.id;

  constructor(block: SharedBlock, word: number) {
    this.#words = block.words;
    this.#word = word;
    this.#mapped = block.firstWord + word;
  }

  acquire(): void {
    if (Atomics.compareExchange(this.#words, this.#word, FREE, this.#id) !== FREE) this.#contend();
  }

  release(): void {
    Atomics.store(this.#words, this.#word, FREE);
  }

  #contend(): void {
    const { map } = this.#parker.registry.heap;
    let napMs = NAP_MS;
    for (let round = 1; ; round++) {
      const holder = Atomics.compareExchange(this.#words, this.#word, FREE, this.#id);
      if (holder === FREE) return;
      if (native().spinWord(map, this.#mapped, holder, SPIN_MICROS)) continue;
      // Nobody wakes us: whoever releases makes no system call, and the next look is near.
      native().waitWord(map, this.#mapped, holder, napMs);
      napMs = Math.min(LONGEST_NAP_MS, napMs * 2);
      if (round % NAPS === 0 && this.#succeed(holder)) return;
    }
  }

  /** Takes the lock of a holder that died. */
  #succeed(holder: number): boolean {
    if (this.#parker.registry.isAlive(holder)) return false;
    return Atomics.compareExchange(this.#words, this.#word, holder, this.#id) === holder;
  }
}
