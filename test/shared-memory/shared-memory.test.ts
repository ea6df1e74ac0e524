import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, test } from 'node:test';
import { Pool, Queue, ShareableList, SharedMemory, type SharedMemoryOptions } from 'manycore';
import { run } from '#internal/process/run.js';
import { cleanNames } from '#internal/shared-memory/tracked-names.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { fixture, runProgram } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as targets from './targets.ts';
import * as blocks from './block-targets.ts';

const LIMIT = { timeout: 60_000 };
const own = (name: string): string => `test_${process.pid}_${name}`;

/** Makes a block, and takes it away after `work`. */
async function withBlock(options: SharedMemoryOptions, work: (block: SharedMemory) => unknown): Promise<void> {
  const block = new SharedMemory({ create: true, size: 512, ...options });
  try {
    await work(block);
  } finally {
    block.close();
    if (existsSync(`/dev/shm/${block.name}`)) block.unlink();
  }
}

describe('SharedMemory', () => {
  trackLeaks({ warmUp: () => withBlock({}, () => {}) });

  test('has the name and size that were asked for (SHM-02)', LIMIT, async () => {
    await withBlock({ name: own('sized') }, (block) => {
      assert.equal(block.name, own('sized'));
      assert.ok(block.size >= 512 && block.buf.length >= block.size);
      assert.match(inspect(block), new RegExp(`${block.name}.*512`));
      assert.ok(block.buf.every((byte) => byte === 0));
    });
  });

  test('two handles see the same bytes; the size of the second is not looked at (SHM-03, SHM-04)', LIMIT, async () => {
    await withBlock({}, (block) => {
      const same = new SharedMemory({ name: block.name, size: 3 });
      assert.equal(same.size, block.size);
      block.buf[0] = 42;
      assert.equal(same.buf[0], 42);
      same.buf[1] = 7;
      same.close();
      same.close();
      assert.equal(same.buf.length, 0);
      assert.equal(block.buf[1], 7);
    });
  });

  test('wrong names and sizes are refused (SHM-01, SHM-05)', LIMIT, () => {
    for (const name of ['a\0b', 'a/b', '', '..']) assert.throws(() => new SharedMemory({ name }), RangeError);
    for (const size of [0, -1, 1.5, undefined])
      assert.throws(() => new SharedMemory({ create: true, size }), { code: 'ERR_MP_INVALID_ARG' });
    assert.throws(() => new SharedMemory(), RangeError);
    assert.throws(() => new SharedMemory({ name: 7 as never }), TypeError);
    assert.throws(() => new SharedMemory({ nam: 'x' } as object), /did you mean `name`/);
  });

  test('what others put into the folder is refused by what it is, and stays', LIMIT, (context) => {
    const name = `not_a_block_${process.pid}`;
    const path = `/dev/shm/${name}`;
    context.after(() => rmSync(path, { force: true }));
    const invalid = { name: 'RangeError', code: 'ERR_MP_INVALID_ARG', message: new RegExp(name) };
    for (const size of [0, 2 ** 53 - 4096]) {
      if (size > 0 && size <= constants.MAX_LENGTH) continue;
      writeFileSync(path, '');
      truncateSync(path, size);
      assert.throws(() => new SharedMemory({ name, track: false }), invalid);
      assert.equal(existsSync(path), true);
    }
    rmSync(path);
    assert.throws(() => new SharedMemory({ create: true, name, size: constants.MAX_LENGTH + 1 }), {
      name: 'RangeError',
      code: 'ERR_MP_INVALID_ARG',
    });
    assert.equal(existsSync(path), false);
  });

  test('a name that was made up and is taken is made up again (SHM-06)', LIMIT, async () => {
    const names = [own('one'), own('one'), own('one'), own('two')];
    class Named extends SharedMemory {
      protected override newName(): string {
        return names.shift() ?? '';
      }
    }
    await withBlock({ name: own('one') }, () => {
      const block = new Named({ create: true, size: 1 });
      assert.equal(block.name, own('two'));
      block.close();
      block.unlink();
    });
  });

  test('a name is made once and unlinked once (SHM-07, SHM-08, SHM-09)', LIMIT, async () => {
    await withBlock({}, (block) => {
      assert.throws(() => new SharedMemory({ create: true, size: 1, name: block.name }), { code: 'EEXIST' });
      block.unlink();
      assert.throws(() => block.unlink(), { code: 'ENOENT' });
      assert.throws(() => new SharedMemory({ name: block.name }), { code: 'ENOENT' });
      block.buf[0] = 1;
      assert.equal(block.buf[0], 1);
    });
  });

  test('a subclass may attach or create (SHM-10)', LIMIT, () => {
    class Either extends SharedMemory {
      constructor(name: string, size: number) {
        super({ name, create: !existsSync(`/dev/shm/${name}`), size });
      }
    }
    const [one, two] = [new Either(own('either'), 8), new Either(own('either'), 8)];
    one.buf[0] = 3;
    assert.equal(two.buf[0], 3);
    one.close();
    two.close();
    one.unlink();
  });

  test('more than there is room for is an error, and leaves nothing', LIMIT, () => {
    assert.throws(() => new SharedMemory({ create: true, size: 2 ** 45, name: own('huge') }));
    assert.equal(existsSync(`/dev/shm/${own('huge')}`), false);
  });

  test('is closed by its scope', LIMIT, async () => {
    await withBlock({}, ({ name }) => {
      let kept: SharedMemory;
      {
        using same = new SharedMemory({ name });
        kept = same;
        assert.equal(same.buf.length, 512);
      }
      assert.equal(kept.buf.length, 0);
    });
  });
});

eachStartMethod('SharedMemory between processes', (method) => {
  trackLeaks({
    warmUp: async () => withBlock({}, () => run(targets.nothing)),
  });

  test('a child attaches by name or gets the handle (SHM-11, SHM-13)', LIMIT, async () => {
    await withBlock({}, async (block) => {
      for (const given of [block, block.name]) {
        block.buf[0] = 0;
        const child = startChild(method, blocks.writeBlock, given, 0, 77);
        await child.join();
        assert.deepEqual([child.exitCode, block.buf[0]], [0, 77]);
      }
      await using pool = new Pool(1);
      const copy = await pool.apply((one: SharedMemory) => one, [block]);
      block.buf[1] = 9;
      assert.equal(copy.buf[1], 9);
      copy.close();
    });
  });

  test('typed arrays on it travel by reference, also after unlink', LIMIT, async () => {
    await withBlock({}, async (block) => {
      const numbers = new Float64Array(block.buf.buffer, 64, 4);
      await using pool = new Pool(1);
      await pool.apply(blocks.fill, [numbers, 1.5]);
      block.unlink();
      await pool.apply(blocks.fill, [numbers.subarray(2), 2.5]);
      assert.deepEqual([...numbers], [1.5, 1.5, 2.5, 2.5]);
    });
  });

  test("a child's blocks are noted by the tracker of its program (TRK-05)", LIMIT, async () => {
    const tracker = (): string[] =>
      readdirSync('/dev/shm')
        .filter((name) => name.startsWith(`manycore-${process.pid}-`))
        .map((folder) => readFileSync(`/dev/shm/${folder}/tracker`, 'utf8'));
    await withBlock({}, async () => {
      const before = tracker();
      assert.equal(before.length, 1);
      const [names, mayEnd] = [new Queue<string>(), new Queue<string>()];
      const child = startChild(method, blocks.makeAndLeave, names, mayEnd);
      const name = await names.get();
      const folders = readdirSync('/dev/shm').filter((entry) => entry.startsWith('manycore-'));
      const notes = folders.filter((folder) => existsSync(`/dev/shm/${folder}/n-${name}`));
      assert.equal(notes.length, 1);
      assert.ok(notes[0]?.startsWith(`manycore-${process.pid}-`), notes[0]);
      assert.deepEqual(tracker(), before);
      await mayEnd.put('now');
      await child.join();
      const left = new SharedMemory({ name });
      left.close();
      left.unlink();
    });
  });

  test('cannot be received after unlink (SHM-12, SHL-07)', LIMIT, async () => {
    await using pool = new Pool(1);
    await withBlock({}, async (block) => {
      block.unlink();
      await assert.rejects(pool.apply(blocks.writeBlock, [block, 0, 1]), { code: 'ENOENT' });
    });
    const list = new ShareableList([1]);
    list.shm.unlink();
    await assert.rejects(pool.apply(blocks.setItem, [list, 0, 1]), { code: 'ENOENT' });
    list.shm.close();
  });
});

test('a name that is too long to be noted is refused, and no block is left (TRK-06)', LIMIT, () => {
  for (const length of [254, 255, 300]) {
    const name = 'n'.repeat(length);
    assert.throws(() => new SharedMemory({ name, create: true, size: 10 }), { code: 'ENAMETOOLONG' });
    assert.equal(existsSync(`/dev/shm/${name}`), false);
  }
});

describe('what programs leave behind', () => {
  const program = fixture('sharedctypes/leaves-blocks.mjs');
  const isGone = (name: string): boolean => !existsSync(`/dev/shm/${name}`);
  /** Names with that number; in longer ones, which other programs may have, the same digits mean nothing. */
  const traces = (pid: string): string[] =>
    readdirSync('/dev/shm').filter((name) => new RegExp(`(?<![0-9a-f])${pid}(?![0-9a-f])`).test(name));

  for (const how of ['kill', 'term', 'end']) {
    test(`is unlinked soon, with a warning: ${how} (SHM-17, TRK-01)`, LIMIT, async () => {
      const { stdout, stderr } = await runProgram(program, { args: [how, '2'] });
      const names = stdout.trim().split(' ');
      assert.equal(names.length, 2);
      await waitUntil(() => names.every(isGone), 'the blocks are gone');
      assert.match(stderr, /2 shared memory block\(s\) were left behind/);
      await waitUntil(() => traces(names[0]?.split('_')[1] ?? '-').length === 0, 'nothing is left');
    });
  }

  test('one that is gone already is reported, the other is unlinked (TRK-01)', LIMIT, async () => {
    const { stdout, stderr } = await runProgram(program, { args: ['half', '2'] });
    const [gone, left] = stdout.trim().split(' ');
    assert.match(stderr, /2 shared memory block/);
    assert.match(stderr, new RegExp(`${gone}: No such file`));
    assert.ok(isGone(left ?? ''));
  });

  test('nothing is said when nothing was left (TRK-07)', LIMIT, async () => {
    const { stdout, stderr, code } = await runProgram(program, { args: ['unlinked', '3'] });
    assert.deepEqual([stderr, code], ['', 0]);
    await waitUntil(() => traces(stdout.split('_')[1] ?? '-').length === 0, 'nothing is left');
  });

  test('the tracker survives signals, and is replaced once when killed (TRK-02, TRK-03, TRK-04)', LIMIT, async () => {
    const { stderr, code } = await runProgram(program, { args: ['tracker', '1'] });
    assert.equal(code, 0);
    assert.equal(stderr.match(/a new one is started/g)?.length, 1, stderr);
  });

  test("an untracked user leaves another's block alone, a tracked one does not (SHM-18, SHM-19)", LIMIT, async () => {
    await withBlock({}, async (block) => {
      const first = await runProgram(program, { args: ['untracked', '0', block.name] });
      assert.equal(first.stderr, '');
      assert.equal(isGone(block.name), false);
      const { stderr } = await runProgram(program, { args: ['end', '0', block.name] });
      assert.match(stderr, /1 shared memory block/);
      assert.equal(isGone(block.name), true);
      block.close();
    });
  });

  test('cleaning finds nothing that is in use', LIMIT, async () => {
    await withBlock({}, (block) => {
      assert.ok(!cleanNames().some(({ name }) => name === block.name));
      assert.equal(isGone(block.name), false);
    });
  });
});
