import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as manycore from 'manycore';
import { repository, runProgram } from '../helpers/program.ts';
import { TYPESCRIPT } from '../helpers/typescript.ts';
import { withoutAddon } from '../helpers/without-addon.ts';

const LIMIT = { timeout: 60_000, skip: withoutAddon('crossing') };

/** Runs an example as its README says, and gives the lines it printed. */
async function linesOf(name: string): Promise<string[]> {
  const { code, stdout, stderr } = await runProgram(`${repository}/examples/${name}`, {
    execArgv: TYPESCRIPT,
    timeout: 50_000,
  });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return stdout.trimEnd().split('\n');
}

describe('examples of shared objects', () => {
  test('08-queues.ts prints what it promises', LIMIT, async () => {
    const lines = await linesOf('08-queues.ts');
    const items = [0, 1, 2, 3, 4].map((i) => `Producer-Item-${i}`);
    const produced = lines.filter((line) => line.startsWith('Produced: Producer'));
    assert.deepEqual(
      produced,
      items.map((item) => `Produced: ${item}`),
    );
    const consumed = lines.flatMap((line) => /^Consumer-\d consumed: (.*)$/.exec(line)?.[1] ?? []);
    assert.deepEqual(new Set(consumed), new Set(items));
    assert.equal(consumed.length, 5);
    assert.equal(lines.filter((line) => /^Consumer-\d timed out$/.test(line)).length, 2);
    assert.deepEqual(
      lines.flatMap((line) => /^Reader read: (.*)$/.exec(line)?.[1] ?? []),
      [0, 1, 2, 3, 4].map((i) => `Main-Item-${i}`),
    );
    assert.ok(lines.includes('Reader is done'));
    assert.equal(lines.at(-1), 'Left in the queue: 0');
  });

  test(
    '09-shared-memory.ts prints what it promises',
    { ...LIMIT, skip: withoutAddon('crossing') || !('Array' in manycore) },
    async () => {
      assert.deepEqual(await linesOf('09-shared-memory.ts'), [
        'First 10 elements: 0, 1, 4, 9, 16, 25, 36, 49, 64, 81',
        'Last element: 999998000001',
      ]);
    },
  );

  test('10-pipes.ts prints what it promises', LIMIT, async () => {
    const lines = await linesOf('10-pipes.ts');
    const messages = [0, 1, 2, 3, 4].map((i) => `Message ${i}`);
    const sent = lines.filter((line) => line.startsWith('Sent: '));
    const received = lines.filter((line) => line.startsWith('Received: '));
    assert.deepEqual(
      sent,
      messages.map((message) => `Sent: ${message}`),
    );
    assert.deepEqual(
      received,
      messages.map((message) => `Received: ${message}`),
    );
    assert.ok(lines.includes('Nobody is left to send'));
  });

  test('the examples are there', LIMIT, () => {
    for (const name of ['08-queues.ts', '09-shared-memory.ts', '10-pipes.ts']) {
      assert.ok(existsSync(`${repository}/examples/${name}`), name);
    }
  });
});
