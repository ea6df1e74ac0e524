import { wrongRange, wrongType } from '../base/invalid.ts';
import { checkIterable, checkOptions } from '../base/options.ts';
import { registerHandler } from '../reduction/handlers.ts';
import { SharedMemory } from './shared-memory.ts';

/*
 *   [ magic: u32, length: u32 ][ kind: u32, offset: u32, capacity: u32, bytes in use: u32 ] …  [ data … ]
 */

const MAGIC = 0x6d634c31;
const HEADER_BYTES = 8;
const ITEM_BYTES = 16;
/** Room is given in units of this many bytes, so that every item can become a number. */
const UNIT = 8;

const KINDS = ['null', 'boolean', 'number', 'bigint', 'text', 'bytes'] as const;
type Kind = (typeof KINDS)[number];

/** What a {@link ShareableList} can hold. */
export type Shareable = string | number | bigint | boolean | null | Uint8Array;

interface Encoded {
  readonly kind: Kind;
  readonly bytes: Uint8Array;
}

/**
 * A list of fixed length in named shared memory. Its items can be changed in place, also to another type, as long as the
 * new value fits where the first one was: texts and bytes have room for a multiple of 8 bytes.
 *
 * Sendable in any message, by its name. Single reads and writes are not atomic: use a lock where two write.
 *
 * @see Python `multiprocessing.shared_memory.ShareableList`
 *
 * @example
 * ```ts
 * const list = new ShareableList(['howdy', 1.5, true, null]);
 * list.set(0, 'bye');
 * ```
 */
export class ShareableList<T extends Shareable = Shareable> implements Iterable<T> {
  /** The block that holds the list: close and unlink it when done. */
  readonly shm: SharedMemory;
  readonly #view: DataView;

  /**
   * @param sequence The items; when absent, the list of that name is attached to.
   * @param options `name`: the name of the block.
   * @throws As {@link SharedMemory}; TypeError for items that cannot be held.
   */
  constructor(sequence?: Iterable<T> | null, options: { readonly name?: string | undefined } = {}) {
    checkOptions('ShareableList', options, ['name']);
    if (sequence !== undefined && sequence !== null) checkIterable('ShareableList', 'sequence', sequence);
    const items =
      sequence === undefined || sequence === null ? undefined : Array.from(sequence, (item, i) => encode(item, i));
    this.shm = items ? create(items, options.name) : new SharedMemory(options);
    this.#view = viewOf(this.shm);
    if (items) this.#write(items);
    else if (this.#view.byteLength < HEADER_BYTES || this.#view.getUint32(0, true) !== MAGIC) throw foreign(this.shm);
  }

  get length(): number {
    return this.#view.getUint32(4, true);
  }

  /** The layout of the items: `8s` for texts and bytes of up to 8 bytes, `d` number, `q` bigint, `?` boolean, `x` null. */
  get format(): string {
    let format = '';
    for (let i = 0; i < this.length; i++) format += this.#formatAt(this.#itemAt(i, 'format'));
    return format;
  }

  /**
   * The item at an index; negative ones count from the end.
   *
   * @throws RangeError when there is none.
   */
  get(index: number): T {
    const item = this.#itemAt(index, 'get');
    const bytes = this.#bytes(item);
    const used = this.#view.getUint32(item + 12, true);
    const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    // The list holds what its type says, or a program of another type wrote to it.
    return decode(KINDS[this.#view.getUint32(item, true)] ?? 'null', bytes.subarray(0, used), data) as T;
  }

  /**
   * Changes an item in place.
   *
   * @throws RangeError when there is none at `index`, or the value needs more room than the first one; nothing changes then.
   */
  set(index: number, value: T): void {
    const item = this.#itemAt(index, 'set');
    const { kind, bytes } = encode(value, index);
    const room = this.#bytes(item);
    if (bytes.length > room.length) {
      throw wrongRange(
        'ShareableList.set',
        'value',
        `of at most ${room.length} bytes, as its place has no more`,
        value,
      );
    }
    room.set(bytes);
    this.#view.setUint32(item, KINDS.indexOf(kind), true);
    this.#view.setUint32(item + 12, bytes.length, true);
  }

  /** How many items are equal to `value`. */
  count(value: T): number {
    let count = 0;
    for (const item of this) if (isEqual(item, value)) count++;
    return count;
  }

  /** Index of the first item that is equal to `value`. @throws RangeError when there is none. */
  index(value: T): number {
    let at = 0;
    for (const item of this) {
      if (isEqual(item, value)) return at;
      at++;
    }
    throw wrongRange('ShareableList.index', 'value', 'one of the items', value);
  }

  /** Closes the block here; who made the list unlinks it. */
  [Symbol.dispose](): void {
    this.shm.close();
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }

  toString(): string {
    return `ShareableList([${[...this].map(String).join(', ')}], name='${this.shm.name}')`;
  }

  #write(items: readonly Encoded[]): void {
    let offset = HEADER_BYTES + items.length * ITEM_BYTES;
    for (const [i, { kind, bytes }] of items.entries()) {
      const item = HEADER_BYTES + i * ITEM_BYTES;
      for (const [word, value] of [KINDS.indexOf(kind), offset, roomFor(bytes), bytes.length].entries()) {
        this.#view.setUint32(item + word * 4, value, true);
      }
      this.shm.buf.set(bytes, offset);
      offset += roomFor(bytes);
    }
    this.#view.setUint32(4, items.length, true);
    this.#view.setUint32(0, MAGIC, true);
  }

  #itemAt(index: number, method: string): number {
    const { length } = this;
    const at = index < 0 ? index + length : index;
    if (Number.isInteger(at) && at >= 0 && at < length) return HEADER_BYTES + at * ITEM_BYTES;
    throw wrongRange(`ShareableList.${method}`, 'index', `an integer from ${-length} to ${length - 1}`, index);
  }

  #bytes(item: number): Uint8Array {
    const offset = this.#view.getUint32(item + 4, true);
    return this.shm.buf.subarray(offset, offset + this.#view.getUint32(item + 8, true));
  }

  #formatAt(item: number): string {
    const kind = KINDS[this.#view.getUint32(item, true)];
    if (kind === 'text' || kind === 'bytes') return `${this.#view.getUint32(item + 8, true)}s`;
    return kind === 'number' ? 'd' : kind === 'bigint' ? 'q' : kind === 'boolean' ? '?' : 'x';
  }
}

registerHandler<ShareableList, string>('shared-memory.ShareableList', ShareableList, {
  home: import.meta.url,
  take: (list) => list.shm.name,
  make: (name) => new ShareableList(undefined, { name }),
});

function create(items: readonly Encoded[], name: string | undefined): SharedMemory {
  const data = items.reduce((sum, { bytes }) => sum + roomFor(bytes), 0);
  return new SharedMemory({ name, create: true, size: HEADER_BYTES + items.length * ITEM_BYTES + data });
}

function viewOf({ buf }: SharedMemory): DataView {
  return new DataView(buf.buffer, buf.byteOffset, buf.length);
}

function roomFor(bytes: Uint8Array): number {
  return Math.max(UNIT, Math.ceil(bytes.length / UNIT) * UNIT);
}

function encode(value: unknown, index: number): Encoded {
  if (value === null) return { kind: 'null', bytes: new Uint8Array(0) };
  if (typeof value === 'string') return { kind: 'text', bytes: Buffer.from(value, 'utf8') };
  if (value instanceof Uint8Array) return { kind: 'bytes', bytes: value };
  if (typeof value === 'boolean') return { kind: 'boolean', bytes: Uint8Array.of(value ? 1 : 0) };
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  if (typeof value === 'number') {
    view.setFloat64(0, value, true);
    return { kind: 'number', bytes };
  }
  if (typeof value !== 'bigint')
    throw wrongType('ShareableList', `items[${index}]`, 'text, bytes, number, bigint, boolean or null', value);
  if (BigInt.asIntN(64, value) !== value)
    throw wrongRange('ShareableList', `items[${index}]`, 'a bigint of at most 64 bits', value);
  view.setBigInt64(0, value, true);
  return { kind: 'bigint', bytes };
}

function decode(kind: Kind, bytes: Uint8Array, data: DataView): Shareable {
  switch (kind) {
    case 'null':
      return null;
    case 'boolean':
      return data.getUint8(0) !== 0;
    case 'number':
      return data.getFloat64(0, true);
    case 'bigint':
      return data.getBigInt64(0, true);
    case 'text':
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    case 'bytes':
      return bytes.slice();
  }
}

function isEqual(one: Shareable, other: Shareable): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other) === 0;
  return one === other;
}

function foreign(memory: SharedMemory): TypeError {
  const { name } = memory;
  memory.close();
  return wrongType('ShareableList', 'name', 'the name of a list', name);
}
