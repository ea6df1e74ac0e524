/** There was nothing to read. */
export const NOTHING: unique symbol = Symbol('nothing');

/** A message that was taken and must still be opened, which may run code of the user's. Its memory is this thread's. */
export class Received {
  readonly bytes: Uint8Array;
  readonly buffers: readonly ArrayBuffer[];

  constructor(bytes: Uint8Array, buffers: readonly ArrayBuffer[]) {
    this.bytes = bytes;
    this.buffers = buffers;
  }
}
