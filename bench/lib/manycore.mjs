/** Finds the build of the library beside this folder; what is not built yet is Missing, not an error. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Missing } from './driver.mjs';

const dist = new URL('../../dist/', import.meta.url);

/** @param {string} file path inside dist/ */
export function builtFile(file) {
  const path = fileURLToPath(new URL(file, dist));
  if (!existsSync(path)) throw new Missing(`not in this build: dist/${file}`);
  return path;
}

/**
 * Named exports of the main door.
 *
 * @param {...string} names
 * @returns {Promise<any>}
 */
export function manycore(...names) {
  return built('index.js', ...names);
}

/**
 * Named exports of an inner module, by its path in dist/.
 *
 * @param {string} file @param {...string} names
 * @returns {Promise<any>}
 */
export async function built(file, ...names) {
  builtFile(file);
  const found = await import(new URL(file, dist).href);
  const absent = names.filter((name) => found[name] === undefined);
  if (absent.length > 0) throw new Missing(`not in this build: ${absent.join(', ')}`);
  return found;
}

/**
 * A pool of this library that is warm: every worker has answered once.
 *
 * @param {{ workers?: number, context?: string }} parameters
 */
export async function warmPool({ workers = 2, context }) {
  const { Pool } = await manycore('Pool');
  const { noop } = await import('../tasks/tasks.mjs');
  const pool = new Pool({ processes: workers, ...(context === undefined ? {} : { context }) });
  await pool.broadcast(noop);
  return pool;
}
