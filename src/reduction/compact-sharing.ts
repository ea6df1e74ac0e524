/** Three numbers by which another process finds a piece of shared memory. */
export type SharedHandle = readonly [number, number, number];

/** What the `sharing` of a `CompactTarget` is: how memory that is shared travels by reference. */
export interface CompactSharing {
  /** The handle of a buffer that is shared, for one message. */
  send(buffer: ArrayBufferLike): SharedHandle | undefined;
  /** A value with the last `count` of them is written, or turned out not to be compact. */
  settle(count: number, isWritten: boolean): void;
  /** The memory that a message carries. */
  open(handle: SharedHandle): ArrayBufferLike;
}
