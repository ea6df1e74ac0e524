import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { fixture, startCli } from './harness.js';

/** Resident bytes of a process, from /proc. */
function resident(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return pages * 4096;
}

describe('manycore map: streams', () => {
  for (const order of [[], ['--keep-order']]) {
    test(`memory stays flat however long the input is ${order.join('')}`, { timeout: 90_000 }, async () => {
      const child = startCli(['map', `${fixture('tasks.mjs')}#same`, '-j', '2', '-i', 'lines', ...order], {
        stdio: 'pipe',
        timeout: 80_000,
        // Newer versions of Node let the young generation grow for as long as the test runs.
        env: { ...process.env, NODE_OPTIONS: '--max-semi-space-size=8' },
      });
      const { stdin, stdout, pid } = child;
      if (stdin === null || stdout === null || pid === undefined) throw new Error('the pipes are missing');
      const exited = once(child, 'exit');
      const line = `${'x'.repeat(999)}\n`;
      const block = line.repeat(64);
      let received = 0;
      let early = 0;
      let late = 0;
      stdout.on('data', (bytes: Buffer) => {
        received += bytes.byteLength;
        if (received < 20_000_000) early = Math.max(early, resident(pid));
      });
      for (let sent = 0; sent < 60_000; sent += 64) {
        if (!stdin.write(block)) await once(stdin, 'drain');
        if (sent > 40_000) late = Math.max(late, resident(pid));
      }
      stdin.end();
      assert.deepEqual(await exited, [0, null]);
      if (!stdout.readableEnded) await once(stdout, 'end');
      // Each result is the line in quotes.
      assert.equal(received, Math.ceil(60_000 / 64) * 64 * 1002);
      assert.ok(late < early + 64 * 1024 * 1024, `resident memory grew from ${early} to ${late} bytes`);
    });
  }
});
