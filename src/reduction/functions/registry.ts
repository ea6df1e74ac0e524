import { threadId } from 'node:worker_threads';

import { NotSendableError } from '../../base/errors.ts';
import { wrongRange, wrongUse } from '../../base/invalid.ts';
import { checkFunction, checkString } from '../../base/options.ts';
import { threadState } from './state.ts';

/**
 * Gives a function a name under which it travels. Both processes must register the same function under the same name, usually by
 * importing the module that does; it needs neither the inspector nor a search.
 *
 * @returns The function itself.
 * @throws TypeError, RangeError when `fn` is not a function, the name is empty, or another function has it.
 */
export function register<F extends Function>(fn: F, name: string): F {
  checkFunction('register', 'fn', fn);
  checkString('register', 'name', name);
  if (name === '') throw wrongRange('register', 'name', 'a string that is not empty', name);
  const { registered, registeredNames } = threadState();
  const holder = registered.get(name);
  if (holder && holder !== fn) throw wrongUse('register', `the name '${name}' is taken by another function`);
  registered.set(name, fn);
  registeredNames.set(fn, name);
  return fn;
}

/** @throws NotSendableError when this process has not registered the name. */
export function resolveRegistered(name: string): Function {
  const fn = threadState().registered.get(name);
  if (fn) return fn;
  throw new NotSendableError(
    `cannot find the registered function '${name}' here: this process has not called register(fn, '${name}'); import the module that does (preload)`,
  );
}

/** Keeps by-value functions known while their owner (a pool) lives, so that what comes back is the very same object. */
export class TokenOwner {
  readonly #held: Set<Function> = new Set();

  /** Keeps `fn` alive, and its token valid, until {@link TokenOwner.free}. */
  hold(fn: Function): void {
    this.#held.add(fn);
  }

  get size(): number {
    return this.#held.size;
  }

  /** Lets go of all of them. */
  free(): void {
    this.#held.clear();
  }
}

const origin: string = `${process.pid}.${threadId}.${Date.now().toString(36)}`;

const forget: FinalizationRegistry<string> = new FinalizationRegistry((token: string) => {
  threadState().tokens.delete(token);
});
const forgetBuilt: FinalizationRegistry<string> = new FinalizationRegistry((token: string) => {
  const { built } = threadState();
  // Another one may have been built for it since.
  if (built.get(token)?.deref() === undefined) built.delete(token);
});

/** Who made the tokens of this thread; a token starts with it and a colon. */
export function tokenOrigin(): string {
  return origin;
}

/** The token of a function that goes by value: the one it came with, or a new one. It holds the function weakly. */
export function tokenFor(fn: Function): string {
  const state = threadState();
  const present = state.tokenOf.get(fn);
  if (present !== undefined) return present;
  const token = `${origin}:${state.nextToken++}`;
  state.tokenOf.set(fn, token);
  state.tokens.set(token, new WeakRef(fn));
  forget.register(fn, token);
  return token;
}

/** Notes that `fn` was built here for a token of another thread. */
export function adoptToken(fn: Function, token: string): void {
  const { tokenOf, built } = threadState();
  tokenOf.set(fn, token);
  built.set(token, new WeakRef(fn));
  forgetBuilt.register(fn, token);
}

/** What was built here for a token of another thread, if it is still used. */
export function builtFunction(token: string): Function | undefined {
  return threadState().built.get(token)?.deref();
}

/** The token that `fn` has, if it came or went by value before. */
export function knownToken(fn: Function): string | undefined {
  return threadState().tokenOf.get(fn);
}

/** This thread's own function of that token. */
export function ownFunction(token: string): Function | undefined {
  return threadState().tokens.get(token)?.deref();
}

/** @throws NotSendableError when it was freed. */
export function resolveToken(token: string): Function {
  const fn = ownFunction(token);
  if (fn) return fn;
  throw new NotSendableError('a function of this process came back, but it is no longer known here');
}
