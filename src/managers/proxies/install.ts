import { call, callSync, type AnyProxy } from './base-proxy.ts';

/**
 * Gives a class of proxies a method for each name, and its blocking twin. What the class has itself stays.
 *
 * Its types come from an interface of the same name.
 */
export function installMethods(Class: abstract new (...args: never[]) => AnyProxy, names: readonly string[]): void {
  // Every class has one.
  const prototype = Class.prototype as object;
  for (const name of names) {
    define(prototype, name, function remote(this: AnyProxy, ...args: unknown[]) {
      return call(this, name, args);
    });
    define(prototype, `${name}Sync`, function blocking(this: AnyProxy, ...args: unknown[]) {
      return callSync(this, name, args);
    });
  }
}

function define(prototype: object, name: string, value: Function): void {
  if (name in prototype && name !== 'toString') return;
  Object.defineProperty(value, 'name', { value: name });
  Object.defineProperty(prototype, name, { value, writable: true, enumerable: false, configurable: true });
}
