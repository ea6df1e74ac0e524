import type { CheckedWait, Deadline } from '../base/deadline.ts';
import type { Codec } from './codec.ts';
import type { LaneMessage } from './lane-message.ts';
import type { Watch } from './waitable.ts';

/** What carries the messages of a `Connection`: an end of a pipe, or a socket. */
export interface Transport {
  readonly readable: boolean;
  readonly writable: boolean;
  /** Descriptor, or -1. */
  readonly fd: number;

  /** How what is received becomes values. */
  readonly codec: Codec;

  /** Writes a value; valid until the next call. @throws NotSendableError */
  encode(value: unknown): LaneMessage;
  encodeBytes(bytes: Uint8Array): LaneMessage;
  /** A message that was just written, for as long as it is needed. */
  keep(message: LaneMessage): LaneMessage;

  /** Sends if there is room. @returns Whether it did. @throws EOFError when nobody can receive it any more. */
  send(message: LaneMessage): boolean;
  /** Waits for room. The message must be one that is kept. @returns `false` after the deadline. */
  sendLater(message: LaneMessage, wait: CheckedWait): Promise<boolean>;
  sendLaterSync(message: LaneMessage, deadline: Deadline): boolean;

  /** Takes a message, as `Lane.read`. @throws EOFError when none will come any more. */
  take(asBytes: boolean, isBlocking: boolean): unknown;
  /** Waits for a message. @returns `NOTHING` after the deadline. */
  takeLater(asBytes: boolean, wait: CheckedWait): Promise<unknown>;
  takeLaterSync(asBytes: boolean, deadline: Deadline): unknown;

  /** Whether `take` would give a message or throw. */
  isReady(): boolean;
  ready(wait: CheckedWait): Promise<boolean>;
  readySync(deadline: Deadline): boolean;
  /** As `WaitableObject.watch`. */
  watch(): Watch;

  /** How the receiver of a message gets this connection. Counts as one more holder of this end until it was opened. */
  describe(): unknown;
  close(): void;
  readonly isClosed: boolean;
}
