// Compiles native/ into prebuilds/<platform>-<arch>/manycore.node; does nothing when that is up to date.
// Usage: node scripts/build-addon.mjs [--force]. $CXX names the compiler, $MANYCORE_NODE_API the folder of node_api.h.
// Without a compiler, or without an implementation for the platform, the library works in its degraded mode: exit code 0.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const native = join(root, 'native');
const output = join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'manycore.node');

const flags = [
  '-std=c++20',
  '-O2',
  '-fPIC',
  '-shared',
  '-pthread',
  '-fvisibility=hidden',
  '-fno-exceptions',
  '-fno-rtti',
  '-DNAPI_VERSION=8',
  '-Wall',
  '-Wextra',
];
// The C++ library goes into the file, so that one binary serves many distributions. The file stays in memory for good
// (nodelete): its life-line thread outlives the worker thread that may have loaded it.
const linkFlags = {
  linux: ['-static-libgcc', '-static-libstdc++', '-Wl,--exclude-libs,ALL', '-Wl,-z,now', '-Wl,-z,nodelete', '-s'],
};

function degrade(reason) {
  console.log(`build-addon: ${reason}; manycore will run in its degraded mode (no memory shared between processes)`);
  process.exit(0);
}

function sourcesIn(...folders) {
  return folders.flatMap((folder) =>
    readdirSync(join(native, folder))
      .filter((name) => /\.(cc|hh)$/.test(name))
      .map((name) => join(native, folder, name)),
  );
}

function isUpToDate(sources) {
  if (process.argv.includes('--force') || !existsSync(output)) return false;
  const built = statSync(output).mtimeMs;
  return [...sources, fileURLToPath(import.meta.url)].every((source) => statSync(source).mtimeMs < built);
}

function findHeaders() {
  const candidates = [process.env.MANYCORE_NODE_API];
  try {
    candidates.push(createRequire(import.meta.url)('node-api-headers').include_dir);
  } catch {
    // Not installed: the headers of this Node may be on the machine.
  }
  candidates.push(join(dirname(dirname(process.execPath)), 'include', 'node'), '/usr/include/node');
  return candidates.find((folder) => folder && existsSync(join(folder, 'node_api.h')));
}

function findCompiler() {
  const candidates = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
  return candidates.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

function compile(compiler, headers, sources) {
  mkdirSync(dirname(output), { recursive: true });
  const temporary = `${output}.${process.pid}.tmp`;
  const units = sources.filter((source) => source.endsWith('.cc'));
  const { status, signal } = spawnSync(
    compiler,
    [...flags, '-isystem', headers, '-o', temporary, ...units, ...linkFlags[process.platform]],
    { stdio: 'inherit' },
  );
  if (status === 0) {
    // In one step: a process that starts meanwhile sees the old file or the new one.
    renameSync(temporary, output);
    console.log(`build-addon: wrote ${output}`);
    return;
  }
  rmSync(temporary, { force: true });
  console.error(`build-addon: ${compiler} failed (${signal ?? status})`);
  process.exitCode = 1;
}

if (!(process.platform in linkFlags)) degrade(`no native code for ${process.platform} yet`);
const sources = sourcesIn('core', process.platform, 'js');
if (!isUpToDate(sources)) {
  const compiler = findCompiler();
  if (!compiler) degrade('no C++ compiler found (tried $CXX, c++, g++, clang++)');
  const headers = findHeaders();
  if (!headers) degrade('node_api.h not found (npm package node-api-headers)');
  compile(compiler, headers, sources);
}
