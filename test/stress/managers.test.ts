// Minutes long; `npm test -- stress/managers`.
import { describe, test } from 'node:test';
import { getContext, SyncManager } from 'manycore';
import { startMethods } from '../helpers/matrix.ts';
import { runMixed } from '../managers/mixed.ts';

const authkey = Buffer.from('stress');
const WHOLE = { clients: 50, operations: 2000, kills: 10 };
const LIMIT = { timeout: 280_000 };

for (const method of startMethods) {
  describe(`50 clients, 2,000 mixed operations each, ten of them killed [${method}]`, () => {
    test('of a local manager: totals exact, nothing left', LIMIT, async () => {
      await using manager = await new SyncManager({ context: method }).start();
      await runMixed(manager, getContext(method), WHOLE);
    });

    test('of a remote manager: totals exact, nothing left', LIMIT, async () => {
      await using server = await new SyncManager({ address: ['127.0.0.1', 0], authkey, context: method }).start();
      const { address = '' } = server;
      await using client = await new SyncManager({ address, authkey }).connect();
      await runMixed(client, getContext(method), WHOLE);
    });
  });
}
