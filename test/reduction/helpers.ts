import { pack, type PackOptions } from '#internal/reduction/pack.js';
import { unpack, type UnpackOptions } from '#internal/reduction/unpack.js';

/** As a message travels: bytes beside it are copied once. */
export function roundTrip(value: unknown, options: PackOptions & UnpackOptions = {}): unknown {
  const packed = pack(value, options);
  return unpack(
    packed.bytes,
    packed.buffers.map((buffer) => new Uint8Array(buffer).buffer),
    options,
  );
}

/** The message of the error that something throws. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MP_NOT_SENDABLE') return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** A port for functions that are known by name on both sides; `value` ones capture what `captures` says. */
export function registry(...known: readonly Function[]): NonNullable<PackOptions['functions']> {
  return {
    describe: (fn) => ({ kind: 'registered', name: fn.name }),
    missing: () => undefined,
    build: (node) => {
      const found = node.kind === 'registered' ? known.find((fn) => fn.name === node.name) : undefined;
      if (found === undefined) throw new Error('not known');
      return found;
    },
    patch: () => undefined,
  };
}
