/** This library: proxies of a manager, awaited, blocking (`sync`) or as ordinary-looking objects (`live`). */
import { drive } from '../../lib/driver.mjs';
import { manycore } from '../../lib/manycore.mjs';
import { median } from '../../lib/statistics.mjs';

/** @typedef {(index: number) => unknown} Call */

const TURNS = 40;

/**
 * Warms all calls up before it measures the first: they share most of their code, on both sides, which would be compiled while
 * the first of them is measured.
 *
 * @param {number} count @param {Record<string, Call>} calls
 */
async function eachPerSecond(count, calls) {
  for (const call of Object.values(calls)) await perSecond(count / 2, call);
  /** @type {Record<string, number>} */
  const rates = {};
  for (const [name, call] of Object.entries(calls)) rates[name] = await perSecond(count, call);
  return rates;
}

/**
 * As {@link eachPerSecond}, for calls that are compared with each other: in many short turns, of which the middle one counts. For some
 * time the kernel keeps both sides on one processor, where a round trip takes several times as long; so one long turn each
 * would compare the one state with the other.
 *
 * @param {number} count @param {Record<string, Call>} calls
 */
async function inTurnsPerSecond(count, calls) {
  for (const call of Object.values(calls)) await perSecond(count / 2, call);
  /** @type {Record<string, number[]>} */
  const turns = Object.fromEntries(Object.keys(calls).map((name) => [name, []]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [name, call] of Object.entries(calls)) turns[name]?.push(await perSecond(count / TURNS, call));
  }
  return Object.fromEntries(Object.entries(turns).map(([name, rates]) => [name, median(rates)]));
}

/** As {@link eachPerSecond}. @param {number} count @param {Record<string, Call>} calls */
function eachPerSecondSync(count, calls) {
  for (const call of Object.values(calls)) perSecondSync(count / 2, call);
  return Object.fromEntries(Object.entries(calls).map(([name, call]) => [name, perSecondSync(count, call)]));
}

/** @param {number} count @param {Call} call */
async function perSecond(count, call) {
  const start = performance.now();
  for (let index = 0; index < count; index++) await call(index);
  return (count / (performance.now() - start)) * 1000;
}

/** @param {number} count @param {Call} call */
function perSecondSync(count, call) {
  const start = performance.now();
  for (let index = 0; index < count; index++) call(index);
  return (count / (performance.now() - start)) * 1000;
}

await drive(import.meta, {
  managers: async ({ count, sync, live }) => {
    const { Manager } = await manycore('Manager');
    const manager = await Manager();
    const table = await manager.dict();
    const list = await manager.list();
    if (live) {
      return eachPerSecondSync(count, {
        'dict set': (index) => (table.live['key'] = index),
        'dict get': () => table.live['key'],
        'list append': (index) => list.live.push(index),
      });
    }
    if (sync) {
      return eachPerSecondSync(count, {
        'dict set': (index) => table.setSync('key', index),
        'dict get': () => table.getSync('key'),
        'list append': (index) => list.pushSync(index),
      });
    }
    return eachPerSecond(count, {
      'dict set': (index) => table.set('key', index),
      'dict get': () => table.get('key'),
      'list append': (index) => list.push(index),
    });
  },
  managerCallers: async ({ count, callers }) => {
    const { Manager } = await manycore('Manager');
    const manager = await Manager();
    const table = await manager.dict({ key: 1 });
    const call = async (/** @type {number} */ times) => {
      for (let index = 0; index < times; index++) await table.get('key');
    };
    const all = (/** @type {number} */ times) =>
      Promise.all(Array.from({ length: callers }, () => call(times / callers)));
    await all(count / 5);
    const start = performance.now();
    await all(count);
    return { 'dict get': (count / (performance.now() - start)) * 1000 };
  },
  managerBatch: async ({ count }) => {
    const { Manager } = await manycore('Manager');
    const manager = await Manager();
    const table = await manager.dict({ key: 1 });
    const hundred = () =>
      table.batch((/** @type {{ get(key: string): void }} */ calls) => {
        for (let index = 0; index < 100; index++) calls.get('key');
      });
    const micros = 1e6;
    const rates = await inTurnsPerSecond(count, { 'one call': () => table.get('key'), 'batch of 100': hundred });
    return Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, micros / rate]));
  },
});
