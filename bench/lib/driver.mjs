/**
 * The frame of a driver: one process that measures one contender once.
 *
 * A driver is called as `node peers/<name>.mjs <measure> '<parameters as JSON>'` and prints one JSON line per value:
 * `{"key": "p50", "value": 12.5}`, or `{"missing": "why"}` when the contender does not exist here.
 */
import { fileURLToPath } from 'node:url';

/** Thrown by a driver when its subject is not there: no failure, and no figure either. */
export class Missing extends Error {}

/**
 * @typedef {Record<string, number>} Values figures by key; the key `value` stands for the only one
 * @typedef {(parameters: any) => number | Values | Promise<number | Values>} Measure
 */

/**
 * Runs the measure that the command line names, prints its figures and ends the process.
 *
 * @param {{ url: string }} meta `import.meta` of the driver: a worker that imports the driver's file must not measure.
 * @param {Record<string, Measure>} measures
 */
export async function drive(meta, measures) {
  if (process.argv[1] !== fileURLToPath(meta.url)) return;
  endWithRunner();
  const [name, parameters = '{}'] = process.argv.slice(2);
  const measure = measures[name];
  if (measure === undefined) {
    console.error(`usage: ${process.argv[1]} ${Object.keys(measures).join('|')} '{"count":1000}'`);
    process.exit(2);
  }
  try {
    const result = await measure(JSON.parse(parameters));
    const values = typeof result === 'number' ? { value: result } : result;
    for (const [key, value] of Object.entries(values)) print({ key, value });
    process.exit(0);
  } catch (error) {
    if (!(error instanceof Missing)) {
      console.error(error);
      process.exit(1);
    }
    print({ missing: error.message });
    process.exit(0);
  }
}

/** @param {object} line */
function print(line) {
  // Written at once (a pipe on Linux is synchronous), so that process.exit cannot cut it off.
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The runner holds our standard input; when it dies, the whole process group of this driver ends. */
function endWithRunner() {
  if (process.env.BENCH_RUNNER !== '1') return;
  // Not for the grandchildren: only the driver leads the group.
  delete process.env.BENCH_RUNNER;
  process.stdin.on('end', () => process.kill(0, 'SIGKILL'));
  process.stdin.resume();
  process.stdin.unref();
}
