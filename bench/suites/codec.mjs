const peers = ['v8', 'json', 'msgpackr', 'structuredClone'].map((codec) => ({
  name: codec,
  driver: 'codec',
  kind: 'javascript',
  parameters: { codec },
}));

const measure = (/** @type {'encode' | 'decode' | 'both'} */ run, /** @type {string} */ title) => ({
  name: run,
  title,
  unit: 'µs',
  better: 'less',
  run,
  parameters: { batchMs: 40 },
  quick: { batchMs: 3 },
  contenders: [
    { name: 'manycore', driver: 'manycore/codec', ours: true },
    ...peers.filter(({ name }) => run === 'both' || name !== 'structuredClone'),
  ],
});

export default {
  title: 'values as bytes and back, inside one process (no figure: throws, or does not come back whole)',
  measures: [
    measure('encode', 'value to bytes'),
    measure('decode', 'bytes to value'),
    measure('both', 'there and back'),
  ],
};
