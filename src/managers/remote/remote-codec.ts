/** A serializer at work. */
export interface RemoteCodec {
  /** Its number in messages. */
  readonly code: number;
  /** @param name What is packed, in messages. @throws NotSendableError */
  pack(value: unknown, name: string): Uint8Array;
  /** As {@link RemoteCodec.pack}, for what was thrown; never fails for its sake. */
  packThrown(error: unknown): Uint8Array;
  /** @throws ManycoreError, TypeError, SyntaxError when the bytes are damaged. */
  unpack(bytes: Uint8Array): unknown;
}
