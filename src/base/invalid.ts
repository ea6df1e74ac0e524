/** Code of every error that a wrong argument causes; these are bugs of the caller, nobody should catch them. */
export const INVALID_ARG = 'ERR_MP_INVALID_ARG';

/** A `TypeError` or `RangeError` about an argument. */
export type InvalidArgument<E extends Error> = E & { readonly code: typeof INVALID_ARG };

const LONGEST_TEXT = 60;

/** The value as it is put into a message, with its type: `` `0` (number) ``. Runs no getter and no method of the value. */
export function describe(value: unknown): string {
  if (value === null) return '`null`';
  if (value === undefined) return '`undefined`';
  return `\`${text(value)}\` (${typeof value})`;
}

function text(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value);
    case 'function':
      return `[Function ${ownName(value) || 'without a name'}]`;
    case 'object':
      return `[${kindOf(value)}]`;
    case 'bigint':
      return `${value}n`;
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}

/** Read from the prototype's own property, because a getter must not run just to print a message. */
function kindOf(value: object | null): string {
  try {
    if (Array.isArray(value)) return `Array of ${value.length}`;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === null || typeof prototype !== 'object') return 'Object';
    const maker: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    return (typeof maker === 'function' && ownName(maker)) || 'Object';
  } catch {
    return 'Object'; // A revoked proxy, or one whose trap threw: there is nothing to say about it.
  }
}

function ownName(maker: object): string {
  const name: unknown = Object.getOwnPropertyDescriptor(maker, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

/** An argument of the wrong type. `expected` is read after "to be". */
export function wrongType(owner: string, name: string, expected: string, got: unknown): InvalidArgument<TypeError> {
  return coded(new TypeError(`${owner}: expected \`${name}\` to be ${expected}, got ${describe(got)}`));
}

/** An argument of the right type with a value that is not allowed. `expected` is read after "to be". */
export function wrongRange(owner: string, name: string, expected: string, got: unknown): InvalidArgument<RangeError> {
  return coded(new RangeError(`${owner}: expected \`${name}\` to be ${expected}, got ${describe(got)}`));
}

/** A wrong use that is not about one value, with a whole sentence of its own. */
export function wrongUse(owner: string, sentence: string): InvalidArgument<TypeError> {
  return coded(new TypeError(`${owner}: ${sentence}`));
}

function coded<E extends Error>(error: E): InvalidArgument<E> {
  return Object.assign(error, { code: INVALID_ARG } as const);
}
