/** Whether the suite runs without the addon: `MANYCORE_NATIVE=off`, or there is none. */
export const isNativeOff: boolean = process.env['MANYCORE_NATIVE'] === 'off';

/** Why a test says nothing about the mode without the addon. The guide shows this table: `docs/guide/without-the-addon.md`. */
export const REASONS = {
  addon: 'tests the addon itself',
  crossing: 'sends locks, events, values or arrays to processes; in this mode it runs with threads only',
  named: '`SharedMemory` and `ShareableList` map files that any program finds',
  manager: "a manager's server and its clients share memory",
  placement: '`cpuAffinity` asks the kernel',
  spares: 'prepared processes wait in shared memory; here the fork server starts fresh ones',
  mapping: 'counts what the addon has mapped or given back',
  many: 'two hundred processes, with two threads of the library for each, take minutes',
  logging: 'records of processes are collected through shared memory; those of threads are',
} as const;

export type Reason = keyof typeof REASONS;

/** Files, or folders, of which no test is run without the addon. */
export const SKIPPED: Readonly<Record<string, Reason>> = {
  'native/life': 'addon',
  'native/parker': 'addon',
  'native/regions': 'addon',
  'native/words': 'addon',
  'shared-memory/shared-memory': 'named',
  'shared-memory/shareable-list': 'named',
  managers: 'manager',
  'fuzz/manager-requests': 'manager',
  'cli/clean': 'named',
  'shared-memory/mutex': 'crossing',
  'shared-memory/shared-block': 'mapping',
  'queues/memory': 'mapping',
  'connection/lane': 'mapping',
};

/** For the option `skip` of a test. */
export function withoutAddon(reason: Reason): string | false {
  return isNativeOff && REASONS[reason];
}
