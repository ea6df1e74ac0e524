import { RemoteError } from '../base/errors.ts';
import type { Carrier, Loan } from './carrier.ts';
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
  hand(entry: Entry): Loan;
}

interface Way {
  readonly carrier: Carrier;
  /** Whether it leads to another program. */
  readonly isRemote: boolean;
}

export type Crossing =
  /** In the server, to or from this client. */
  | (Way & { readonly at: 'server'; readonly side: ServerSide })
  /** In a client, to or from this server. */
  | (Way & { readonly at: 'client'; readonly transport: Transport });

let current: Crossing | undefined;

export function currentCrossing(): Crossing | undefined {
  return current;
}

/** Unpacks a message. */
export function during<R>(crossing: Crossing, run: () => R): R {
  const before = current;
  current = crossing;
  try {
    return run();
  } finally {
    current = before;
  }
}

/** Packs a message. What it has lent is taken back when that fails. */
export function writing<R>(crossing: Crossing, pack: () => R): { readonly result: R; readonly lent: readonly Loan[] } {
  return crossing.carrier.write(() => during(crossing, pack));
}

/** What comes of sending a proxy of one server to another that is elsewhere. */
export function foreignProxy(): RemoteError {
  return new RemoteError('manager: a proxy of another manager cannot be sent over a socket');
}
