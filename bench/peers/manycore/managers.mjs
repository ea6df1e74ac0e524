/** This library: proxies of a manager, awaited, blocking (`sync`) or as ordinary-looking objects (`live`). */
import { drive } from '../../lib/driver.mjs';
import { manycore } from '../../lib/manycore.mjs';

/** @param {number} count @param {(index: number) => unknown} call */
async function perSecond(count, call) {
  for (let index = 0; index < count / 10; index++) await call(index);
  const start = performance.now();
  for (let index = 0; index < count; index++) await call(index);
  return (count / (performance.now() - start)) * 1000;
}

/** @param {number} count @param {(index: number) => unknown} call */
function perSecondSync(count, call) {
  for (let index = 0; index < count / 10; index++) call(index);
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
      return {
        'dict set': perSecondSync(count, (index) => (table.live['key'] = index)),
        'dict get': perSecondSync(count, () => table.live['key']),
        'list append': perSecondSync(count, (index) => list.live.push(index)),
      };
    }
    if (sync) {
      return {
        'dict set': perSecondSync(count, (index) => table.setSync('key', index)),
        'dict get': perSecondSync(count, () => table.getSync('key')),
        'list append': perSecondSync(count, (index) => list.pushSync(index)),
      };
    }
    return {
      'dict set': await perSecond(count, (index) => table.set('key', index)),
      'dict get': await perSecond(count, () => table.get('key')),
      'list append': await perSecond(count, (index) => list.push(index)),
    };
  },
  managerCallers: async ({ count, callers }) => {
    const { Manager } = await manycore('Manager');
    const manager = await Manager();
    const table = await manager.dict({ key: 1 });
    const call = async (/** @type {number} */ times) => {
      for (let index = 0; index < times; index++) await table.get('key');
    };
    await call(count / 10);
    const start = performance.now();
    await Promise.all(Array.from({ length: callers }, () => call(count / callers)));
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
    return {
      'one call': micros / (await perSecond(count, () => table.get('key'))),
      'batch of 100': micros / (await perSecond(count, hundred)),
    };
  },
});
