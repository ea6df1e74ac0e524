/** Rules for classes of Node that are worth sending. The globals are touched only when an instance is met: `Headers` alone costs 17 ms. */
import { classOf } from './builtin-classes.ts';
import type { Handler } from './ports.ts';

interface ExceptionParts {
  readonly message: string;
  readonly name: string;
  readonly stack: string | undefined;
  readonly cause?: unknown;
}

function handler<Instance extends object, Plain>(rule: Handler<Instance, Plain>): Handler<object, unknown> {
  // `builtinHandler` gives the rule for instances of its class only; `make` gets what `take` gave.
  return rule;
}

const rules: Readonly<Record<string, Handler<object, unknown>>> = {
  URL: handler<URL, string>({ take: (url) => url.href, make: (href) => new URL(href) }),
  URLSearchParams: handler<URLSearchParams, [string, string][]>({
    take: (params) => [...params],
    make: (pairs) => new URLSearchParams(pairs),
  }),
  Headers: handler<Headers, [string, string][]>({
    take: (headers) => [...headers],
    make: (pairs) => new Headers(pairs),
  }),
  DOMException: handler<DOMException, ExceptionParts>({ take: takeException, make: makeException }),
};

function takeException(error: DOMException): ExceptionParts {
  const { message, name, stack } = error;
  return Object.hasOwn(error, 'cause') ? { message, name, stack, cause: error.cause } : { message, name, stack };
}

function makeException(parts: ExceptionParts): DOMException {
  const error = new DOMException(parts.message, parts.name);
  for (const key of ['stack', 'cause'] as const) {
    if (Object.hasOwn(parts, key)) {
      Object.defineProperty(error, key, { value: parts[key], writable: true, enumerable: false, configurable: true });
    }
  }
  return error;
}

/** The rule for this very prototype. */
export function builtinHandler(
  prototype: object,
): { readonly tag: string; readonly handler: Handler<object, unknown> } | undefined {
  const constructor = classOf(prototype);
  if (constructor === undefined || !Object.hasOwn(rules, constructor.name)) return undefined;
  const rule = rules[constructor.name];
  if (rule === undefined || Reflect.get(globalThis, constructor.name) !== constructor) return undefined;
  return { tag: constructor.name, handler: rule };
}

/** The rule whose tag a message names. */
export function builtinHandlerByTag(tag: string): Handler<object, unknown> | undefined {
  return Object.hasOwn(rules, tag) ? rules[tag] : undefined;
}
