// `MANYCORE_STRESS_ORPHANS=10 npm test -- stress/orphans` asks each question ten times.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startMethods } from '../helpers/matrix.ts';
import { processFacts } from '../helpers/proc.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { assertNobodyLives, blocksOf, startHost } from '../process/host.ts';

const ROUNDS = Number(process.env['MANYCORE_STRESS_ORPHANS'] || 1);
const LIMIT = { timeout: 30_000 + ROUNDS * 10_000 };
/** What children do, and what their host does, when it is killed. */
const STATES = [
  ['idle', 'live', 'live'],
  ['in a busy loop', 'loop', 'loop'],
  ['blocked', 'block', 'join'],
  ['stopped', 'loop', 'live'],
] as const;

for (const method of startMethods) {
  describe(`kill -9 of a host, ${ROUNDS} times [${method}]`, () => {
    for (const [state, childWork, hostWork] of STATES) {
      test(`no descendant outlives one that is ${state}`, LIMIT, async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const host = await startHost(method, [childWork, hostWork]);
          if (state === 'stopped') {
            host.process.kill('SIGSTOP');
            await waitUntil(() => processFacts(host.process.pid ?? 0)?.state === 'T', 'the host is stopped');
          }
          host.process.kill('SIGKILL');
          await assertNobodyLives(host);
          assert.deepEqual(blocksOf(host), []);
        }
      });
    }
  });
}
