/**
 * This library's codec, from the build's inner modules, as no door exports it. Big buffers travel beside a message: `decode`
 * is charged one copy of each, as the reader of a channel is.
 */
import { codecMeasures } from '../../lib/codec.mjs';
import { drive } from '../../lib/driver.mjs';
import { built } from '../../lib/manycore.mjs';

const copy = (/** @type {Uint8Array} */ { buffer, byteOffset, byteLength }) =>
  buffer.slice(byteOffset, byteOffset + byteLength);

/** @param {'encode' | 'decode' | 'both'} what */
const run = (what) => async (/** @type {any} */ parameters) => {
  const { pack } = await built('reduction/pack.js', 'pack');
  const { unpack } = await built('reduction/unpack.js', 'unpack');
  return codecMeasures({
    encode: (value) => pack(value),
    decode: ({ bytes, buffers }) => unpack(bytes, buffers.map(copy)),
  })[what](parameters);
};

await drive(import.meta, { encode: run('encode'), decode: run('decode'), both: run('both') });
