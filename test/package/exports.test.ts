import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { repository, runSource } from '../helpers/program.ts';

/** Doors of the package that hold code, by their specifier. */
const doors: readonly string[] = Object.keys(exportsOfManifest())
  .filter((key) => key !== './package.json')
  .map((key) => `manycore${key.slice(1)}`);

describe('the doors of the package', () => {
  for (const door of doors) {
    test(`${door} exports exactly what its snapshot lists (IMP-01)`, { timeout: 20_000 }, async () => {
      const module: Record<string, unknown> = await import(door);
      const names = `${Object.keys(module).toSorted().join('\n')}\n`;
      const file = join(repository, 'test', 'package', 'snapshots', `${door.replace('/', '-')}.txt`);
      if (process.env['MANYCORE_UPDATE_SNAPSHOTS'] === '1') writeFileSync(file, names);
      assert.equal(names, readFileSync(file, 'utf8'), 'if it is meant, run again with MANYCORE_UPDATE_SNAPSHOTS=1');
    });

    test(`${door} can be required: no module below it awaits at its top level`, { timeout: 30_000 }, async () => {
      const { code, stderr } = await runSource(`
        import { createRequire } from 'node:module';
        createRequire(process.cwd() + '/program.cjs')('${door}');`);
      assert.equal(code, 0, stderr);
    });

    test(`importing ${door} keeps no program alive and prints nothing`, { timeout: 30_000 }, async () => {
      const { code, stdout, stderr } = await runSource(`import '${door}';`);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
    });
  }

  test('the default export of the main door is all named exports as one object', { timeout: 20_000 }, async () => {
    const { default: whole, ...named }: Record<string, unknown> = await import('manycore');
    assert.deepEqual({ ...(whole as object) }, named);
    const { code, stderr } = await runSource(`
      import { strictEqual } from 'node:assert';
      import { createRequire } from 'node:module';
      import mp, { Pool } from 'manycore';
      strictEqual(mp.Pool, Pool);
      strictEqual(createRequire(process.cwd() + '/program.cjs')('manycore').Pool, Pool);`);
    assert.equal(code, 0, stderr);
  });

  test('compilers and tools that read no `exports` find the main door as well', { timeout: 10_000 }, () => {
    const { main, types, exports } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    assert.deepEqual(exports['.'], { types, default: main });
  });

  test('every file that the manifest points to exists', { timeout: 10_000 }, () => {
    const targets = Object.values(exportsOfManifest()).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    assert.deepEqual(
      targets.filter((target) => !existsSync(join(repository, target))),
      [],
    );
  });
});

function exportsOfManifest(): Record<string, string | Record<string, string>> {
  const manifest: { exports: Record<string, string | Record<string, string>> } = JSON.parse(
    readFileSync(join(repository, 'package.json'), 'utf8'),
  );
  return manifest.exports;
}
