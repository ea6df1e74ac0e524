import { NotSendableError } from '../../base/errors.ts';
import type { CaptureCycle, FunctionPort, ModuleRef } from '../ports.ts';
import { resolveBuiltin } from './builtins.ts';
import { buildByValue, isSameAgain, patchCapture } from './compile.ts';
import { describe, type DescribeOptions } from './describe.ts';
import { missingModule, resolveReference } from './load.ts';
import type { BoundFunction, Crossing, FunctionNode, ReferencedFunction, ValueFunction } from './node.ts';
import { builtFunction, ownFunction, resolveRegistered, resolveToken } from './registry.ts';
import { makeRequire } from './require-function.ts';

/** Kinds of descriptions that hold nothing which can change. */
const STABLE: ReadonlySet<FunctionNode['kind']> = new Set(['reference', 'registered', 'builtin', 'require']);

/** The packer's view of functions: one port serves one message, or many that are taken apart under the same rules. */
export class Functions implements FunctionPort {
  readonly #options: DescribeOptions;
  readonly #stable: WeakSet<Function> = new WeakSet();
  /** What was there before the message that names it: nothing is patched in it. */
  readonly #reused: WeakSet<Function> = new WeakSet();
  #isFirst = true;

  constructor(options: DescribeOptions) {
    this.#options = options;
  }

  describe(fn: Function, _at?: string): FunctionNode {
    const { by } = this.#options;
    // What the user forces is the function that was named, not what it captures: imports stay imports.
    const first = this.#isFirst;
    this.#isFirst = false;
    const node = describe(fn, first || by !== 'value' ? this.#options : { ...this.#options, by: 'auto' });
    // A text that takes nothing along is the same each time.
    if (STABLE.has(node.kind) || (node.kind === 'value' && node.captures.length === 0)) this.#stable.add(fn);
    return node;
  }

  /** Whether what this port described `fn` as stays true, so that it need not be described again: it goes by name, or captures nothing. */
  isStable(fn: Function): boolean {
    return this.#stable.has(fn);
  }

  missing(node: ReferencedFunction): ModuleRef | undefined {
    this.#refuse(node);
    return missingModule(node);
  }

  build(node: FunctionNode, cycle: CaptureCycle): Function {
    this.#refuse(node);
    switch (node.kind) {
      case 'registered':
        return resolveRegistered(node.name);
      case 'token':
        return resolveToken(node.token);
      case 'builtin':
        return resolveBuiltin(node);
      case 'require':
        return makeRequire(node);
      case 'bound':
        return bind(node);
      case 'reference':
        return resolveReference(node);
      case 'value':
        return ownFunction(node.token) ?? this.#reuse(node, cycle) ?? buildByValue(node, cycle);
    }
  }

  /** A class must be one and the same in the messages that name it: whose instances would they be otherwise? */
  #reuse(node: ValueFunction, { late }: CaptureCycle): Function | undefined {
    const built = builtFunction(node.token);
    if (!built || !isSameAgain(built, node, late)) return undefined;
    this.#reused.add(built);
    return built;
  }

  /** Built-in functions and bound ones are refused with the texts: `eval` and its like run any text. */
  #refuse(node: FunctionNode): void {
    if (this.#options.accept !== 'references' || node.kind === 'registered') return;
    // The URL of a file, because others (`data:`) are texts themselves.
    if (node.kind === 'reference' && node.url.startsWith('file:')) return;
    const name = 'name' in node ? node.name : node.kind;
    throw new NotSendableError(
      `the function '${name}' that arrived is refused: only functions by reference to a file, and registered ones, are accepted here`,
    );
  }

  patch(fn: Function, name: string, value: unknown): void {
    if (!this.#reused.has(fn)) patchCapture(fn, name, value);
  }
}

/** A port for one message. `by` forces the way of the first function that is taken apart. */
export function functionPort(options: Crossing | Partial<DescribeOptions> = 'auto'): Functions {
  return new Functions(typeof options === 'string' ? { by: options } : { ...options, by: options.by ?? 'auto' });
}

function bind({ target, boundThis, boundArgs }: BoundFunction): Function {
  if (typeof target !== 'function') throw new NotSendableError('a bound function arrived without its target');
  return Function.prototype.bind.apply(target, [boundThis, ...boundArgs]) as Function;
}
