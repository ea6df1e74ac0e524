/**
 * A function, taken apart: what is written into a message for it, and what the receiver rebuilds it from.
 *
 * Nested values (`captures`, `boundThis` …) are part of the value graph of the message: the packer walks into them.
 */
export type FunctionNode =
  | RegisteredFunction
  | BuiltinFunction
  | RequireFunction
  | BoundFunction
  | ReferencedFunction
  | ValueFunction
  | ReturnedFunction;

/** How a user may force the way: `auto` proves a reference and falls back to by-value. */
export type Crossing = 'auto' | 'reference' | 'value';

/** Named by `register(fn, name)` in both processes. */
export interface RegisteredFunction {
  readonly kind: 'registered';
  readonly name: string;
}

/** Native code that a global path (`Math.hypot`) or a built-in module (`node:fs`, `existsSync`) reaches. */
export interface BuiltinFunction {
  readonly kind: 'builtin';
  /** `''` for globals, else a module id with the `node:` prefix. */
  readonly module: string;
  readonly path: readonly string[];
}

/** The `require` of a CommonJS module, or what `createRequire` made. */
export interface RequireFunction {
  readonly kind: 'require';
  /** File URL of the module that it resolves from. */
  readonly url: string;
}

/** `fn.bind(thisArg, ...args)`. */
export interface BoundFunction {
  readonly kind: 'bound';
  readonly target: unknown;
  readonly boundThis: unknown;
  readonly boundArgs: readonly unknown[];
}

/** A function or class that the receiver can import. */
export interface ReferencedFunction {
  readonly kind: 'reference';
  /** File URL (or other importable URL) of the defining module. */
  readonly url: string;
  /** Names from the module's exports (`via: 'exports'`) or top-level variables (`via: 'scope'`) to the function; empty for `module.exports = fn`. */
  readonly path: readonly string[];
  readonly via: 'exports' | 'scope';
  /** Whether the sender had loaded it as CommonJS. */
  readonly cjs: boolean;
  /** Hash of `Function.prototype.toString`, to notice another version of the module. */
  readonly hash: string;
  readonly name: string;
}

/** A function or class whose text and captured variables travel. */
export interface ValueFunction {
  readonly kind: 'value';
  readonly name: string;
  /** Source text, as `toString` gave it. */
  readonly text: string;
  /** A whole expression, a class expression, or only the text of a method, getter or setter. */
  readonly form: 'expression' | 'method' | 'class';
  /** URL (or path, or `''`) of the defining script, and 1-based line and column of the text in it. */
  readonly url: string;
  readonly line: number;
  readonly column: number;
  readonly strict: boolean;
  /** Whether the script is no ES module: stacks name it by path then. */
  readonly cjs: boolean;
  readonly captures: readonly Capture[];
  /** Name of the capture that a class extends, which must be there when the text runs. */
  readonly parent?: string;
  /** A name that the owner gave it, so that the owner gets its own object back when it returns. */
  readonly token: string;
}

/** A by-value function of the receiver coming home. */
export interface ReturnedFunction {
  readonly kind: 'token';
  readonly token: string;
}

/** One captured variable; a copy of its value at the time of sending. */
export interface Capture {
  /**
   * Name of the variable. Behind a mark it names a member that the function was given after it was made (`.cache`, `.prototype.area`; see
   * `members.ts`); `path=node:path` says that the variable holds an object that every process has by itself, and has no value
   * (see `builtin-objects.ts`). Receivers hand all of them back as they are.
   */
  readonly name: string;
  readonly value: unknown;
  /** Assigned somewhere inside the text: must be `let` at the receiver. */
  readonly assigned: boolean;
}
