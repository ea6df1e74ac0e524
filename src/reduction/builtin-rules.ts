/** Rules for classes of the language and of Node that are worth sending. Globals are touched only when an instance is met: `Headers` alone costs 17 ms. */
import type * as crypto from 'node:crypto';
import type { BuiltinRule } from './builtin-rule.ts';
import { intlRules } from './builtin-intl.ts';
import { recordRules } from './builtin-records.ts';
import type { Handler } from './ports.ts';

interface ExceptionParts {
  readonly message: string;
  readonly name: string;
  readonly stack: string | undefined;
  readonly cause?: unknown;
}

interface KeyParts {
  readonly type: string;
  readonly data: Uint8Array;
}

type Class = { readonly prototype: object };

const builtin = process.getBuiltinModule;

/** A rule for the instances of one class, which `find` gives; `undefined` where this Node has none. */
function rule<Instance extends object, Plain>(
  find: () => Class | undefined,
  handler: Handler<Instance, Plain>,
): BuiltinRule {
  // `isOwn` keeps others away from `take`; `make` gets what `take` gave.
  return { handler, isOwn: (prototype) => find()?.prototype === prototype };
}

/** Values that are written as text and read back by the class. */
function textRule(name: string): BuiltinRule {
  const find = (): { readonly prototype: object; from(text: string): object } | undefined =>
    // Absent before Node 26.
    (Reflect.get(globalThis, 'Temporal') as Record<string, never> | undefined)?.[name];
  const make = (text: string): object => {
    const found = find();
    if (found === undefined) throw new TypeError(`this Node has no Temporal.${name}`);
    return found.from(text);
  };
  return rule(find, { take: String, make });
}

/** Key objects have hidden classes, one for each type. */
const keys: BuiltinRule = {
  handler: { take: takeKey, make: makeKey },
  isOwn: (prototype) => Object.prototype.isPrototypeOf.call(builtin('node:crypto').KeyObject.prototype, prototype),
};

const TEMPORAL = ['Instant', 'PlainDate', 'PlainDateTime', 'PlainMonthDay', 'PlainTime', 'PlainYearMonth', 'ZonedDateTime', 'Duration'] as const; // prettier-ignore

const rules: ReadonlyMap<string, BuiltinRule> = new Map<string, BuiltinRule>([
  ['URL', rule<URL, string>(() => URL, { take: (url) => url.href, make: (href) => new URL(href) })],
  [
    'URLSearchParams',
    rule<URLSearchParams, [string, string][]>(() => URLSearchParams, {
      take: (params) => [...params],
      make: (pairs) => new URLSearchParams(pairs),
    }),
  ],
  [
    'Headers',
    rule<Headers, [string, string][]>(() => Headers, {
      take: (headers) => [...headers],
      make: (pairs) => new Headers(pairs),
    }),
  ],
  [
    'DOMException',
    rule<DOMException, ExceptionParts>(() => DOMException, { take: takeException, make: makeException }),
  ],
  ['TextEncoder', rule(() => TextEncoder, { take: () => null, make: () => new TextEncoder() })],
  [
    'MIMEType',
    rule(() => builtin('node:util').MIMEType, {
      take: String,
      make: (text) => new (builtin('node:util').MIMEType)(text),
    }),
  ],
  [
    'SocketAddress',
    rule(() => builtin('node:net').SocketAddress, {
      take: ({
        address,
        port,
        family,
        flowlabel,
      }: {
        address: string;
        port: number;
        family: string;
        flowlabel: number;
      }) => ({
        address,
        port,
        family: family as 'ipv4' | 'ipv6',
        flowlabel,
      }),
      make: (parts) => new (builtin('node:net').SocketAddress)(parts),
    }),
  ],
  [
    'X509Certificate',
    rule<crypto.X509Certificate, Uint8Array>(() => builtin('node:crypto').X509Certificate, {
      take: (certificate) => certificate.raw,
      make: (raw) => new (builtin('node:crypto').X509Certificate)(raw),
    }),
  ],
  ['SecretKeyObject', keys],
  ['PublicKeyObject', keys],
  ['PrivateKeyObject', keys],
  ...TEMPORAL.map((name): [string, BuiltinRule] => [name, textRule(name)]),
  ...intlRules,
  ...recordRules,
]);

/** The rule for a class of this name. */
export function ruleOf(name: string): BuiltinRule | undefined {
  return rules.get(name);
}

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

function takeKey(key: crypto.KeyObject): KeyParts {
  if (key.type === 'secret') return { type: key.type, data: key.export() };
  const type = key.type === 'public' ? 'spki' : 'pkcs8';
  // Keys of these types can be exported this way, which gives a Buffer.
  return { type: key.type, data: key.export({ type: type as 'spki', format: 'der' }) };
}

function makeKey({ type, data }: KeyParts): crypto.KeyObject {
  const { createPrivateKey, createPublicKey, createSecretKey } = builtin('node:crypto');
  if (type === 'secret') return createSecretKey(data);
  const key = Buffer.from(data);
  if (type === 'public') return createPublicKey({ key, type: 'spki', format: 'der' });
  return createPrivateKey({ key, type: 'pkcs8', format: 'der' });
}
