/** The kinds of views on an ArrayBuffer. */

interface ViewConstructor {
  readonly BYTES_PER_ELEMENT?: number;
  readonly prototype: object;
  new (buffer: ArrayBufferLike, byteOffset: number, length?: number): ArrayBufferView;
}

/** Names of their classes. Order is the wire format. The last may be missing from this Node. */
export const VIEW_NAMES = [
  'DataView',
  'Buffer',
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
] as const;

type ViewName = (typeof VIEW_NAMES)[number];

const DATA_VIEW = 0;
const BUFFER = 1;

const constructors: readonly (ViewConstructor | undefined)[] = VIEW_NAMES.map(
  // Globals of these names are the constructors, in every Node that has them.
  (name: ViewName) => Reflect.get(globalThis, name) as ViewConstructor | undefined,
);

const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype);
const tagGetter = Object.getOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag)?.get;

/** The number of a view's kind, whatever its class; `Buffer` only when it is no subclass of it. */
export function viewKind(view: ArrayBufferView): number {
  const name: unknown = tagGetter?.call(view);
  if (name === undefined) return DATA_VIEW;
  if (name === 'Uint8Array' && Buffer.prototype.isPrototypeOf(view)) return BUFFER;
  return VIEW_NAMES.indexOf(name as ViewName); // the getter gives only these
}

const kindsByPrototype = new Map(constructors.map((constructor, kind) => [constructor?.prototype, kind]));

/** The number of the kind whose views, when they are of no subclass, have this prototype; -1: none. */
export function viewKindOf(prototype: object): number {
  return kindsByPrototype.get(prototype) ?? -1;
}

/** The prototype that a view of this kind has when it is of no subclass. */
export function viewPrototype(kind: number): object | undefined {
  return constructors[kind]?.prototype;
}

/** Bytes of one element; 1 for `DataView` and `Buffer`. */
export function elementBytes(kind: number): number {
  return kind === DATA_VIEW || kind === BUFFER ? 1 : (constructors[kind]?.BYTES_PER_ELEMENT ?? 1);
}

/** Name of the kind, for messages. */
export function viewName(kind: number): string {
  return VIEW_NAMES[kind] ?? `view of kind ${kind}`;
}

/**
 * Makes a view.
 *
 * @param length In elements (bytes for `DataView` and `Buffer`); `undefined`: to the end of the buffer, also when that moves.
 * @returns `undefined` when this Node lacks the class.
 * @throws RangeError when it does not fit the buffer.
 */
export function makeView(
  kind: number,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number | undefined,
): ArrayBufferView | undefined {
  if (kind === BUFFER) return Buffer.from(buffer, byteOffset, length);
  const constructor = constructors[kind];
  return constructor === undefined ? undefined : new constructor(buffer, byteOffset, length);
}
