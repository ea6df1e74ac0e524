import type { ResourceLimits } from 'node:worker_threads';
import { wrongType } from '../base/invalid.ts';
import {
  checkArray,
  checkBoolean,
  checkFunction,
  checkIterable,
  checkNumber,
  checkOptions,
  checkString,
} from '../base/options.ts';
import type { AnyFunction } from '../base/types.ts';
import type { Profile, StartMethod } from './boot.ts';
import { methodOf, type MethodHolder } from './methods.ts';
import { moduleUrls } from './module-urls.ts';
import { nextIdentity, processState } from './state.ts';

/** What a `Process` is made of. */
export interface ProcessOptions<A extends readonly unknown[] = readonly unknown[]> {
  /** What the child runs; nothing when absent and `run` is not overridden. */
  readonly target?: ((...args: A) => unknown) | undefined;
  /** What the target is called with; any iterable is taken, and read once. */
  readonly args?: A | undefined;
  /** By default `Process-1` and so on, after the class; children of children are `Process-1:1`. */
  readonly name?: string | undefined;
  /** Whether it is ended together with this process instead of being waited for. The default is this process's own. */
  readonly daemon?: boolean | undefined;
  /** Added to the environment of this process; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Node's own arguments instead of those of this process. */
  readonly execArgv?: readonly string[] | undefined;
  /**
   * Modules that the child loads before anything else, for what they do: they register hooks of the loader, or functions by name. URLs
   * or absolute paths; children of the child load them too. By default those that this process was started with.
   */
  readonly preload?: readonly (string | URL)[] | undefined;
  /** A start method, or a context that is bound to one. */
  readonly context?: StartMethod | MethodHolder | undefined;
  /** Limits of a thread's memory, in MB; a process takes flags such as `--max-old-space-size` in its `execArgv`. */
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** The options of any `Process`, whatever its target takes. */
export type AnyProcessOptions = Omit<ProcessOptions, 'target'> & { readonly target?: AnyFunction | undefined };

const OWNER = 'Process';
const KEYS = ['target', 'args', 'name', 'daemon', 'env', 'execArgv', 'preload', 'context', 'resourceLimits'] as const;
const LIMITS = ['maxOldGenerationSizeMb', 'maxYoungGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb'] as const;

/**
 * @param bound What a class that is bound to a start method says where the options do not; checked like an option.
 * @returns The start method that the options ask for.
 * @throws TypeError or RangeError for the first option that is wrong.
 */
export function checkProcessOptions(options: AnyProcessOptions, bound?: unknown): StartMethod {
  checkOptions(OWNER, options, KEYS);
  const { target, args, name, daemon, context } = options;
  if (target !== undefined) checkFunction(OWNER, 'target', target);
  if (args !== undefined) checkIterable(OWNER, 'args', args);
  if (name !== undefined) checkString(OWNER, 'name', name);
  if (daemon !== undefined) checkBoolean(OWNER, 'daemon', daemon);
  checkSurroundings(OWNER, options);
  return methodOf(OWNER, context === undefined ? bound : context);
}

/** Takes the next number among this process's children; a child without a name is called after its class and number. */
export function freshProfile({ name, daemon }: AnyProcessOptions, className: string): Profile {
  const identity = nextIdentity();
  const { profile } = processState();
  return {
    name: name ?? `${className || OWNER}-${identity.join(':')}`,
    identity,
    daemon: daemon ?? profile.daemon,
    // Children work for the same share.
    cpus: profile.cpus,
    poolDepth: profile.poolDepth,
  };
}

/** Checks what processes, pools and executors say alike of the processes that they start. */
export function checkSurroundings(
  owner: string,
  { env, execArgv, preload, resourceLimits }: Pick<ProcessOptions, 'env' | 'execArgv' | 'preload' | 'resourceLimits'>,
): void {
  if (env !== undefined) checkEnvironment(owner, env);
  if (execArgv !== undefined) {
    checkArray(owner, 'execArgv', execArgv);
    for (const [i, flag] of execArgv.entries()) checkString(owner, `execArgv[${i}]`, flag);
  }
  if (preload !== undefined) moduleUrls(owner, 'preload', preload);
  if (resourceLimits === undefined) return;
  checkOptions(owner, resourceLimits, LIMITS, 'resourceLimits');
  for (const [name, value] of Object.entries(resourceLimits)) checkNumber(owner, `resourceLimits.${name}`, value, 0);
}

function checkEnvironment(owner: string, env: object): void {
  if (typeof env !== 'object' || env === null) throw wrongType(owner, 'env', 'an object', env);
  for (const [name, value] of Object.entries(env)) if (value !== undefined) checkString(owner, `env.${name}`, value);
}
