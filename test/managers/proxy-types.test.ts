// What the compiler knows of proxies; the suite only has to load it.
import { test } from 'node:test';
import { expectTypeOf } from 'expect-type';

import type {
  ArrayProxy,
  BaseManager,
  BaseProxy,
  DictProxy,
  ListProxy,
  ManagedMapOptions,
  ManagedPoolOptions,
  ManagedTaskOptions,
  MapOptions,
  PoolOptions,
  ProxyOf,
  QueueProxy,
  RemoteIterator,
  SetProxy,
  SyncManager,
  TaskOptions,
  ValueProxy,
} from 'manycore';

class Counter {
  #count = 0;
  label = 'counter';
  add(by: number, ...more: readonly number[]): number {
    return (this.#count += by + more.length);
  }
  async addLater(by: number): Promise<number> {
    return this.add(by);
  }
  *upTo(last: number): Generator<number, string, undefined> {
    for (let i = this.#count; i < last; i++) yield i;
    return 'end';
  }
  find(name?: string): { readonly name: string } | undefined {
    return name === undefined ? undefined : { name };
  }
}

test('proxies have the types of what they stand for', { timeout: 10_000 }, () => {
  type Proxy = ProxyOf<Counter>;
  expectTypeOf<Proxy['add']>().toEqualTypeOf<(by: number, ...more: readonly number[]) => Promise<number>>();
  expectTypeOf<Proxy['addSync']>().toEqualTypeOf<(by: number, ...more: readonly number[]) => number>();
  expectTypeOf<Proxy['addLater']>().returns.resolves.toBeNumber();
  expectTypeOf<Proxy['addLaterSync']>().returns.toBeNumber();
  expectTypeOf<Proxy['upTo']>().returns.resolves.toEqualTypeOf<RemoteIterator<number, string, undefined>>();
  expectTypeOf<Proxy['find']>().parameters.toEqualTypeOf<[name?: string | undefined]>();
  expectTypeOf<Proxy>().not.toHaveProperty('label');
  expectTypeOf<Proxy>().toExtend<BaseProxy<Counter>>();
  expectTypeOf<Proxy['live']['add']>().toEqualTypeOf<(by: number, ...more: readonly number[]) => number>();

  const create = (manager: BaseManager) => manager.create(Counter);
  expectTypeOf(create).returns.resolves.toEqualTypeOf<Proxy>();
  const made = (manager: BaseManager) => manager.create((text: string) => new Set([text]), 'x');
  expectTypeOf(made).returns.resolves.toHaveProperty('has');
  // @ts-expect-error The factory takes a text.
  expectTypeOf((manager: BaseManager) => manager.create((text: string) => new Set([text]), 1)).toBeFunction();
});

test('containers have the types of what they hold', { timeout: 10_000 }, () => {
  const dict = (manager: SyncManager) => manager.dict({ a: 1 });
  expectTypeOf(dict).returns.resolves.toEqualTypeOf<DictProxy<string, number>>();
  const list = (manager: SyncManager) => manager.list(['a']);
  expectTypeOf(list).returns.resolves.toEqualTypeOf<ListProxy<string>>();
  const set = (manager: SyncManager) => manager.set([1n]);
  expectTypeOf(set).returns.resolves.toEqualTypeOf<SetProxy<bigint>>();
  const queue = (manager: SyncManager) => manager.Queue<Date>(3);
  expectTypeOf(queue).returns.resolves.toEqualTypeOf<QueueProxy<Date>>();

  expectTypeOf<DictProxy<string, number>['get']>().returns.resolves.toEqualTypeOf<number | undefined>();
  expectTypeOf<DictProxy<string, number>['copySync']>().returns.toEqualTypeOf<Map<string, number>>();
  expectTypeOf<DictProxy<string, number>['live']>().toEqualTypeOf<Record<string, number>>();
  expectTypeOf<ListProxy<string>['live']>().toEqualTypeOf<string[]>();
  expectTypeOf<SetProxy<string>['live']>().toEqualTypeOf<Set<string>>();
  expectTypeOf<ListProxy<string>['at']>().returns.resolves.toEqualTypeOf<string | undefined>();
  expectTypeOf<ValueProxy['live']>().toEqualTypeOf<{ value: number }>();
  expectTypeOf<ArrayProxy['toArray']>().returns.resolves.toEqualTypeOf<number[]>();
  const mapped = (proxy: ListProxy<string>) => proxy.map((item, index) => item.length + index);
  expectTypeOf(mapped).returns.resolves.toEqualTypeOf<number[]>();
  const texts = (proxy: ListProxy<string | number>) => proxy.filter((item): item is string => typeof item === 'string');
  expectTypeOf(texts).returns.resolves.toEqualTypeOf<string[]>();
  const batched = (proxy: DictProxy<string, number>) => proxy.batch((d) => [d.size(), d.get('a')]);
  expectTypeOf(batched).returns.resolves.toEqualTypeOf<[number, number | undefined]>();
});

test('options of a manager’s pool are some of those of pools', { timeout: 10_000 }, () => {
  expectTypeOf<ManagedPoolOptions>().toExtend<PoolOptions>();
  expectTypeOf<ManagedTaskOptions>().toExtend<TaskOptions>();
  expectTypeOf<ManagedMapOptions>().toExtend<MapOptions>();
});
