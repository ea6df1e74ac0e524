/** Formatters and other objects of `Intl`, which are made anew from what they say about themselves. */
import { isDeepStrictEqual } from 'node:util';
import { NotSendableError } from '../base/errors.ts';
import type { BuiltinRule } from './builtin-rule.ts';

interface Formatter {
  resolvedOptions(): { readonly locale: string };
}

type FormatterClass = {
  readonly prototype: object;
  new (locale: string, options: object): Formatter;
};

const NAMES = [
  'Collator',
  'DateTimeFormat',
  'DisplayNames',
  'DurationFormat',
  'ListFormat',
  'NumberFormat',
  'PluralRules',
  'RelativeTimeFormat',
  'Segmenter',
] as const;

const locale: BuiltinRule = {
  handler: { take: String, make: (tag) => new Intl.Locale(String(tag)) },
  isOwn: (prototype) => prototype === Intl.Locale.prototype,
};

/** The rules, by name of the class. */
export const intlRules: readonly [string, BuiltinRule][] = [
  ['Locale', locale],
  ...NAMES.map((name): [string, BuiltinRule] => [name, formatterRule(name)]),
];

function formatterRule(name: string): BuiltinRule {
  // Some classes are younger than Node 20.
  const find = (): FormatterClass | undefined => Reflect.get(Intl, name) as FormatterClass | undefined;
  const make = (options: unknown): Formatter => {
    const Class = find();
    if (Class === undefined) throw new TypeError(`this Node has no Intl.${name}`);
    // What `take` gave.
    const resolved = options as { readonly locale: string };
    return new Class(resolved.locale, resolved);
  };
  const take = (formatter: Formatter): object => {
    const options = formatter.resolvedOptions();
    // Not every choice shows in the options in a way that can be repeated.
    if (isDeepStrictEqual(make(options).resolvedOptions(), options)) return options;
    throw new NotSendableError(
      `cannot send an Intl.${name} to another process: what it was made with cannot be read from it; make it on the other side`,
    );
  };
  // `isOwn` keeps others away from `take`.
  return {
    handler: { take, make },
    isOwn: (prototype) => find()?.prototype === prototype,
  };
}
