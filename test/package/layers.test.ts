import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { repository } from '../helpers/program.ts';
import { importedBy, readSources } from './imports.ts';

/** Lowest first. A file imports its own folder and folders of lower rows; folders of one row do not see each other. */
const LAYERS: readonly (readonly string[])[] = [
  ['base'],
  ['native'],
  ['reduction'],
  ['shared-memory'],
  ['connection'],
  ['process', 'synchronize'],
  ['queues', 'workers', 'sharedctypes', 'logging'],
  ['pool', 'futures', 'managers'],
  ['tools'],
  ['context'],
  ['index', 'entry'],
  ['cli'],
];

const sources = readSources();
const limit = { timeout: 20_000 };

describe('the layers', () => {
  test('every folder of src has a layer', limit, () => {
    const known = LAYERS.flat();
    const folders = new Set(sources.map(({ path }) => folderOf(path)));
    assert.deepEqual(
      [...folders].filter((folder) => !known.includes(folder)),
      [],
    );
  });

  test('imports point down', limit, () => {
    const wrong = edges().filter(([from, to]) => folderOf(from) !== folderOf(to) && layerOf(to) >= layerOf(from));
    assert.deepEqual(wrong.map(arrow), []);
  });

  test('there are no cycles, not even of types', limit, () => {
    const graph = new Map(sources.map(({ path, internal }) => [path, internal]));
    assert.deepEqual(findCycle(graph), []);
  });

  test('a file whose name starts with _ is private to its folder', limit, () => {
    const wrong = edges().filter(([from, to]) => basename(to).startsWith('_') && dirname(from) !== dirname(to));
    assert.deepEqual(wrong.map(arrow), []);
  });

  test('nobody imports the first file of a child', limit, () => {
    const wrong = edges().filter(([from, to]) => folderOf(to) === 'entry' && folderOf(from) !== 'entry');
    assert.deepEqual(wrong.map(arrow), []);
  });

  test('every import exists, and names its file with .ts', limit, () => {
    const paths = new Set(sources.map(({ path }) => path));
    assert.deepEqual(
      edges()
        .filter(([, to]) => !paths.has(to))
        .map(arrow),
      [],
    );
  });
});

describe('what src uses', () => {
  test('packages are dependencies, and modules of Node are named with node:', limit, () => {
    const manifest: Record<string, Record<string, unknown> | undefined> = JSON.parse(
      readFileSync(join(repository, 'package.json'), 'utf8'),
    );
    const declared = Object.keys({ ...manifest['dependencies'], ...manifest['peerDependencies'] });
    const wrong = sources.flatMap(({ path, external }) =>
      external
        .filter((one) => !one.startsWith('node:') && !declared.includes(packageOf(one)))
        .map((one) => arrow([path, one, builtinModules.includes(one) ? 'write node:' : 'not a dependency'])),
    );
    assert.deepEqual(wrong, []);
  });

  test('only base/platform.ts asks which system it runs on', limit, () => {
    const asking = sources.filter(({ text }) => /\bprocess\.(platform|arch)\b|\bos\.(platform|arch|type)\(/.test(text));
    assert.deepEqual(
      asking.map(({ path }) => path),
      ['base/platform.ts'],
    );
  });
});

describe('the reader of imports', () => {
  test('sees every form, and no comment', limit, () => {
    const text = [
      `import { a } from './a.ts';`,
      `import type { b } from './b.ts';`,
      `import './c.ts';`,
      `export * from './d.ts';`,
      `export {\n  e,\n} from './e.ts';`,
      `const f = await import('./f.ts');`,
      `// import { g } from './g.ts';`,
      `/**\nimport { h } from './h.ts'; */`,
      `const url = 'http://no.comment'; import("./i.ts");`,
      `const template = \`\n  import { j } from './j.ts';\`;`,
    ].join('\n');
    assert.deepEqual(
      importedBy(text),
      ['a', 'b', 'c', 'd', 'e', 'f', 'i'].map((name) => `./${name}.ts`),
    );
  });

  test('findCycle() finds the files of a cycle', limit, () => {
    const graph = new Map([
      ['a', ['b', 'c']],
      ['b', []],
      ['c', ['d']],
      ['d', ['c']],
    ]);
    assert.deepEqual(findCycle(graph), ['c', 'd', 'c']);
  });
});

function edges(): (readonly [string, string])[] {
  return sources.flatMap(({ path, internal }) => internal.map((to) => [path, to] as const));
}

function arrow([from, ...to]: readonly string[]): string {
  return [from, ...to].join(' -> ');
}

/** `pool` for `pool/map/chunks.ts`, `index` for `index.ts`. */
function folderOf(path: string): string {
  return path.replace(/(\.ts$|\/.*)/, '');
}

function layerOf(path: string): number {
  return LAYERS.findIndex((folders) => folders.includes(folderOf(path)));
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** The first cycle, its first file repeated at the end; empty when there is none. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const walk = (path: string, above: readonly string[]): string[] => {
    const start = above.indexOf(path);
    if (start >= 0) return [...above.slice(start), path];
    if (done.has(path)) return [];
    for (const next of graph.get(path) ?? []) {
      const cycle = walk(next, [...above, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const path of graph.keys()) {
    const cycle = walk(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
