// The steps that take a fresh clone to a built one. Each looks first whether there is anything to do, and uses Node alone,
// because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamps = join(root, '.cache', 'stamps');
const JOINING = ['scripts/join.mjs', 'scripts/joined-map.mjs', 'scripts/library.cjs', 'scripts/library-rest.cjs'];
const BUILT = /\.(?:(c?)js|(c?)js\.map|d\.(c?)ts)$/;

/** Installs what the lock file names, unless exactly that is installed. */
export function installDependencies() {
  if (isInstalled()) return;
  const started = performance.now();
  const { command, args } = npmCommand(['ci', '--include=dev', '--no-audit', '--no-fund']);
  const result = run(command, args, { shell: process.platform === 'win32' && command === 'npm' });
  if (result.status !== 0) throw new Error(`npm ci failed:\n${result.text}`);
  say(`installed the dependencies (${seconds(started)})`);
}

/** npm leaves a list of what it installed; an interrupted installation leaves none. */
function isInstalled() {
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  const wanted = readJson(join(root, 'package-lock.json'));
  return Object.entries(wanted.packages).every(
    ([path, entry]) => path === '' || entry.optional || installed.packages[path]?.version === entry.version,
  );
}

/** The npm that started this script, if one did. */
function npmCommand(args) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('npm-cli.js') && existsSync(cli)) return { command: process.execPath, args: [cli, ...args] };
  return { command: 'npm', args };
}

/**
 * Compiles `src` to `dist`.
 *
 * @returns Whether there were no type errors. The JavaScript is written in either case.
 */
export function buildSource() {
  return compile({
    name: 'src',
    from: ['src'],
    to: 'dist',
    config: 'tsconfig.json',
    also: ['tsconfig.json', ...JOINING],
  });
}

/** Compiles `test` to `.build/test`; `dist` has to be there, as the tests see the package by its name. */
export function buildTests() {
  const also = ['tsconfig.json', 'test/tsconfig.json', 'src'];
  return compile({ name: 'test', from: ['test'], to: '.build/test', config: 'test/tsconfig.json', also });
}

function compile({ name, from, to, config, also }) {
  const state = fingerprint([...from, ...also, 'package-lock.json']);
  if (existsSync(join(root, to)) && readStamp(name) === state) return true;
  const started = performance.now();
  const result = run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config]);
  for (const folder of from) prune(folder, to);
  if (name === 'src') {
    copyAssets('src', to);
    joinModules();
  }
  if (result.status !== 0) {
    process.stderr.write(result.text);
    say(`${name}: compiled with type errors (${seconds(started)})`);
    return false;
  }
  writeStamp(name, state);
  say(`compiled ${name} (${seconds(started)})`);
  return true;
}

/** In a process of its own, because it needs a library that may have been installed just now. */
function joinModules() {
  const result = run(process.execPath, [join(root, 'scripts', 'join.mjs')]);
  if (result.status !== 0) throw new Error(`the modules could not be joined:\n${result.text}`);
}

/** Compiled files whose source was renamed or removed would otherwise be tested and published for ever. */
function prune(from, to) {
  for (const file of filesBelow(to)) {
    if (!BUILT.test(file)) continue;
    const source = join(
      root,
      from,
      relative(to, file).replace(BUILT, (_, ...letters) => `.${letters.find((one) => one === 'c') ?? ''}ts`),
    );
    if (!existsSync(source)) rmSync(join(root, file));
  }
}

/** What is not TypeScript (a page, a style sheet) goes beside the compiled files as it is. */
function copyAssets(from, to) {
  for (const file of filesBelow(from)) {
    if (!/\.c?ts$/.test(file)) cpSync(join(root, file), join(root, to, relative(from, file)));
  }
}

/**
 * Builds the native addon.
 *
 * @returns Whether it is there. Without it the library works in its reduced mode, so this is not the end.
 */
export function buildAddon() {
  const script = join(root, 'scripts', 'build-addon.mjs');
  if (!existsSync(script)) return false;
  const addon = join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'manycore.node');
  const state = fingerprint(['native', 'scripts/build-addon.mjs']);
  if (existsSync(addon) && readStamp('addon') === state) return true;
  const started = performance.now();
  const result = run(process.execPath, [script]);
  if (result.status !== 0 || !existsSync(addon)) {
    process.stderr.write(result.text);
    say('there is no native addon; is there a C++20 compiler (g++ or clang++)?');
    return false;
  }
  writeStamp('addon', state);
  say(`built the addon (${seconds(started)})`);
  return true;
}

/** Everything that running the library needs. */
export function setup() {
  installDependencies();
  const compiled = buildSource();
  const native = buildAddon();
  return { compiled, native };
}

/** Changes when a file below the paths appears, goes or is written. */
function fingerprint(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesBelow(path)) {
      const { size, mtimeMs } = statSync(join(root, file));
      hash.update(`${file}\0${size}\0${mtimeMs}\0`);
    }
  }
  return hash.digest('hex');
}

/** Paths relative to the root, in a fixed order. Folders that hold what was built or installed are left out. */
export function filesBelow(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  const entries = readdirSync(full, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const below = join(path, entry.name);
    if (entry.isDirectory()) return /^(node_modules|build|\.cache)$/.test(entry.name) ? [] : filesBelow(below);
    return entry.isFile() ? [below] : [];
  });
}

function readStamp(name) {
  const file = join(stamps, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function writeStamp(name, text) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(join(stamps, name), text);
}

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  return { status: result.status, text: `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}` };
}

/** On standard error, because `npm start` may be part of a pipe. */
export function say(text) {
  process.stderr.write(`[setup] ${text}\n`);
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
