/**
 * multithreading (threads; functions travel as source, once per worker). It keeps at most 65,536 calls and loses older
 * ones without a word, so bursts are cut to 50,000. It needs two globals that Node 20 does not have yet; they are given to it.
 */
import os from 'node:os';
import { drive } from '../lib/driver.mjs';
import { roundTrips, tasksPerSecond } from '../lib/timing.mjs';

/** @this {PromiseConstructor} */
function withResolvers() {
  /** @type {any} */
  const deferred = {};
  deferred.promise = new this((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  return deferred;
}

const noop = () => {};

const open = async () => {
  if (globalThis.navigator === undefined) {
    Object.defineProperty(globalThis, 'navigator', { value: { hardwareConcurrency: os.availableParallelism() } });
  }
  // @ts-ignore: absent from Node 20.
  Promise.withResolvers ??= withResolvers;
  const { initRuntime, spawn, move } = await import('multithreading');
  initRuntime({ maxWorkers: 2 });
  const call = async () => {
    const result = await spawn(noop).join();
    if (!result.ok) throw result.error;
  };
  const addOne = async () => {
    const result = await spawn(move(1), (/** @type {number} */ value) => value + 1).join();
    if (!result.ok) throw result.error;
  };
  await Promise.all(Array.from({ length: 8 }, call));
  return { call, addOne };
};

await drive(import.meta, {
  tasks: async ({ count, window }) => {
    const { call } = await open();
    return tasksPerSecond(call, { count: Math.min(count, 50_000), window });
  },
  roundTrip: async (parameters) => {
    const { call } = await open();
    return roundTrips(call, parameters);
  },
  byValue: async (parameters) => {
    const { addOne } = await open();
    return roundTrips(addOne, parameters);
  },
});
