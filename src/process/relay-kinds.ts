import type { Channel } from '../connection/channel.ts';

/** Kinds of records that end in a relay (`relay.ts`); no other records are numbered so high. */

/** What the child's error stream got. */
export const NOTE = 101;
/** JSON: `[name, data]` of a service that the child needs there. */
export const SERVICE = 102;
/** From here up: for the service of the child. */
export const FOR_SERVICE = 103;

/** The child, or one of its own, asks the program's first process; the id counts the questions. Back comes {@link ANSWER}. */
export const ASK = 126;
export const ANSWER = 127;

/** Begins a service in the relay of this process, which shares no memory with its parent. */
export function askRelay(channel: Channel, name: string, data: unknown): void {
  channel.send(SERVICE, 0, { bytes: Buffer.from(JSON.stringify([name, data])), buffers: [] });
}
