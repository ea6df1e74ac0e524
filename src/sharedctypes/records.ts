import { registerHandler, sendAs, standInOf } from '../reduction/handlers.ts';
import type { Holdable } from '../synchronize/holdable.ts';
import { checkInteger } from '../base/options.ts';
import { wrongType } from '../base/invalid.ts';
import { allocate } from './memory.ts';
import { type Fields, type RecordOf, Struct } from './struct.ts';

type AnyRecord = RecordOf<Fields>;

/** Records one behind the other in shared memory. */
export class Records {
  readonly type: Struct<Fields>;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lock: Holdable | undefined;
  readonly #made: AnyRecord[] = [];

  constructor(type: Struct<Fields>, bytes: Uint8Array<ArrayBuffer>, lock: Holdable | undefined) {
    this.type = type;
    this.bytes = bytes;
    this.lock = lock;
  }

  static create(owner: string, type: Struct<Fields>, init: unknown, lock?: Holdable): Records {
    const values = listOf(owner, init);
    const length = typeof values === 'number' ? values : values.length;
    const byteLength = length * type.byteLength;
    const records = new Records(type, new Uint8Array(allocate(owner, byteLength), 0, byteLength), lock);
    if (typeof values !== 'number')
      for (const [i, value] of values.entries()) type.fill(records.at(i), value as object);
    return records;
  }

  get length(): number {
    return this.bytes.length / this.type.byteLength;
  }

  /** The record at an index that is in bounds; made at first use. */
  at(index: number): AnyRecord {
    const { byteLength } = this.type;
    return (this.#made[index] ??= this.type.at(this.bytes.subarray(index * byteLength, (index + 1) * byteLength)));
  }

  /** The array that users see: an array of records whose length is fixed. */
  proxy(): AnyRecord[] {
    const methods = this.#methods();
    const proxy = new Proxy<AnyRecord[]>([], {
      get: (target, key) => {
        const index = indexOf(key);
        if (index >= 0) return index < this.length ? this.at(index) : undefined;
        if (key === 'length') return this.length;
        return methods.get(key) ?? Reflect.get(target, key, proxy);
      },
      set: (_target, key, value: object) => {
        const index = indexOf(key);
        if (index < 0 || index >= this.length) return false;
        this.type.fill(this.at(index), value);
        return true;
      },
      has: (target, key) =>
        indexOf(key) >= 0 ? indexOf(key) < this.length : methods.has(key) || Reflect.has(target, key),
    });
    sendAs(proxy, this);
    return proxy;
  }

  #methods(): Map<PropertyKey, unknown> {
    const { lock } = this;
    if (lock === undefined) return new Map();
    const raw = new Records(this.type, this.bytes, undefined);
    return new Map<PropertyKey, unknown>([
      ['getLock', () => lock],
      ['getObj', () => raw.proxy()],
    ]);
  }
}

registerHandler<Records, Parts>('sharedctypes.Records', Records, {
  home: import.meta.url,
  take: ({ type, bytes, lock }) => ({ fields: type.fields, bytes, lock }),
  // What the class stands for is the array.
  make: ({ fields, bytes, lock }) => new Records(Struct(fields), bytes, lock).proxy() as never,
});

interface Parts {
  readonly fields: Fields;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lock: Holdable | undefined;
}

/** A copy of an array of records; `undefined` for what is none. */
export function copyRecords(array: object, allocateBytes: (byteLength: number) => ArrayBuffer): object | undefined {
  const records = standInOf(array);
  if (!(records instanceof Records)) return undefined;
  const { type, bytes } = records;
  const other = new Uint8Array(allocateBytes(bytes.length), 0, bytes.length);
  other.set(bytes);
  return new Records(type, other, undefined).proxy();
}

function indexOf(key: PropertyKey): number {
  return typeof key === 'string' && /^\d+$/.test(key) ? Number(key) : -1;
}

function listOf(owner: string, init: unknown): number | readonly unknown[] {
  if (typeof init === 'number') {
    checkInteger(owner, 'init', init, 0);
    return init;
  }
  if (typeof init === 'object' && init !== null && Symbol.iterator in init)
    return Array.from(init as Iterable<unknown>); // looked at just now
  throw wrongType(owner, 'init', 'a size or an iterable of records', init);
}
