import { types } from 'node:util';

import { findBuiltin } from './builtins.ts';
import { notSendable, takeByValue } from './by-value.ts';
import { canInspect, inspect, inspectorRefusal } from './inspector.ts';
import { rememberReference } from './load.ts';
import { locate, type Located } from './locate.ts';
import { isMainUrl, mayImportMain, type MainPolicy } from './main-module.ts';
import type { Crossing, FunctionNode, ReferencedFunction } from './node.ts';
import { proveReference, proveWithoutInspector } from './reference.ts';
import { knownToken, tokenFor, type TokenOwner } from './registry.ts';
import { findRequire } from './require-function.ts';
import { threadState } from './state.ts';
import { isTestFile } from './test-files.ts';
import { NATIVE, textOf } from './text-hash.ts';

/** How a port takes functions apart. */
export interface DescribeOptions {
  /** Whether the way is free, or forced by the user; `value` counts for this function, not for what it captures. */
  readonly by: Crossing;
  /** Whether functions of the main module may travel by reference; `auto` when absent. */
  readonly main?: MainPolicy | undefined;
  /** Keeps by-value functions known; without one they are known while the program itself holds them. */
  readonly owner?: TokenOwner | undefined;
  /** {@link tokenOrigin} of the thread at the other end, when the message can only go there: its functions go back by name. */
  readonly peer?: string | undefined;
  /**
   * What is rebuilt of the functions that arrive. `all` (the default) is for channels between the processes of this program; `references`,
   * for everything else, takes only what the program registered or has in a file: a text that arrives is never run.
   */
  readonly accept?: 'all' | 'references' | undefined;
}

const proved: WeakMap<Function, ReferencedFunction> = new WeakMap();

/**
 * Decides how a function crosses, and takes it apart for that: by its registered name, as what came from the other side, as
 * something built-in, as its bound parts, by reference, or by value.
 *
 * References are remembered; what a by-value function captures is read anew at each call.
 *
 * @throws NotSendableError with the reason and the remedy.
 */
export function describe(fn: Function, options: DescribeOptions): FunctionNode {
  const name = threadState().registeredNames.get(fn);
  if (name !== undefined) return { kind: 'registered', name };
  const token = knownToken(fn);
  if (token !== undefined && options.peer !== undefined && token.startsWith(`${options.peer}:`))
    return { kind: 'token', token };
  const known = options.by === 'value' ? undefined : proved.get(fn);
  if (known && isAllowed(known.url, options)) return known;
  if (types.isProxy(fn)) throw notSendable(fn, undefined, 'it is a Proxy around a function');
  if (NATIVE.test(textOf(fn))) return describeNative(fn);
  return canInspect() ? describeUser(fn, options) : describeBlind(fn, options);
}

function describeNative(fn: Function): FunctionNode {
  const builtin = findBuiltin(fn);
  if (builtin) return builtin;
  if (!canInspect()) throw notSendable(fn, undefined, inspectorRefusal());
  const { bound } = inspect(fn);
  if (!bound) throw notSendable(fn, undefined, 'it is native code that no global or built-in module exports');
  return { kind: 'bound', ...bound };
}

function describeUser(fn: Function, options: DescribeOptions): FunctionNode {
  const located = locate(fn);
  if (located.url.startsWith('node:')) return describeInternal(fn, located);
  if (options.by !== 'value' && isAllowed(located.url, options)) {
    const reference = proveReference(fn, located);
    if (reference) return remember(fn, reference);
  }
  if (options.by === 'reference') {
    throw notSendable(fn, located, 'it is not at the top level of its module; export it, or register it with a name');
  }
  return byValue(fn, located, options);
}

/** Without the inspector only what needs no captured variables is left. */
function describeBlind(fn: Function, options: DescribeOptions): FunctionNode {
  const builtin = findBuiltin(fn);
  if (builtin) return builtin;
  const reference = options.by === 'value' ? undefined : proveWithoutInspector(fn);
  if (reference && isAllowed(reference.url, options)) return remember(fn, reference);
  return byValue(fn, undefined, options);
}

function describeInternal(fn: Function, located: Located): FunctionNode {
  const found = findBuiltin(fn) ?? findRequire(fn, located);
  if (found) return found;
  throw notSendable(fn, undefined, 'it is native code that no global or built-in module exports');
}

function byValue(fn: Function, located: Located | undefined, { owner }: DescribeOptions): FunctionNode {
  const taken = takeByValue(fn, located);
  const token = tokenFor(fn);
  owner?.hold(fn);
  return { ...taken, token };
}

function remember(fn: Function, reference: ReferencedFunction): ReferencedFunction {
  proved.set(fn, reference);
  rememberReference(reference, fn);
  return reference;
}

function isAllowed(url: string, { by, main }: DescribeOptions): boolean {
  if (!isMainUrl(url)) return by === 'reference' || !isTestFile(url);
  return mayImportMain(by === 'reference' ? 'reference' : (main ?? 'auto'));
}
