import { runInThisContext } from 'node:vm';

import type { GuardState } from './guard-state.ts';

/** What the copies of this library in one thread share: a loader may compile it twice, and all must agree on who they are. */
export interface ThreadState extends GuardState {
  /** Functions by the name that `register` gave them. */
  readonly registered: Map<string, Function>;
  readonly registeredNames: WeakMap<Function, string>;
  /** By-value functions of this thread that were sent away, by token; whoever owns the message keeps them alive. */
  readonly tokens: Map<string, WeakRef<Function>>;
  /** By-value functions that came from elsewhere or went away, with the token they are known by. */
  readonly tokenOf: WeakMap<Function, string>;
  /** Functions that were built here from a text, by token, as long as somebody uses them. */
  readonly built: Map<string, WeakRef<Function>>;
  /** Functions by reference, both those that were sent and those that were found for a message. */
  readonly references: Map<string, Function>;
  /** Modules that were loaded for a message: their exports by URL. */
  readonly loaded: Map<string, unknown>;
  /** Readers of top-level variables that the epilogue of exposed modules left, by URL. */
  readonly exposed: Map<string, (name: string) => unknown>;
  /** Whether modules were loaded that nothing but the user's wish asked for: they may have registered hooks. */
  loadedAhead: boolean;
  /** Told when modules begin to be loaded for messages, and when they have been. */
  onImporting?: (isImporting: boolean) => void;
  nextToken: number;
}

const KEY = Symbol.for('manycore.functions');

/** The real global object: under a test runner that isolates files, `globalThis` is a sandbox of one file. */
export const realGlobal: Record<PropertyKey, unknown> = runInThisContext('globalThis');

/** The state of this thread; made at the first call. */
export function threadState(): ThreadState {
  const present = realGlobal[KEY];
  // The symbol is ours: only a copy of this file writes it.
  if (present !== undefined) return present as ThreadState;
  const state: ThreadState = {
    registered: new Map(),
    registeredNames: new WeakMap(),
    tokens: new Map(),
    tokenOf: new WeakMap(),
    built: new Map(),
    references: new Map(),
    loaded: new Map(),
    exposed: new Map(),
    loadedAhead: false,
    nextToken: 1,
    child: false,
    runningTasks: 0,
    importing: 0,
    guardSeen: false,
  };
  Object.defineProperty(realGlobal, KEY, { value: state });
  return state;
}
