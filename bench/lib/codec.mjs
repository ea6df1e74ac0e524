/** Times a codec on values of many shapes. A shape that it throws at or does not give back whole has no figure. */
import { isDeepStrictEqual } from 'node:util';
import { median } from './statistics.mjs';

const record = (/** @type {number} */ index) => ({
  id: index,
  name: `customer ${index}`,
  email: `c${index}@example.org`,
  balance: index * 1.25,
  active: index % 3 === 0,
  tags: ['a', 'b', `t${index % 7}`],
});

/** @type {Record<string, () => unknown>} */
const shapes = {
  number: () => 42.5,
  'small object': () => ({ id: 7, name: 'seven', ok: true, ratio: 0.5 }),
  '1 KiB object': () => ({ rows: Array.from({ length: 9 }, (_, index) => record(index)) }),
  '1 MiB of records': () => Array.from({ length: 9000 }, (_, index) => record(index)),
  'Float64Array 1 KiB': () => new Float64Array(128).fill(1.5),
  'Float64Array 1 MiB': () => new Float64Array(131_072).fill(1.5),
  'string 1 MiB': () => 'abcdefgh'.repeat(131_072),
  '100,000 doubles': () => Array.from({ length: 100_000 }, (_, index) => index + 0.5),
  'Map of 1,000': () => new Map(Array.from({ length: 1000 }, (_, index) => [`key ${index}`, index])),
  'Date, RegExp, BigInt': () => ({ date: new Date(1e12), pattern: /a+b/giu, big: 123_456_789_012_345_678_901n }),
  Error: () => new TypeError('it broke'),
};

/**
 * The three measures of a codec: `encode`, `decode`, `both`.
 *
 * @template Message
 * @param {{ encode: (value: any) => Message, decode: (message: Message) => unknown }} codec
 * @returns {Record<string, import('./driver.mjs').Measure>}
 */
export function codecMeasures({ encode, decode }) {
  const each =
    (/** @type {(value: unknown) => () => unknown} */ prepare) =>
    (/** @type {{ batchMs: number }} */ { batchMs }) => {
      /** @type {Record<string, number>} */
      const values = {};
      for (const [name, make] of Object.entries(shapes)) {
        const value = make();
        if (survives(value, encode, decode)) values[name] = microseconds(prepare(value), batchMs);
      }
      return values;
    };
  return {
    encode: each((value) => () => encode(value)),
    decode: each((value) => {
      const message = encode(value);
      return () => decode(message);
    }),
    both: each((value) => () => decode(encode(value))),
  };
}

/** @param {unknown} value @param {(value: any) => any} encode @param {(message: any) => unknown} decode */
function survives(value, encode, decode) {
  try {
    return isDeepStrictEqual(decode(encode(value)), value);
  } catch {
    return false;
  }
}

/** What the calls return is kept in sight, so that V8 can leave none of them out. @type {{ last: unknown }} */
export const kept = { last: undefined };

/** Median of seven batches, the first two of which warm up. @param {() => unknown} call @param {number} batchMs */
function microseconds(call, batchMs) {
  let turns = 1;
  const times = [];
  while (times.length < 7) {
    const start = performance.now();
    for (let turn = 0; turn < turns; turn++) kept.last = call();
    const time = performance.now() - start;
    // Too short to be timed: more turns, and this batch does not count.
    if (time < batchMs / 2 && turns < 2 ** 24) {
      turns *= 2;
      continue;
    }
    times.push((time / turns) * 1000);
  }
  return median(times.slice(2));
}
