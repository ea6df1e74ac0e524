import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Process, run } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { fixture } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';

const LIMIT = { timeout: 30_000 };

// Node 20 ends the whole program when a thread is terminated while it links modules.
describe('a thread that loads modules of the program', () => {
  trackLeaks({ warmUp: () => run(Math.abs, [1], { context: 'thread' }) });

  test('is ended when it has loaded them, not in their midst', LIMIT, async () => {
    // What the file exports.
    const { live } = (await import(pathToFileURL(fixture('process/slow-module.mjs')).href)) as {
      live: () => Promise<void>;
    };
    const folder = mkdtempSync(join(tmpdir(), 'manycore-test-'));
    const child = new Process({ target: live, context: 'thread', env: { MANYCORE_TEST_FOLDER: folder } });
    child.start();
    await waitUntil(() => existsSync(join(folder, 'begun')), 'the module is being loaded');
    child.terminate();
    await child.join();
    assert.equal(child.exitCode, -15);
    assert.ok(existsSync(join(folder, 'loaded')), 'the module was loaded to its end');
    assert.ok(!existsSync(join(folder, 'running')), 'and then nothing ran');
    rmSync(folder, { recursive: true });
  });
});
