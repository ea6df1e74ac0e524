/**
 * Makes a function whose loop leans on what is around it: a constant, a function and a class. What this module exports goes by
 * reference, what somebody else has made goes by value, with its own text and copies of the three.
 *
 * @returns {(rounds: number) => number}
 */
export function makeHot() {
  const factor = 1_103_515_245;

  /** @param {number} state */
  function step(state) {
    return (Math.imul(state, factor) + 12_345) | 0;
  }

  class Tally {
    /** Numbers below zero so far. */
    below = 0;

    /** @param {number} state */
    take(state) {
      if (state < 0) this.below++;
    }
  }

  return (/** @type {number} */ rounds) => {
    const start = performance.now();
    const tally = new Tally();
    let state = factor;
    for (let round = 0; round < rounds; round++) {
      state = step(state);
      tally.take(state);
    }
    if (tally.below === 0) throw new Error('half of the numbers are below zero');
    return performance.now() - start;
  };
}

export const hot = makeHot();
