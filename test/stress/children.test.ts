import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Process } from '#internal/process/process.js';
import { Spares } from '#internal/process/spares.js';
import { Parker } from '#internal/shared-memory/parker.js';
import { Registry } from '#internal/shared-memory/registry.js';
import { collectGarbage } from '../helpers/gc.ts';
import { startMethods } from '../helpers/matrix.ts';
import { descendants, openDescriptors } from '../helpers/proc.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { nothing } from '../process/targets.ts';

/** `MANYCORE_STRESS_CHILDREN` says otherwise; a fifth of them comes before the first count. */
const COUNT = Number(process.env['MANYCORE_STRESS_CHILDREN'] || 1000);
/** What a thousand children may leave: caches, code that V8 has made faster. A kilobyte a child would be a leak. */
const TOLERANCE_BYTES = 12 * 2 ** 20;

describe('children, one after the other', () => {
  for (const method of startMethods) {
    const limit = { timeout: 600_000 };
    test(`${COUNT} leave no process (nor a zombie), descriptor or memory [${method}]`, limit, async (context) => {
      const start = async (count: number): Promise<void> => {
        for (let i = 0; i < count; i++) {
          const child = new Process({ target: nothing, context: method });
          child.start();
          await child.join();
          assert.equal(child.exitCode, 0);
        }
        Spares.current().dismiss();
        await waitUntil(() => descendants().length === 0, 'prepared processes have ended');
        collectGarbage();
      };
      await start(COUNT / 5);
      const before = { descriptors: openDescriptors().length, bytes: process.memoryUsage().rss };
      await start(COUNT);
      assert.equal(openDescriptors().length, before.descriptors);
      assert.deepEqual(Registry.current().childrenOf(new Set([Parker.current().id])), []);
      const grown = process.memoryUsage().rss - before.bytes;
      context.diagnostic(`${(grown / 2 ** 20).toFixed(1)} MiB more after ${COUNT} children`);
      assert.ok(grown < TOLERANCE_BYTES, `${grown} bytes more`);
    });
  }
});
