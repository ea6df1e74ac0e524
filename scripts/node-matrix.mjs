// Runs the suite on other versions of Node: `npm run test:matrix [-- VERSION… FILTER…]`, such as `22 base`.
// The npm packages `node-<platform>-<arch>` hold nothing but the binary; they are kept in `.cache`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, say } from './steps.mjs';

const args = process.argv.slice(2);
const versions = args.filter((arg) => /^\d+(\.\d+)*$/.test(arg));
const rest = args.filter((arg) => !versions.includes(arg));
const failed = [];

for (const version of versions.length > 0 ? versions : ['22', '24', '26']) {
  const binary = nodeBinary(version);
  say(`suite on ${spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim()}`);
  const { status } = spawnSync(binary, [join(root, 'scripts', 'test.mjs'), ...rest], { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed.push(version);
}
if (failed.length > 0) {
  say(`failed on Node ${failed.join(', ')}`);
  process.exitCode = 1;
}

function nodeBinary(version) {
  const folder = join(root, '.cache', `node-${version}`);
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const binary = join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  // A package.json of its own, or npm would install into the repository.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const options = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
  const result = spawnSync('npm', ['install', '--prefix', folder, ...options, `${name}@${version}`], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) throw new Error(`Node ${version} could not be installed:\n${result.stderr}`);
  return binary;
}
