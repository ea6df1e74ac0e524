// oxlint-disable typescript/no-unsafe-declaration-merging -- `installMethods` defines what the interfaces declare.
import { ManagedDict } from '../objects/managed-dict.ts';
import { ManagedList } from '../objects/managed-list.ts';
import { ManagedNamespace } from '../objects/managed-namespace.ts';
import { ManagedSet } from '../objects/managed-set.ts';
import { ManagedArray, ManagedValue } from '../objects/managed-value.ts';
import { publicNames } from '../server/exposed.ts';
import { BaseProxy, call, type AnyProxy } from './base-proxy.ts';
import { installMethods } from './install.ts';
import { LIVE_KIND, type LiveKind } from './marks.ts';
import type { Blocking, Remote, RemoteIterator } from './proxy-types.ts';
import { type ForEach, installForEach, installListReading, type ListReading } from './reading.ts';

/** Steps through an iterator of the server. */
async function* stepThrough<Y>(started: Promise<unknown>): AsyncGenerator<Y> {
  yield* (await started) as RemoteIterator<Y>; // the proxy of an iterator
}

async function* elementsOf<T>(proxy: AnyProxy): AsyncGenerator<T> {
  for (let index = 0; ; index++) {
    const found = (await call(proxy, 'item', [index])) as [T] | []; // see `item` of lists
    if (found.length === 0) return;
    yield found[0];
  }
}

/** Proxy of a dict: a Map that several processes share. `for await` gives entries, and an error when the size changes meanwhile. */
export class DictProxy<K = unknown, V = unknown> extends BaseProxy<ManagedDict<K, V>, Record<string, V>> {
  [Symbol.asyncIterator](): AsyncGenerator<[K, V]> {
    return stepThrough(call(this, 'iterate', []));
  }
}
export interface DictProxy<K = unknown, V = unknown>
  extends Remote<ManagedDict<K, V>>, Blocking<ManagedDict<K, V>>, ForEach<K, V, Map<K, V>> {}

/** Proxy of a list: an array that several processes share. `for await` sees what is added meanwhile. */
export class ListProxy<T = unknown> extends BaseProxy<ManagedList<T>, T[]> {
  [Symbol.asyncIterator](): AsyncGenerator<T> {
    return elementsOf(this);
  }
}
export interface ListProxy<T = unknown> extends Remote<ManagedList<T>>, Blocking<ManagedList<T>>, ListReading<T> {}

/** Proxy of a set. `for await` ends with an error when the size changes meanwhile. */
export class SetProxy<T = unknown> extends BaseProxy<ManagedSet<T>, Set<T>> {
  [Symbol.asyncIterator](): AsyncGenerator<T> {
    return stepThrough(call(this, 'iterate', []));
  }
}
export interface SetProxy<T = unknown> extends Remote<ManagedSet<T>>, Blocking<ManagedSet<T>>, ForEach<T, T, Set<T>> {}

/** Proxy of named attributes. Through `live`, names that start with an underscore stay local. */
export class NamespaceProxy extends BaseProxy<ManagedNamespace, Record<string, unknown>> {}
export interface NamespaceProxy extends Remote<ManagedNamespace>, Blocking<ManagedNamespace> {}

/** Proxy of one value. */
export class ValueProxy<T = number> extends BaseProxy<ManagedValue<T>, { value: T }> {}
export interface ValueProxy<T = number> extends Remote<ManagedValue<T>>, Blocking<ManagedValue<T>> {}

/** Proxy of numbers of one type. */
export class ArrayProxy<T = number> extends BaseProxy<ManagedArray<T>, T[]> {
  [Symbol.asyncIterator](): AsyncGenerator<T> {
    return elementsOf(this);
  }
}
export interface ArrayProxy<T = number> extends Remote<ManagedArray<T>>, Blocking<ManagedArray<T>>, ListReading<T> {}

function setUp(
  Proxy: abstract new (...args: never[]) => AnyProxy,
  Managed: { readonly prototype: object },
  kind: LiveKind,
): void {
  installMethods(Proxy, publicNames(Managed.prototype));
  Object.defineProperty(Proxy.prototype as object, LIVE_KIND, { value: kind });
}

setUp(DictProxy, ManagedDict, 'dict');
setUp(ListProxy, ManagedList, 'list');
setUp(SetProxy, ManagedSet, 'set');
setUp(NamespaceProxy, ManagedNamespace, 'namespace');
setUp(ValueProxy, ManagedValue, 'value');
setUp(ArrayProxy, ManagedArray, 'list');
installForEach(DictProxy, Map);
installForEach(SetProxy, Set);
installListReading(ListProxy);
installListReading(ArrayProxy);
