import type { Keep, Loans } from './loans.ts';
import type { FunctionPort, SharedPort } from './ports.ts';

/** A value as bytes, plus the big buffers that travel beside them (out of band). */
export interface Packed {
  /** The message; its first byte is the {@link Format}. Belongs to the caller. */
  readonly bytes: Uint8Array;
  /** Views on the sender's memory, not copies: move their bytes before the sender can change them. */
  readonly buffers: readonly Uint8Array[];
  /** Shared objects that it carries; absent: none. */
  readonly loans?: Loans | undefined;
}

/** First byte of a message: what follows is a compact value. */
export const COMPACT = 0;
/** First byte of a message: what follows is a table of modules and a graph. */
export const GRAPH = 2;

/** Out of band from here on, unless the caller says otherwise. */
export const DEFAULT_OUT_OF_BAND = 65_536;

export interface PackOptions {
  /** What the value is called in messages, such as `argument 1 of square`. Default `value`. */
  readonly name?: string | undefined;
  /** Views and ArrayBuffers of this many bytes or more travel beside the message; `Infinity`: none. Default 64 KiB. */
  readonly outOfBand?: number | undefined;
  /** How functions and classes are taken apart; without it they are refused. */
  readonly functions?: FunctionPort | undefined;
  /** Which memory is shared, so that it travels as a handle; by default the kinds that are registered. */
  readonly shared?: SharedPort | undefined;
  /** Takes the shared objects that the message carries, which the caller keeps until nobody will read it; default: they are lent. */
  readonly keep?: Keep | undefined;
}

export interface UnpackOptions {
  readonly functions?: FunctionPort | undefined;
  readonly shared?: SharedPort | undefined;
  /** Which of the library's own classes may be made, by tag; default: all. For messages that do not come from this program. */
  readonly handlers?: ((tag: string) => boolean) | undefined;
  /** Whether views may stay on the memory of `bytes` instead of copying it out; only for callers that give that memory away. Default: copy. */
  readonly copy?: boolean | undefined;
}
