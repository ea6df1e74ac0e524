import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { allGone, descendants, fixture, lines, runCli, startCli, tempFolder } from './harness.js';

const LIMIT = { timeout: 30_000 };
const WORK = `${fixture('tasks.mjs')}#work`;

/** Feeds numbers without end, as fast as they are taken. */
function feed(child: ChildProcess): void {
  const { stdin } = child;
  if (stdin === null) throw new Error('the pipe is missing');
  let next = 0;
  const more = (): void => {
    while (!stdin.destroyed && stdin.write(`${(next += 1)}\n`));
  };
  stdin.on('drain', more).on('error', () => {});
  more();
}

async function firstBytes(child: ChildProcess, count: number): Promise<string> {
  let output = '';
  for await (const block of child.stdout ?? []) {
    output += String(block);
    if (output.length >= count) break;
  }
  return output;
}

describe('manycore map: ends', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    test(`${signal} ends all workers, keeps whole lines and gives exit code ${code}`, LIMIT, async () => {
      using folder = tempFolder();
      const child = startCli(
        ['map', WORK, '-j', '2', '-o', folder.file('out'), '--joblog', folder.file('log'), '--progress=plain'],
        { stdio: 'pipe' },
      );
      feed(child);
      const exited = once(child, 'exit');
      // A line of the plain progress says that the run is under way.
      if (child.stderr !== null) await once(child.stderr, 'data');
      const workers = descendants(child.pid ?? 0);
      assert.ok(workers.length >= 2, `expected workers, got ${workers.join()}`);
      child.kill(signal);
      assert.deepEqual(await exited, [code, null]);
      await allGone(workers);
      const output = readFileSync(folder.file('out'), 'utf8');
      assert.ok(output.endsWith('}\n'), 'the output ends with a whole line');
      const written = lines(output).map((line) => JSON.parse(line).x);
      const logged = lines(readFileSync(folder.file('log'), 'utf8'))
        .slice(1)
        .map((line) => JSON.parse(line));
      assert.equal(logged.filter((record) => record.status === 'done').length, written.length);
    });
  }

  test('Ctrl-C is heard while the reader of a pipe stands still', LIMIT, async () => {
    const child = startCli(['map', WORK, '-j', '2'], { stdio: 'pipe' });
    feed(child);
    const exited = once(child, 'exit');
    if (child.stdout === null) throw new Error('the pipe is missing');
    // Reads nothing: after 64 KiB the pipe is full. Its fullness cannot be seen from here, but the first bytes can.
    await once(child.stdout, 'readable');
    const workers = descendants(child.pid ?? 0);
    child.kill('SIGINT');
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    assert.deepEqual(await exited, [130, null]);
    await allGone(workers);
    for (const line of lines(output)) JSON.parse(line);
  });

  test('Ctrl-C is heard while the input is silent, and what came before is written', LIMIT, async () => {
    const child = startCli(['map', `${fixture('tasks.mjs')}#square`, '-j', '2'], { stdio: 'pipe' });
    const exited = once(child, 'exit');
    child.stdin?.on('error', () => {}).write('7\n');
    // The result of a line comes although no further line does.
    assert.equal(await firstBytes(child, 3), '49\n');
    const workers = descendants(child.pid ?? 0);
    child.kill('SIGINT');
    assert.deepEqual(await exited, [130, null]);
    await allGone(workers);
  });

  test('a kill of the program, which it cannot hear, leaves no worker behind', LIMIT, async () => {
    const child = startCli(['map', `${fixture('tasks.mjs')}#spin`, '-j', '2'], { stdio: 'pipe' });
    const exited = once(child, 'exit');
    child.stdin?.on('error', () => {}).write('a\nforever\n');
    assert.equal(await firstBytes(child, 4), '"a"\n');
    const workers = descendants(child.pid ?? 0);
    assert.ok(workers.length >= 2);
    child.kill('SIGKILL');
    assert.deepEqual(await exited, [null, 'SIGKILL']);
    await allGone(workers);
  });

  test('a reader that leaves (| head) ends the run quietly', LIMIT, async () => {
    const child = startCli(['map', WORK, '-j', '2'], { stdio: 'pipe' });
    feed(child);
    const exited = once(child, 'exit');
    let errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const workers = descendants(child.pid ?? 0);
    // Leaving the loop destroys the stream, which closes the pipe.
    await firstBytes(child, 500);
    assert.deepEqual(await exited, [0, null]);
    assert.equal(errors, '');
    await allGone(workers);
  });

  test('--resume after a kill does the rest, once each, and mends a half line', LIMIT, async () => {
    using folder = tempFolder();
    const items = Array.from({ length: 600 }, (_, index) => String(index % 500));
    const stdin = items.map((item) => `${item}\n`).join('');
    const args = ['map', WORK, '-j', '2', '-o', folder.file('out'), '--joblog', folder.file('log'), '--resume'];
    const first = startCli([...args, '--progress=plain'], { stdio: 'pipe' });
    first.stdin?.on('error', () => {}).write(stdin.slice(0, stdin.length / 2));
    const exited = once(first, 'exit');
    if (first.stderr !== null) await once(first.stderr, 'data');
    const workers = descendants(first.pid ?? 0);
    first.kill('SIGINT');
    await exited;
    await allGone(workers);
    const before = lines(readFileSync(folder.file('out'), 'utf8')).length;
    assert.ok(before > 0);
    const { code } = await runCli(args, { stdin });
    assert.equal(code, 0);
    const all = lines(readFileSync(folder.file('out'), 'utf8')).map((line) => String(JSON.parse(line).x));
    assert.deepEqual(all.toSorted(), items.toSorted());
    const again = await runCli([...args, '--progress=plain'], { stdin });
    assert.equal(again.code, 0);
    assert.equal(lines(readFileSync(folder.file('out'), 'utf8')).length, items.length);
  });
});
