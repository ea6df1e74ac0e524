/** What the packer needs from others: functions (`functions/`), shared memory (`shared-memory/`), and classes with a rule of their own. */
import type { FunctionNode, ReferencedFunction } from './functions/node.ts';

/** A module that must be loaded before a message that names it can be unpacked. */
export interface ModuleRef {
  readonly url: string;
  readonly cjs: boolean;
  /** Name of a function that needs the module, for error messages. */
  readonly name: string;
}

/**
 * How functions (and classes, which are functions) are taken apart and rebuilt.
 *
 * By-value functions are code. A port that takes them belongs on channels that this program made itself; whoever reads from a socket,
 * or serves strangers, reads without a port (data only) or with `functionPort({ accept: 'references' })`, whose `missing` and `build` refuse
 * everything but registered functions and functions of files. The reader calls no function that no port built.
 */
export interface FunctionPort {
  /**
   * Takes a function apart. Called at most once per function and message.
   *
   * Every field of the node that is not a string, number or boolean is part of the message's graph: the packer walks into
   * it (cycles back to `fn` are allowed everywhere), so the port need not look into captured values, nor copy them.
   *
   * @param fn A function or class; never one around which a Proxy stands (those are refused before).
   * @param at Where it was found (`value.jobs[3].done`), for the message of an error.
   * @throws NotSendableError with the whole message (`cannot send function 'f' (main.ts:12:5) to another process: …`).
   */
  describe(fn: Function, at: string): FunctionNode;

  /** The module that must be loaded before `build` can find this function; `undefined` when nothing is missing. */
  missing(node: ReferencedFunction): ModuleRef | undefined;

  /**
   * Rebuilds a function, synchronously. Called once per function and message, after everything it captures was read,
   * but for the members of a cycle.
   *
   * Objects and arrays among the captured values may still be half filled when they are part of a cycle. Captured functions (and
   * whatever else is not there yet) are named in `late`: their capture's value is `undefined` now and is given by
   * `patch` before the message is handed out. `self` names the captures that are the function itself (recursion): the
   * builder binds them alone, no `patch` follows.
   */
  build(node: FunctionNode, cycle: CaptureCycle): Function;

  /** Gives the late capture `name` of `fn` (built with it in `late`) its value. */
  patch(fn: Function, name: string, value: unknown): void;
}

/** Captures of a by-value function that have no value yet when it is built. Both are empty for most functions. */
export interface CaptureCycle {
  readonly late: readonly string[];
  readonly self: readonly string[];
}

/** How memory that several processes share travels: as a handle. */
export interface SharedPort {
  /** The handle of the region behind `buffer`, as a plain value (numbers, strings, objects of them); `undefined`: not shared, copy it. */
  describe(buffer: ArrayBufferLike): unknown;
  /** The same memory in this process. Two calls with equal handles may give the same buffer. */
  open(handle: unknown): ArrayBufferLike;
}

/** How instances of one of the library's own classes travel; `plain` may be any value that can be sent, shared views included. */
export interface Handler<Instance extends object, Plain> {
  /** URL of the module that registers this handler: a receiver that has not loaded it does so first, as for a function. */
  readonly home?: string;
  take(instance: Instance): Plain;
  make(plain: Plain): Instance;
}
