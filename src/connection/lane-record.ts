import type { CompactTarget } from '../reduction/compact-target.ts';
import { giveBack } from '../reduction/loans.ts';
import { freeParcel } from '../shared-memory/parcel.ts';
import { loansBytes, readLoans } from './lane-loans.ts';
import { BYTES_PARCEL, CARRIES, PARCEL } from './lane-message.ts';

const FORM_SHIFT = 24;
const LENGTH_MASK = 0xffffff;
/** A record's header: its word with form and length, and its weight. */
export const RECORD_HEADER = 8;

export function headerOf(form: number, length: number): number {
  return length | (form << FORM_SHIFT);
}

/** Fills the place of a record that did not fit: the next one is in the next segment. */
export const END: number = headerOf(255, 0);

export function lengthOf(header: number): number {
  return header & LENGTH_MASK;
}

/** Bytes of a record. */
export function sizeOf(header: number): number {
  return RECORD_HEADER + ((lengthOf(header) + 3) & ~3);
}

export function formOf(header: number): number {
  return (header >>> FORM_SHIFT) & ~CARRIES;
}

export function isParcel(form: number): boolean {
  return form === PARCEL || form === BYTES_PARCEL;
}

export function carries(header: number): boolean {
  return ((header >>> FORM_SHIFT) & CARRIES) !== 0;
}

/** Where the payload ends of a record whose payload starts at `start`, without the list of what it carries. */
export function payloadEnd(target: CompactTarget, header: number, start: number): number {
  const end = start + lengthOf(header);
  return carries(header) ? end - loansBytes(target.view, end) : end;
}

/** Gives back what a record holds and carries that nobody will read. */
export function dropRecord(target: CompactTarget, header: number, start: number): void {
  if (isParcel(formOf(header))) freeParcel(target.view, start);
  if (carries(header)) giveBack(readLoans(target.view, start + lengthOf(header)));
}
