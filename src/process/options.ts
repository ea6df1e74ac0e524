import { wrongType } from '../base/invalid.ts';
import {
  checkArray,
  checkBoolean,
  checkFunction,
  checkIterable,
  checkOneOf,
  checkOptions,
  checkString,
} from '../base/options.ts';
import type { AnyFunction } from '../base/types.ts';
import type { Profile } from './boot.ts';
import type { StartMethod } from './launch.ts';
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
  /** A start method, or a context that is bound to one. */
  readonly context?: StartMethod | { getStartMethod(): string } | undefined;
}

/** The options of any `Process`, whatever its target takes. */
export type AnyProcessOptions = Omit<ProcessOptions, 'target'> & { readonly target?: AnyFunction | undefined };

const OWNER = 'Process';
const KEYS = ['target', 'args', 'name', 'daemon', 'env', 'execArgv', 'context'] as const;
const METHODS: readonly StartMethod[] = ['spawn'];
const DEFAULT_METHOD: StartMethod = 'spawn';

/** @returns The start method that the options ask for. @throws TypeError or RangeError for the first option that is wrong. */
export function checkProcessOptions(options: AnyProcessOptions): StartMethod {
  checkOptions(OWNER, options, KEYS);
  const { target, args, name, daemon, env, execArgv, context } = options;
  if (target !== undefined) checkFunction(OWNER, 'target', target);
  if (args !== undefined) checkIterable(OWNER, 'args', args);
  if (name !== undefined) checkString(OWNER, 'name', name);
  if (daemon !== undefined) checkBoolean(OWNER, 'daemon', daemon);
  if (env !== undefined) checkEnvironment(env);
  if (execArgv !== undefined) {
    checkArray(OWNER, 'execArgv', execArgv);
    for (const [i, flag] of execArgv.entries()) checkString(OWNER, `execArgv[${i}]`, flag);
  }
  return checkMethod(context);
}

/** Takes the next number among this process's children; a child without a name is called after its class and number. */
export function freshProfile({ name, daemon }: AnyProcessOptions, className: string): Profile {
  const identity = nextIdentity();
  return {
    name: name ?? `${className || OWNER}-${identity.join(':')}`,
    identity,
    daemon: daemon ?? processState().profile.daemon,
  };
}

function checkMethod(context: ProcessOptions['context']): StartMethod {
  if (context === undefined) return DEFAULT_METHOD;
  const method = typeof context === 'object' && context !== null ? context.getStartMethod() : context;
  checkOneOf(OWNER, 'context', method, METHODS);
  return method;
}

function checkEnvironment(env: object): void {
  if (typeof env !== 'object' || env === null) throw wrongType(OWNER, 'env', 'an object', env);
  for (const [name, value] of Object.entries(env)) if (value !== undefined) checkString(OWNER, `env.${name}`, value);
}
