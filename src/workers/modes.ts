/** What a worker does with the payload of a task: one call with these arguments, or a call for each item. */
export const APPLY = 0;
export const MAP = 1;
export const STARMAP = 2;
export type Mode = typeof APPLY | typeof MAP | typeof STARMAP;
/** Flag beside the mode: a worker that takes long for the chunk may give the rest of it back. */
export const MAY_CUT = 16;
/** Flag beside the mode: the payload is `[what is carried, the payload]`; see `carryContext`. */
export const CARRIES = 32;
export const MODE_MASK = 15;

/** A payload as it lay in shared memory. */
export interface CellPayload {
  readonly form: number;
  readonly bytes: Uint8Array;
}
