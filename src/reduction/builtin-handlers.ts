/** Which classes of the language and of Node have a rule of their own. The rules are loaded when the first instance is met. */
import { createRequire } from 'node:module';
import { classOf } from './builtin-classes.ts';
import type * as rules from './builtin-rules.ts';
import type { Handler } from './ports.ts';

const require = createRequire(import.meta.url);

/** Names of the classes of which an instance may be that has a rule; what else has such a name is found out by the rule. */
const NAMES: ReadonlySet<string> = new Set(
  `URL URLSearchParams Headers DOMException Url MIMEType SocketAddress TextEncoder Stats BigIntStats StatFs Dirent
  SecretKeyObject PublicKeyObject PrivateKeyObject X509Certificate
  Instant PlainDate PlainDateTime PlainMonthDay PlainTime PlainYearMonth ZonedDateTime Duration
  Locale Collator DateTimeFormat DisplayNames DurationFormat ListFormat NumberFormat PluralRules RelativeTimeFormat Segmenter`.split(
    /\s+/,
  ),
);

/** The rule for this very prototype. */
export function builtinHandler(
  prototype: object,
): { readonly tag: string; readonly handler: Handler<object, unknown> } | undefined {
  const name = classOf(prototype)?.name ?? '';
  if (!NAMES.has(name)) return undefined;
  const rule = load().ruleOf(name);
  return rule?.isOwn(prototype) === true ? { tag: name, handler: rule.handler } : undefined;
}

/** The rule whose tag a message names. */
export function builtinHandlerByTag(tag: string): Handler<object, unknown> | undefined {
  return NAMES.has(tag) ? load().ruleOf(tag)?.handler : undefined;
}

function load(): typeof rules {
  // What that file exports.
  return require('./builtin-rules.js') as typeof rules;
}
