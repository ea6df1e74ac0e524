// Objects that several processes share. Python: multiprocessing.Manager.
//
// The manager is a process that owns the dict and the list. Everybody else holds proxies: `await dict.set(key, value)`. Through
// `live` they look like an ordinary object and an ordinary array, whose operations wait for the manager's answer.

import { Manager, Process, isMain, type DictProxy, type ListProxy } from 'manycore';

export function worker(sharedDict: DictProxy<string, string>, sharedList: ListProxy<string>, name: string): void {
  // Modify the shared dictionary.
  sharedDict.live[name] = `Process ${name} was here`;

  // Modify the shared list.
  sharedList.live.push(`Entry from ${name}`);

  console.log(`${name} updated shared objects`);
}

export async function count(totals: DictProxy<string, number>): Promise<void> {
  // Read, change and write in one step: no lock is needed.
  for (let i = 0; i < 100; i++) await totals.update('steps', { op: 'add', by: 1 });
}

async function main(): Promise<void> {
  await using manager = await Manager();

  const sharedDict = await manager.dict<string, string>();
  const sharedList = await manager.list<string>();
  const processes = [0, 1, 2, 3].map(
    (i) => new Process({ target: worker, args: [sharedDict, sharedList, `Worker-${i}`] }),
  );
  for (const process of processes) process.start();
  for (const process of processes) await process.join();
  console.log('Shared dict:', { ...sharedDict.live });
  console.log('Shared list:', [...sharedList.live]);

  const totals = await manager.dict({ steps: 0 });
  const counters = [0, 1, 2].map(() => new Process({ target: count, args: [totals] }));
  for (const counter of counters) counter.start();
  for (const counter of counters) await counter.join();
  console.log(`Steps: ${await totals.get('steps')}`);
}

if (isMain(import.meta)) await main();
