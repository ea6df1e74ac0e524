import { cpython, ipc, messagePort, ours } from '../lib/contenders.mjs';

const piscina = {
  name: 'piscina',
  driver: 'piscina',
  kind: 'javascript',
  setting: 'copied, as the array is kept by the caller',
};

/** One warm copy inside one process: what moving the bytes costs at the least. */
const memcpy = { name: 'memcpy', driver: 'memcpy', kind: 'baseline', setting: 'TypedArray.set, warm' };

/**
 * @param {'argument' | 'result'} run @param {string} size @param {number} bytes @param {number} count
 * @param {import('../lib/measure.mjs').Target[]} [targets]
 */
function transfer(run, size, bytes, count, targets = []) {
  return {
    name: `${run}-${size.replace(' ', '')}`,
    title: `${size} typed array as ${run} (round trip)`,
    unit: 'µs',
    better: 'less',
    run,
    parameters: { bytes, count },
    quick: { count: Math.max(3, Math.ceil(count / 10)) },
    contenders: [...ours('transfer'), memcpy, messagePort(), ipc('advanced'), piscina, cpython()],
    targets,
  };
}

const large = 64 * 2 ** 20;

export default {
  title: 'what it costs to hand over typed arrays',
  measures: [
    transfer('argument', '64 MiB', large, 15, [
      { text: '<= 2 × one warm memcpy', ours: 'manycore processes', against: 'memcpy', key: 'p50', atMost: 2 },
      {
        text: '>= 3 × faster than MessagePort',
        ours: 'manycore processes',
        against: 'MessagePort',
        key: 'p50',
        atMost: 1 / 3,
      },
      {
        text: '>= 5 × faster than IPC advanced',
        ours: 'manycore processes',
        against: 'IPC advanced',
        key: 'p50',
        atMost: 1 / 5,
      },
    ]),
    transfer('argument', '1 MiB', 2 ** 20, 500),
    transfer('argument', '1 KiB', 1024, 5000),
    transfer('result', '64 MiB', large, 15),
    transfer('result', '1 MiB', 2 ** 20, 500),
    transfer('result', '1 KiB', 1024, 5000),
    {
      name: 'shared',
      title: '64 MiB in shared memory as argument (round trip)',
      unit: 'µs',
      better: 'less',
      run: 'shared',
      parameters: { bytes: large, count: 2000 },
      quick: { count: 200 },
      contenders: [
        ...ours('transfer'),
        // The no-op of the same pool stands among the peers: the target compares with it.
        { name: "manycore's no-op", driver: 'manycore/transfer', measure: 'noop', kind: 'baseline' },
        { ...messagePort(), setting: 'SharedArrayBuffer' },
      ],
      targets: [
        {
          text: 'a shared array costs what a no-op costs (<= 1.25 ×)',
          ours: 'manycore processes',
          against: "manycore's no-op",
          key: 'p50',
          atMost: 1.25,
        },
      ],
    },
  ],
};
