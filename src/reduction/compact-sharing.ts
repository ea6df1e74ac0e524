/** Three numbers by which another process finds a piece of shared memory. */
export type SharedHandle = readonly [number, number, number];

/** What the `sharing` of a `CompactTarget` is: how memory that is shared travels by reference. */
export interface CompactSharing {
  /** The handle of a buffer that is shared, for one message to one receiver. */
  send(buffer: ArrayBufferLike): SharedHandle | undefined;
  /** That message is not sent after all. */
  unsend(handle: SharedHandle): void;
  /** The memory that a message carries. */
  open(handle: SharedHandle): ArrayBufferLike;
}
