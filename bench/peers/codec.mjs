/**
 * Codecs that the library's own is compared with; `codec` names one.
 * - v8: `v8.serialize`, the default way. json: through a Buffer, as bytes are what crosses.
 * - structuredClone: cannot be split into halves, so it has only `both`.
 * - msgpackr: `structuredClone: true`, which its documentation offers for cycles, Map, Set, Error and typed arrays; each
 *   message stands for itself, so no shared structures. Its own addon is used when its prebuilt binary fits.
 */
import v8 from 'node:v8';
import { codecMeasures } from '../lib/codec.mjs';
import { Missing, drive } from '../lib/driver.mjs';

/** @type {Record<string, () => any>} */
const codecs = {
  v8: () => ({ encode: v8.serialize, decode: v8.deserialize }),
  json: () => ({
    encode: (/** @type {unknown} */ value) => Buffer.from(JSON.stringify(value)),
    decode: (/** @type {Buffer} */ message) => JSON.parse(message.toString()),
  }),
  structuredClone: () => ({ encode: structuredClone, decode: (/** @type {unknown} */ value) => value }),
  msgpackr: async () => {
    const { Packr } = await import('msgpackr');
    const packr = new Packr({ structuredClone: true });
    return {
      encode: (/** @type {unknown} */ value) => packr.pack(value),
      decode: (/** @type {Buffer} */ message) => packr.unpack(message),
    };
  },
};

/** @param {'encode' | 'decode' | 'both'} what */
const run =
  (what) =>
  async (/** @type {any} */ { codec, ...parameters }) => {
    if (codec === 'structuredClone' && what !== 'both') throw new Missing('structuredClone does both at once');
    return codecMeasures(await codecs[codec]())[what](parameters);
  };

await drive(import.meta, { encode: run('encode'), decode: run('decode'), both: run('both') });
