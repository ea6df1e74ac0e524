import assert from 'node:assert/strict';
import { type Context, RawArray, type SyncManager } from 'manycore';
import { waitUntil } from '../helpers/rendezvous.ts';
import { mixed } from './targets.ts';

export interface MixedOptions {
  readonly clients: number;
  /** Of each client. */
  readonly operations: number;
  /** Clients that are killed in the middle of their work. */
  readonly kills: number;
}

/** Many clients work on the same objects, some are killed; afterwards every total is exact and no reference is left. */
export async function runMixed(
  manager: SyncManager,
  context: Context,
  { clients: count, operations, kills }: MixedOptions,
): Promise<void> {
  const before = await manager.numberOfObjects();
  const dict = await manager.dict<string, number>({ sum: 0, guarded: 0 });
  const list = await manager.list<number>();
  const lock = await manager.Lock();
  // For each client: steps begun, steps done.
  const tallies = RawArray('i', 2 * count);
  const clients = Array.from(
    { length: count },
    (_, own) => new context.Process({ target: mixed, args: [own, operations, dict, list, lock, tallies] }),
  );
  for (const client of clients) client.start();
  const begun = (own: number): number => Atomics.load(tallies, 2 * own);
  for (let own = 0; own < kills; own++) {
    // Not before its first step is done: a proxy that nobody has unpacked yet counts as on its way.
    const after = Math.min(4 + (own * operations) / 20, operations / 2);
    await waitUntil(() => begun(own) > after, `client ${own} has begun`, { timeout: 90_000 });
    clients[own]?.kill();
  }
  for (const client of clients) await client.join();
  assert.deepEqual(clients.map(({ exitCode }) => exitCode), clients.map((_, own) => (own < kills ? -9 : 0))); // prettier-ignore

  // Of four kinds of steps, in turn; a step that a kill cut off has happened or not, all others exactly once.
  const steps = (kind: number, place: 0 | 1): number =>
    clients
      .map((_, own) => Math.floor((Atomics.load(tallies, 2 * own + place) + 3 - kind) / 4))
      .reduce((sum, one) => sum + one, 0);
  const between = (what: string, total: number, kind: number): void =>
    assert.ok(total >= steps(kind, 1) && total <= steps(kind, 0), `${what}: ${total}`);
  between('sum', (await dict.get('sum')) ?? 0, 0);
  between('list', await list.length(), 1);
  between('guarded', (await dict.get('guarded')) ?? 0, 2);
  assert.equal(await lock.acquire(5000), true);
  await lock.release();
  await waitUntil(
    async () => (await manager.debugInfo()).every(({ references }) => references === 1),
    'only this process refers',
  );
  for (const proxy of [dict, list, lock]) proxy[Symbol.dispose]();
  await waitUntil(async () => (await manager.numberOfObjects()) === before, 'nobody refers to the objects');
}
