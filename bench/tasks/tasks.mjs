/** The work that contenders are given. Every pool that takes a module and an export's name runs these very functions. */

export function noop() {}

/** @param {unknown} value */
export function echo(value) {
  return value;
}

/** Touches the array, so that a contender cannot get away with a mapping it never filled. @param {Uint8Array} bytes */
export function lastByte(bytes) {
  return bytes[bytes.length - 1];
}

/** @type {Map<number, Uint8Array>} */
const made = new Map();

/** The same array each time: the transfer is measured and not the allocation. @param {number} length */
export function makeBytes(length) {
  let bytes = made.get(length);
  if (bytes === undefined || bytes.length === 0) {
    bytes = new Uint8Array(length).fill(7);
    made.set(length, bytes);
  }
  return bytes;
}

/** Arithmetic that V8 cannot drop. @param {number} rounds */
export function crunch(rounds) {
  let state = 12_345;
  for (let round = 0; round < rounds; round++) state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
  return state;
}

/** Keeps the processor busy for a time. @param {number} milliseconds */
export function spin(milliseconds) {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Writes the machine-wide time into shared memory: the moment when user code ran. @param {Float64Array} stamp */
export function stampNow(stamp) {
  stamp[0] = Number(process.hrtime.bigint());
}

/** Workers that pass one object to a function (Piscina, tinypool) call this one with the array. @param {number} milliseconds */
export default function ping(milliseconds) {
  return milliseconds;
}
