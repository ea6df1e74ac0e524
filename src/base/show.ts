import type { inspect, InspectOptions } from 'node:util';

/** Known to Node by this name; the typed symbol would need an import that every child pays for. */
const SHOW = Symbol.for('nodejs.util.inspect.custom');

interface Texted {
  toString(): string;
}

/** Lets `console.log` show instances of a class as their `toString()`, and fields that a subclass has given them behind it. */
export function showAsText(prototype: object): void {
  Object.defineProperty(prototype, SHOW, { value: shown, configurable: true, writable: true });
}

function shown(this: Texted, _depth: number, options: InspectOptions, show: typeof inspect): string {
  const text = this.toString();
  return Object.keys(this).length === 0 ? text : `${text} ${show({ ...this }, options)}`;
}
