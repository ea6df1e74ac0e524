/** One copy of memory inside one process, source and destination warm. */
import { drive } from '../lib/driver.mjs';
import { roundTripsSync } from '../lib/timing.mjs';

const copy = (/** @type {{ bytes: number, count: number }} */ { bytes, count }) => {
  const source = new Uint8Array(bytes).fill(7);
  const destination = new Uint8Array(bytes).fill(1);
  return roundTripsSync(() => destination.set(source), { count: Math.max(count, 15), warmUp: 3 });
};

await drive(import.meta, { argument: copy, result: copy });
