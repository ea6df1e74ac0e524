import { nextGeneration } from './generations.ts';

/** Flags that say what this process runs or how it is watched, which a child must not repeat. */
const DROPPED =
  /^(?:--input-type|--eval|--print|--interactive|--check|--inspect(?:-[a-z-]+)?|--debug-port|--test(?:-[a-z-]+)?|--experimental-test-[a-z-]+|--watch(?:-[a-z-]+)?|--run|--build-snapshot|-[epic]|-pe)$/;
/** Those of them that take the next argument as their value when none stands behind a `=`. */
const WITH_VALUE =
  /^(?:--input-type|--eval|--print|--inspect-port|--inspect-publish-uid|--debug-port|--test-(?!only|force-exit|update-snapshots)[a-z-]+|--watch-path|--run|-e|-p|-pe)$/;
/** Channels to whoever started this process. They belong to it alone. */
const PRIVATE_VARIABLES = ['NODE_TEST_CONTEXT', 'NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID'];

/**
 * Node flags for a child: those of this process, so that it resolves and compiles modules alike, without those that would make it
 * run something else, wait for a debugger, or take itself for a test.
 */
export function filterExecArgv(flags: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < flags.length; at++) {
    const flag = flags[at] ?? '';
    const [name = '', ...value] = flag.split('=');
    if (!DROPPED.test(name)) kept.push(flag);
    else if (value.length === 0 && WITH_VALUE.test(name) && takesNext(name, flags[at + 1])) at++;
  }
  return kept;
}

/**
 * Environment for a child: this process's, changed by `changes` (`undefined` removes a variable), without what ties a process to
 * its own parent; it counts the generations of processes.
 */
export function childEnvironment(changes: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...process.env, ...changes })) {
    if (value !== undefined && !PRIVATE_VARIABLES.includes(name)) environment[name] = value;
  }
  const options = environment['NODE_OPTIONS'];
  if (options !== undefined) environment['NODE_OPTIONS'] = filterNodeOptions(options);
  return { ...environment, ...nextGeneration() };
}

/** Program texts may begin with a dash; other values do not. */
function takesNext(name: string, next: string | undefined): boolean {
  return next !== undefined && (/^(?:-e|-p|-pe|--eval|--print)$/.test(name) || !next.startsWith('-'));
}

/** Node splits the variable at spaces, but for those between double quotes. */
function filterNodeOptions(options: string): string {
  if (!/--(?:inspect|test|watch|experimental-test)/.test(options)) return options;
  return filterExecArgv(options.match(/(?:"(?:[^"\\]|\\.)*"|\S)+/g) ?? []).join(' ');
}
