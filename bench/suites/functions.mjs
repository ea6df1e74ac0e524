import { ours } from '../lib/contenders.mjs';

const named = (/** @type {string} */ suffix, /** @type {object} */ parameters) =>
  ours('functions', parameters).map((one) => ({ ...one, name: `${one.name}, ${suffix}` }));

export default {
  title: 'functions that cross',
  measures: [
    {
      name: 'calls',
      title: 'the same function called again and again, one call after the other',
      unit: 'µs',
      better: 'less',
      run: 'byValue',
      parameters: { count: 10_000 },
      quick: { count: 500 },
      contenders: [
        ...named('by reference', { way: 'reference' }),
        ...named('by value', { way: 'value' }),
        ...named('new closure each time', { way: 'fresh' }),
        {
          name: 'workerpool',
          driver: 'workerpool',
          kind: 'javascript',
          setting: 'source with each call, threads',
          parameters: { workerType: 'thread' },
        },
        {
          name: 'multithreading',
          driver: 'multithreading',
          kind: 'javascript',
          setting: 'source once a worker, threads',
        },
      ],
    },
    {
      name: 'prepare',
      title: 'what it takes to make a function ready to be sent',
      unit: 'µs',
      better: 'less',
      run: 'prepare',
      parameters: { count: 2000 },
      quick: { count: 100 },
      contenders: [{ name: 'manycore explain', driver: 'manycore/functions', ours: true }],
    },
  ],
};
