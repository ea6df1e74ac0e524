/** Symbols that mean the same in every process: those of the language, and those of `Symbol.for`. */

const byName = new Map<string, symbol>();
const nameOf = new Map<symbol, string>();

for (const name of Object.getOwnPropertyNames(Symbol)) {
  const value: unknown = Reflect.get(Symbol, name);
  if (typeof value !== 'symbol') continue;
  byName.set(name, value);
  nameOf.set(value, name);
}

/** `iterator` for `Symbol.iterator`; `undefined` for symbols of the program's own. */
export function wellKnownName(symbol: symbol): string | undefined {
  return nameOf.get(symbol);
}

/** The language's symbol of this name. */
export function wellKnownSymbol(name: string): symbol | undefined {
  return byName.get(name);
}
