import type { Transport } from './transport.ts';
import type { Owner } from './server/call.ts';
import type { Entry } from './server/object-table.ts';

/*
 * For whom a message is being packed or unpacked. Both are synchronous, so one variable is enough: what a message says of an
 * object of the server depends on whether it goes to that server, comes from it, or goes to somebody else.
 */

/** The server's side of one client. */
export interface ServerSide {
  readonly uid: string;
  readonly owner: Owner;
  /** Counts a reference for the client: the answer that is being written holds it. */
  hand(entry: Entry): void;
}

export type Crossing =
  /** In the server, to or from this client. */
  | { readonly at: 'server'; readonly side: ServerSide; readonly isRemote: boolean }
  /** In a client, to or from this server. */
  | { readonly at: 'client'; readonly transport: Transport; readonly isRemote: boolean };

let current: Crossing | undefined;

export function currentCrossing(): Crossing | undefined {
  return current;
}

export function during<R>(crossing: Crossing, run: () => R): R {
  const before = current;
  current = crossing;
  try {
    return run();
  } finally {
    current = before;
  }
}
