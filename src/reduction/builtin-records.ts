/** Classes of Node whose instances are records: all that they know stands in their fields. */
import type * as nodeFs from 'node:fs';
import { dirname } from 'node:path';
import type { BuiltinRule } from './builtin-rule.ts';

/** Fields by name, and those whose keys are symbols of Node's by what these are called. */
interface Fields {
  readonly named: Readonly<Record<string, unknown>>;
  readonly hidden: readonly (readonly [description: string, value: unknown])[];
}

const fs = (): typeof nodeFs => process.getBuiltinModule('node:fs');

/** The rules, by name of the class; an instance is made to learn the prototype and the symbols. */
export const recordRules: readonly [string, BuiltinRule][] = [
  ['Stats', recordRule(() => fs().statSync(process.execPath))],
  ['BigIntStats', recordRule(() => fs().statSync(process.execPath, { bigint: true }))],
  ['StatFs', recordRule(() => fs().statfsSync(dirname(process.execPath)))],
  ['Dirent', recordRule(makeDirent)],
  ['Url', recordRule(makeUrl)],
];

function makeDirent(): object {
  // The types hide the constructor.
  return Reflect.construct(fs().Dirent, ['name', 1, '/']) as object;
}

function makeUrl(): object {
  // Not in the types either: `parse` is for texts.
  const { Url } = process.getBuiltinModule('node:url') as unknown as { Url: new () => object };
  return new Url();
}

function recordRule(makeExample: () => object): BuiltinRule {
  let example: object | undefined;
  const find = (): object => (example ??= makeExample());
  return {
    handler: { take: takeFields, make: (fields) => makeRecord(find(), fields as Fields) }, // what `take` gave
    isOwn: (prototype) => prototype === Object.getPrototypeOf(find()),
  };
}

function takeFields(record: object): Fields {
  const hidden = Object.getOwnPropertySymbols(record).map(
    (symbol) => [symbol.description ?? '', Reflect.get(record, symbol)] as const,
  );
  return {
    named: Object.fromEntries(Object.entries(record)),
    hidden: hidden.filter(([, value]) => value !== undefined),
  };
}

function makeRecord(example: object, { named, hidden }: Fields): object {
  const record = Object.create(Object.getPrototypeOf(example)) as object;
  for (const name of Object.keys(named)) {
    Object.defineProperty(record, name, { value: named[name], writable: true, enumerable: true, configurable: true });
  }
  for (const [description, value] of hidden) {
    const symbol = Object.getOwnPropertySymbols(example).find((one) => one.description === description);
    if (symbol !== undefined) Reflect.set(record, symbol, value);
  }
  return record;
}
