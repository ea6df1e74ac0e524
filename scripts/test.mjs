// `npm test [-- FILTER… NODE_OPTION…]`: builds everything and runs the suite.
// A filter is a folder or file below `test`, in any spelling: `base`, `test/base/options.test.ts`, `.build/test/base`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildTests, filesBelow, root, say, setup } from './steps.mjs';

// Above the longest file on a slow machine; single tests have limits of their own.
const FILE_TIMEOUT_MS = 300_000;

const args = process.argv.slice(2);
const filters = args.filter((arg) => !arg.startsWith('-')).map(plainPath);
const { compiled, native } = setup();
const testsCompiled = buildTests();
if (!native) say('testing without the native addon');

// What programs print is compared with text; a caller that wants colours (many CI services do) must not change it.
for (const name of ['FORCE_COLOR', 'NO_COLOR', 'CLICOLOR_FORCE', 'NODE_DISABLE_COLORS']) delete process.env[name];
// What starts without the addon has the mode in its environment too.
if (!native) process.env.MANYCORE_NATIVE = 'off';
const skipped = await skippedFiles();
const files = filesBelow(join('.build', 'test')).filter(
  (file) => file.endsWith('.test.js') && isWanted(plainPath(file)) && !isSkipped(plainPath(file)),
);
if (files.length === 0) {
  say(`no test file matches ${filters.join(', ')}`);
  process.exitCode = 1;
} else {
  runSuite();
}

function runSuite() {
  // Not on a terminal, TAP: its summary is the last thing that is printed.
  const reporter = process.stdout.isTTY ? 'spec' : 'tap';
  const options = [`--test-concurrency=2`, `--test-timeout=${FILE_TIMEOUT_MS}`, `--test-reporter=${reporter}`];
  const own = args.filter((arg) => arg.startsWith('-'));
  const child = spawn(process.execPath, ['--test', ...options, ...own, ...files], { cwd: root, stdio: 'inherit' });
  child.on('exit', (code) => {
    if (!compiled || !testsCompiled) say('the suite ran, but there are type errors (see above)');
    process.exitCode = compiled && testsCompiled ? (code ?? 1) : 1;
  });
}

/** Files of which no test runs in this mode, with the reasons: `test/helpers/without-addon.ts`. */
async function skippedFiles() {
  const table = pathToFileURL(join(root, '.build', 'test', 'helpers', 'without-addon.js'));
  const { isNativeOff, REASONS, SKIPPED } = await import(table.href);
  if (!isNativeOff) return [];
  return Object.entries(SKIPPED).map(([path, reason]) => [path, REASONS[reason]]);
}

function isSkipped(file) {
  const entry = skipped.find(([path]) => file === path || file.startsWith(`${path}/`));
  if (entry) say(`without the addon ${file} is skipped: ${entry[1]}`);
  return entry !== undefined;
}

function isWanted(file) {
  if (filters.length === 0) return !file.split('/').includes('stress');
  return filters.some((filter) => file === filter || file.startsWith(`${filter}/`));
}

function plainPath(path) {
  return path
    .replaceAll('\\', '/')
    .replace(/^\.\//, '')
    .replace(/^\.build\//, '')
    .replace(/^test\//, '')
    .replace(/(\.test)?\.(ts|js)$/, '')
    .replace(/\/$/, '');
}
