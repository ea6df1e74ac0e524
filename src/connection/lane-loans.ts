import type { Loans } from '../reduction/loans.ts';

/*
 * The list of the shared objects that a message carries, at the end of its record:
 *
 *   [ payload … ][ two numbers of a loan: f64, f64 ] … [ count of loans: u32 ]
 */

const LOAN_BYTES = 16;
const COUNT_BYTES = 4;

export function writeLoans(loans: Loans): Uint8Array {
  const bytes = new Uint8Array(loans.length * 8 + COUNT_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, number] of loans.entries()) view.setFloat64(i * 8, number, true);
  view.setUint32(loans.length * 8, loans.length / 2, true);
  return bytes;
}

/** Bytes of the list at the end of a payload. */
export function loansBytes(view: DataView, end: number): number {
  return COUNT_BYTES + LOAN_BYTES * view.getUint32(end - COUNT_BYTES, true);
}

export function readLoans(view: DataView, end: number): Loans {
  const loans: number[] = [];
  for (let at = end - loansBytes(view, end); at < end - COUNT_BYTES; at += 8) loans.push(view.getFloat64(at, true));
  return loans;
}
