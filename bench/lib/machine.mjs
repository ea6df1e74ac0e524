import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

/** What a reader needs to know to judge the figures. */
export function machineData() {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.version,
    v8: process.versions.v8,
    python: firstLine('python3', ['-V']),
    commit: firstLine('git', ['-C', fileURLToPath(new URL('../..', import.meta.url)), 'rev-parse', '--short', 'HEAD']),
    loadAverage: os.loadavg().map((load) => Math.round(load * 100) / 100),
  };
}

/** Versions of the installed peers. */
export function peerVersions() {
  const { dependencies } = readJson('../package.json');
  return Object.fromEntries(
    Object.keys(dependencies).map((name) => [name, readJson(`../node_modules/${name}/package.json`).version]),
  );
}

/** @param {string} file beside this one */
function readJson(file) {
  return JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));
}

/** @param {string} command @param {string[]} words */
function firstLine(command, words) {
  const { status, stdout } = spawnSync(command, words, { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n')[0] : null;
}
