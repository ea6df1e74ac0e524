import type { BatchRun } from './protocol.ts';
import type { SentSlip } from './slips.ts';

/** Where an object is, for a proxy: how to reach its server, and what it is there. */
export interface Reference {
  readonly transport: Transport;
  readonly id: number;
  readonly typeid: string;
  /** Names of the methods of types that are not the library's own. */
  readonly exposed: readonly string[] | undefined;
  /** Class of the proxies that the type was registered with. */
  readonly proxy: Function | undefined;
}

/** Says that a reference is on its way, for as long as it lives. */
export interface Slip {
  end(): void;
}

/** A way to a manager's server. */
export interface Transport {
  /** Name of the server: no two are alike. */
  readonly uid: string;
  /** Whether the server is in this very thread. */
  readonly isInside?: boolean;
  /** Whether it leads nowhere any more. */
  readonly hasFailed?: boolean;
  /** @throws Whatever the method throws, as itself; EOFError when the server has ended; `signal.reason`. */
  call(object: number, method: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown>;
  /** As {@link Transport.call}, but blocks the calling thread. */
  callSync(object: number, method: string, args: readonly unknown[]): unknown;
  /** Calls one after the other in one round trip. @throws What the first that fails throws; later ones are not made. */
  batch(runs: readonly BatchRun[]): Promise<readonly unknown[]>;
  batchSync(runs: readonly BatchRun[]): readonly unknown[];
  /** A proxy is gone. Never throws, never waits. */
  release(object: number): void;
  /** What a message to somebody else says of an object of this server. It counts as a reference until it arrives. */
  describe(reference: Reference): Token;
  /** A reference with this name has arrived here. `slip` came with it, and ends when the server has been told. */
  adopt(object: number, ticket: string, slip?: Slip): void;
  /** In the server itself: the object. */
  referent(): unknown;
}

/** A reference on its way in a message. Plain values, but for the class of a custom proxy. */
export interface Token {
  readonly uid: string;
  readonly id: number;
  readonly typeid: string;
  readonly exposed?: readonly string[] | undefined;
  readonly proxy?: Function | undefined;
  /** Name of the reference on its way; absent when the server has counted it for the receiver already. */
  readonly ticket?: string | undefined;
  /** Lives as long as the reference is on its way. */
  readonly slip?: SentSlip | undefined;
  /** How a process that does not know the server finds it. */
  readonly route?: unknown;
}
