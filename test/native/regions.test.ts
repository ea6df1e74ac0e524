import assert from 'node:assert/strict';
import { closeSync, openSync, fstatSync, unlinkSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { native } from '#internal/native/addon.js';
import { collectGarbage } from '../helpers/gc.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { runProgram, runSource } from '../helpers/program.ts';
import { memoryFileMappings } from '../helpers/proc.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { argumentsFor } from './programs/region-of.ts';
import { codeOf, exitOf, program, startOneThread, startProcess, startThread } from './support.ts';

const LIMIT = { timeout: 30_000 };
const GIB = 2 ** 30;

describe('regions', () => {
  const addon = native();
  trackLeaks({ warmUp: startOneThread });

  for (const [kind, start] of [
    ['processes', startProcess],
    ['threads', startThread],
  ] as const) {
    test(`two ${kind} that add to one word lose no addition`, LIMIT, async () => {
      const region = addon.createRegion(4096);
      const args = argumentsFor(region, 1_000_000);
      assert.deepEqual(await Promise.all([exitOf(start('add', args)), exitOf(start('add', args))]), [0, 0]);
      assert.equal(new Int32Array(region.buffer)[0], 2_000_000);
      addon.closeRegion(region.map);
    });
  }

  test('a new region is zero, has the exact size, and shows the same bytes in every mapping', LIMIT, () => {
    const region = addon.createRegion(100_001);
    assert.equal(region.buffer.byteLength, 100_001);
    const bytes = new Uint8Array(region.buffer);
    assert.ok(bytes.every((byte) => byte === 0));
    const again = addon.openRegion(process.pid, region.fd, region.inode);
    assert.equal(again.inode, region.inode);
    assert.equal(again.buffer.byteLength, 100_001);
    bytes[100_000] = 7;
    assert.equal(new Uint8Array(again.buffer)[100_000], 7);
    addon.closeRegion(region.map);
    assert.equal(new Uint8Array(again.buffer)[100_000], 7, 'the memory lives until its last user closes it');
    addon.closeRegion(again.map);
  });

  test('a region may have several GiB', LIMIT, () => {
    const region = addon.createRegion(3 * GIB);
    const again = addon.openRegion(process.pid, region.fd, region.inode);
    new Uint8Array(region.buffer)[3 * GIB - 1] = 9;
    assert.equal(new Uint8Array(again.buffer)[3 * GIB - 1], 9);
    assert.equal(addon.waitWord(region.map, (3 * GIB) / 4 - 1, 0, 1), 0, 'the last word is not 0');
    addon.closeRegion(region.map);
    addon.closeRegion(again.map);
  });

  test('a size that cannot be had is a coded error', LIMIT, () => {
    assert.equal(
      codeOf(() => addon.createRegion(2 ** 50)),
      'ENOMEM',
    );
    assert.equal(
      codeOf(() => addon.createRegion(2 ** 53 - 1)),
      'ENOMEM',
    );
    for (const wrong of [0, -1, 1.5, Number.NaN, Infinity]) {
      assert.equal(
        codeOf(() => addon.createRegion(wrong)),
        'ERR_MP_INVALID_ARG',
        String(wrong),
      );
    }
  });

  test('limits on file size and open files are coded errors, not signals', LIMIT, async () => {
    const source = `
      import { native } from '#internal/native/addon.js';
      try { for (;;) native().createRegion(1 << 20); } catch (error) { console.log(error.code, error.syscall); }`;
    const node = '"$0" --input-type=module --eval "$1"';
    const run = (limit: string): Promise<string> =>
      runSource(
        `import { spawnSync } from 'node:child_process';
         process.stdout.write(spawnSync('sh', ['-c', ${JSON.stringify(`ulimit ${limit}; ${node}`)}, process.execPath, ${JSON.stringify(source)}]).stdout);`,
      ).then(({ stdout }) => stdout.trim());
    assert.equal(await run('-f 512'), 'EFBIG ftruncate');
    assert.equal(await run('-n 64'), 'EMFILE memfd_create');
  });

  test('what is gone, or has become another file, is a coded error', LIMIT, async () => {
    const region = addon.createRegion(4096);
    addon.closeRegion(region.map);
    assert.equal(
      codeOf(() => addon.openRegion(process.pid, region.fd, region.inode)),
      'ENOENT',
    );
    const other = addon.createRegion(4096);
    assert.equal(other.fd, region.fd, 'the kernel gives the lowest free number');
    assert.equal(
      codeOf(() => addon.openRegion(process.pid, region.fd, region.inode)),
      'ESTALE',
    );
    addon.closeRegion(other.map);
    const held = addon.createRegion(64);
    const child = startProcess('add', argumentsFor(held, 0));
    await exitOf(child);
    addon.closeRegion(held.map);
    assert.equal(
      codeOf(() => addon.openRegion(child.pid ?? 0, 0, 1)),
      'ENOENT',
    );
  });

  test('only memory is mapped: a file on disk is refused even with its right inode', LIMIT, () => {
    const path = program(`refused-${process.pid}`);
    writeFileSync(path, 'x'.repeat(4096));
    const fd = openSync(path, 'r+');
    assert.equal(
      codeOf(() => addon.openRegion(process.pid, fd, fstatSync(fd).ino)),
      'ESTALE',
    );
    closeSync(fd);
    unlinkSync(path);
  });

  test('closing detaches; a number is never given twice', LIMIT, () => {
    const region = addon.createRegion(4096);
    const words = new Int32Array(region.buffer);
    addon.closeRegion(region.map);
    assert.equal(region.buffer.byteLength, 0);
    assert.equal(words.length, 0);
    const next = addon.createRegion(4096);
    assert.notEqual(next.map, region.map);
    addon.closeRegion(region.map);
    assert.equal(next.buffer.byteLength, 4096);
    assert.equal(
      codeOf(() => addon.wakeWord(region.map, 0, 1)),
      'EBADF',
    );
    assert.equal(
      codeOf(() => addon.wakeWord(next.map, 1024, 1)),
      'ERR_MP_INVALID_ARG',
    );
    addon.closeRegion(next.map);
  });

  test('the buffer cannot be transferred away', LIMIT, () => {
    const region = addon.createRegion(4096);
    // Node 20 copies silently what cannot be transferred, later ones refuse.
    codeOf(() => structuredClone(region.buffer, { transfer: [region.buffer] }));
    assert.equal(region.buffer.byteLength, 4096);
    addon.closeRegion(region.map);
  });

  test('reserve() takes the memory at once', LIMIT, () => {
    const region = addon.createRegion(8 << 20);
    const blocks = (): number => fstatSync(region.fd).blocks * 512;
    assert.equal(blocks(), 0);
    addon.reserve(region.map);
    assert.equal(blocks(), 8 << 20);
    addon.closeRegion(region.map);
  });

  test('a collected buffer gives its mapping and descriptor back', LIMIT, async () => {
    const before = memoryFileMappings().length;
    for (let count = 0; count < 200; count++) addon.createRegion(4096);
    await waitUntil(() => {
      collectGarbage();
      return memoryFileMappings().length <= before;
    }, 'the regions are unmapped');
  });

  test('a thread that ends gives its regions back', LIMIT, async () => {
    const region = addon.createRegion(4096);
    const before = memoryFileMappings().length;
    for (let count = 0; count < 5; count++) assert.equal(await exitOf(startThread('add', argumentsFor(region, 1))), 0);
    assert.equal(memoryFileMappings().length, before);
    addon.closeRegion(region.map);
  });

  test('the addon refuses calls without sense instead of crashing', LIMIT, async () => {
    const { code, stderr } = await runProgram(program('nonsense'));
    assert.equal(code, 0, stderr);
  });
});
