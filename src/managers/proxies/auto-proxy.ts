import { registerHandler } from '../../reduction/handlers.ts';
import type { Handler } from '../../reduction/ports.ts';
import { BaseProxy, type AnyProxy } from './base-proxy.ts';
import { installMethods } from './install.ts';
import type { RemoteMethods } from './proxy-types.ts';
import type { Reference } from '../transport.ts';

/** A class of proxies. */
export type ProxyClass = new (reference: Reference) => BaseProxy<never, unknown>;

/** A proxy with the public methods of `T`, promised, and their blocking twins. */
export type ProxyOf<T> = BaseProxy<T> & RemoteMethods<T>;

const classes = new Map<string, ProxyClass>();

/** The class of proxies for a type of the user's, with a method for each exposed name. */
export function autoProxyClass(typeid: string, exposed: readonly string[]): ProxyClass {
  const key = JSON.stringify([typeid, exposed]);
  const known = classes.get(key);
  if (known) return known;
  const Class = class extends BaseProxy<never, unknown> {};
  Object.defineProperty(Class, 'name', { value: `${typeid}Proxy` });
  installMethods(Class, exposed);
  classes.set(key, Class);
  return Class;
}

const sendable = new WeakSet<object>();

/** Makes the instances of a class of proxies travel by `handler`, once. */
export function makeSendable(
  Class: abstract new (...args: never[]) => AnyProxy,
  tag: string,
  handler: Handler<AnyProxy, unknown>,
): void {
  if (sendable.has(Class)) return;
  sendable.add(Class);
  registerHandler(tag, Class, handler);
}
