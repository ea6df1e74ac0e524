/** Ways of timing that all drivers share, so that contenders differ in nothing but themselves. */

/**
 * Individually awaited tasks per second.
 *
 * @param {(index: number) => PromiseLike<unknown>} submit starts one task
 * Everybody warms up with as many tasks as are counted: a pool that lives for a while is what is asked about, and V8 takes
 * some ten thousand calls to compile code well. A cold first call is another question: see the suite `start`.
 *
 * @param {{ count: number, window?: number }} options `window`: how many are in flight; absent: all at once
 */
export async function tasksPerSecond(submit, { count, window }) {
  const run = window === undefined ? burst : windowed;
  await run(submit, count, window);
  const start = performance.now();
  await run(submit, count, window);
  return (count / (performance.now() - start)) * 1000;
}

/** @param {(index: number) => PromiseLike<unknown>} submit @param {number} count */
async function burst(submit, count) {
  const pending = new Array(count);
  for (let index = 0; index < count; index++) pending[index] = submit(index);
  await Promise.all(pending);
}

/** @param {(index: number) => PromiseLike<unknown>} submit @param {number} count @param {number} window */
async function windowed(submit, count, window) {
  let next = 0;
  const lane = async () => {
    while (next < count) await submit(next++);
  };
  await Promise.all(Array.from({ length: window }, lane));
}

/**
 * Round trips one after the other, in microseconds.
 *
 * @param {() => PromiseLike<unknown>} call
 * @param {{ count: number, warmUp?: number }} options
 */
export async function roundTrips(call, { count, warmUp = Math.ceil(count / 10) }) {
  for (let index = 0; index < warmUp; index++) await call();
  const times = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    await call();
    times[index] = performance.now() - start;
  }
  return percentiles(times, 1000);
}

/** As {@link roundTrips}, for calls that block. @param {() => unknown} call @param {{ count: number, warmUp?: number }} options */
export function roundTripsSync(call, { count, warmUp = Math.ceil(count / 10) }) {
  for (let index = 0; index < warmUp; index++) call();
  const times = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    call();
    times[index] = performance.now() - start;
  }
  return percentiles(times, 1000);
}

/**
 * @param {Float64Array | number[]} times @param {number} scale multiplied into the result
 * @returns {{ p50: number, p99: number }}
 */
export function percentiles(times, scale = 1) {
  const sorted = Float64Array.from(times).toSorted();
  const at = (/** @type {number} */ part) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] * scale;
  return { p50: at(0.5), p99: at(0.99) };
}

/** Time between two calls of this machine-wide clock is comparable between processes: CLOCK_MONOTONIC, in nanoseconds. */
export function clockNanoseconds() {
  return Number(process.hrtime.bigint());
}

/** @param {number} milliseconds */
export function rest(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
