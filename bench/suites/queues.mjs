import { cpython, ipc, messagePort } from '../lib/contenders.mjs';

const ours = (/** @type {object} */ parameters = {}) => [
  { name: 'manycore Queue', driver: 'manycore/queues', ours: true, parameters: { ...parameters, kind: 'Queue' } },
  {
    name: 'manycore Queue, blocking',
    driver: 'manycore/queues',
    ours: true,
    parameters: { ...parameters, kind: 'Queue', sync: true },
  },
  {
    name: 'manycore SimpleQueue',
    driver: 'manycore/queues',
    ours: true,
    parameters: { ...parameters, kind: 'SimpleQueue' },
  },
];

const python = () => [
  { ...cpython({ kind: 'Queue' }), name: 'CPython Queue' },
  { ...cpython({ kind: 'SimpleQueue' }), name: 'CPython SimpleQueue' },
];

/** @param {string} name @param {string} what @param {number} bytes 0 stands for a number @param {number} count @param {boolean} [buffer] whether the bytes are a Buffer, not a Uint8Array */
const flow = (name, what, bytes, count, buffer) => ({
  name,
  title: `${what} from one process to another, {count} of them`,
  unit: 'messages/s',
  better: 'more',
  run: 'queue',
  parameters: { bytes, count, buffer },
  quick: { count: Math.ceil(count / 20) },
  contenders: [
    ...ours(),
    { ...messagePort(), driver: 'flow', parameters: { way: 'port' }, setting: 'between threads, no library' },
    {
      ...messagePort(),
      name: 'IPC advanced',
      driver: 'flow',
      parameters: { way: 'ipc' },
      setting: 'between processes, no library',
    },
    ...python(),
  ],
  targets: [
    { text: ">= 5 × CPython's mp.Queue", ours: 'manycore Queue', against: 'CPython Queue', atLeast: 5 },
    { text: '>= 2 × an unbatched MessagePort', ours: 'manycore Queue', against: 'MessagePort', atLeast: 2 },
  ],
});

export default {
  title: 'queues and pipes between processes',
  measures: [
    flow('small', 'numbers', 0, 100_000),
    flow('1KiB', '1 KiB of bytes', 1024, 50_000),
    flow('1KiB-Buffer', 'Buffers of 1 KiB', 1024, 50_000, true),
    flow('1MiB', '1 MiB of bytes', 2 ** 20, 1000),
    {
      name: 'four-by-four',
      title: 'numbers from four producers to four consumers, {count} each',
      unit: 'messages/s',
      better: 'more',
      run: 'queueMany',
      parameters: { sides: 4, count: 50_000 },
      quick: { count: 2000 },
      contenders: [{ name: 'manycore Queue', driver: 'manycore/queues', ours: true }, cpython()],
      targets: [{ text: ">= 3 × CPython's mp.Queue", ours: 'manycore Queue', against: 'CPython', atLeast: 3 }],
    },
    {
      name: 'round-trip',
      title: 'a number there and back through two queues',
      unit: 'µs',
      better: 'less',
      run: 'queueRoundTrip',
      parameters: { count: 10_000 },
      quick: { count: 500 },
      contenders: [...ours(), { ...messagePort(), measure: 'roundTrip' }, ...python()],
    },
    {
      name: 'pipe',
      title: 'a number there and back through a pipe',
      unit: 'µs',
      better: 'less',
      run: 'pipeRoundTrip',
      parameters: { count: 10_000 },
      quick: { count: 500 },
      contenders: [
        { name: 'manycore Pipe', driver: 'manycore/queues', ours: true },
        { name: 'manycore Pipe, blocking', driver: 'manycore/queues', ours: true, parameters: { sync: true } },
        { ...messagePort(), measure: 'roundTrip', setting: 'between threads, no library' },
        { ...ipc('advanced'), measure: 'roundTrip', setting: 'between processes, no library' },
        { name: 'futex', driver: 'futex', measure: 'roundTrip', kind: 'baseline' },
        { ...cpython(), name: 'CPython Pipe' },
      ],
      targets: [
        {
          text: "<= 1.0 × MessagePort's",
          ours: 'manycore Pipe',
          against: 'MessagePort',
          key: 'p50',
          atMost: 1,
        },
        {
          text: 'blocking: <= 2 × the raw futex round trip',
          ours: 'manycore Pipe, blocking',
          against: 'futex',
          key: 'p50',
          atMost: 2,
        },
      ],
    },
  ],
};
