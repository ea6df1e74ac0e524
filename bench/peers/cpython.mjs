/**
 * CPython's multiprocessing through python/bench.py. Start method: its default (fork up to 3.13, forkserver from 3.14 on)
 * unless `method` says otherwise. No other setting: its documentation advises none for these measures but `chunksize`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Missing, drive } from '../lib/driver.mjs';

const program = fileURLToPath(new URL('../python/bench.py', import.meta.url));

/** @param {string} measure */
const python = (measure) => async (/** @type {object} */ parameters) => {
  if (spawnSync('python3', ['-V']).status !== 0) throw new Missing('not on this machine: python3');
  // -B: no bytecode files beside the sources.
  const child = spawn('python3', ['-B', program, measure, JSON.stringify(parameters)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'close');
  /** @type {Record<string, number>} */
  const values = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const { key, value } = JSON.parse(line);
    values[key] = value;
  }
  const [code, signal] = await exit;
  if (code !== 0) throw new Error(`python3 ended with ${code ?? signal}`);
  return values;
};

const names = [
  'tasks',
  'roundTrip',
  'argument',
  'result',
  'map',
  'imapUnordered',
  'skewed',
  'manyItems',
  'firstResult',
  'manyWorkers',
  'start',
  'queue',
  'queueMany',
  'queueRoundTrip',
  'pipeRoundTrip',
  'uncontended',
  'contended',
  'lockedValue',
  'event',
  'idleWorker',
  'squaring',
  'managers',
  'managerCallers',
];

await drive(import.meta, Object.fromEntries(names.map((name) => [name, python(name)])));
