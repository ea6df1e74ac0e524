/** Runs one driver in a process group of its own, and leaves nobody of that group behind. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** @type {Set<number>} leaders of the groups that run now */
const running = new Set();

/**
 * @typedef {{ values?: Record<string, number>, missing?: string, failed?: string }} Outcome
 *
 * @param {string} driver name of a file in peers/
 * @param {string} measure
 * @param {object} parameters
 * @param {number} limitMs
 * @returns {Promise<Outcome>}
 */
export function runDriver(driver, measure, parameters, limitMs) {
  const file = fileURLToPath(new URL(`../peers/${driver}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [file, measure, JSON.stringify(parameters)], {
    // Our end of its standard input tells the driver that we live.
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, BENCH_RUNNER: '1' },
  });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  let output = '';
  let complaints = '';
  let timedOut = false;
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (complaints = (complaints + text).slice(-4000)));
  child.stdin.on('error', () => {}); // The driver has ended: its exit code tells the story.

  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      timedOut = true;
      endGroup(pid);
    }, limitMs);
    const finish = (/** @type {Outcome} */ outcome) => {
      clearTimeout(timer);
      if (pid !== undefined) running.delete(pid);
      resolve(outcome);
    };
    child.on('error', (error) => finish({ failed: error.message }));
    // Grandchildren may hold the pipes open: end the whole group as soon as its leader is gone.
    child.on('exit', () => endGroup(pid));
    child.on('close', (code, signal) => {
      if (timedOut) return finish({ failed: `no result in ${limitMs / 1000} s` });
      if (code !== 0) return finish({ failed: `${reason(complaints)} (exit ${code ?? signal})` });
      finish(parse(output));
    });
  });
}

/** Ends every driver that still runs, with all its descendants. */
export function endAllGroups() {
  for (const pid of running) endGroup(pid);
  running.clear();
}

/** @param {number | undefined} pid leader of a group */
function endGroup(pid) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ESRCH: all of the group have ended.
  }
}

/** The line of an error report that says most. @param {string} text */
function reason(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (lines.find((line) => /Error\b.*:/.test(line)) ?? lines.at(-1) ?? 'no message').trim().slice(0, 200);
}

/** @param {string} output @returns {Outcome} */
function parse(output) {
  /** @type {Record<string, number>} */
  const values = {};
  for (const line of output.split('\n')) {
    if (!line.startsWith('{')) continue;
    const { key, value, missing } = JSON.parse(line);
    if (missing !== undefined) return { missing };
    if (typeof value === 'number' && Number.isFinite(value)) values[key] = value;
  }
  return Object.keys(values).length > 0 ? { values } : { failed: 'printed no figure' };
}
