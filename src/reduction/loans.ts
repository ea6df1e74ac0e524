import { sharedState } from '../base/globals.ts';

/*
 * A shared object that a message carries must stay until the message was read. So whoever writes the object into a message
 * counts the message as one of its users: a loan. The loans of each message are known here while it is written, so that they
 * can be given back when the message is refused half-way, thrown away, or never read.
 */

/** Two numbers for each loan, which only {@link LoanKeeper} understands. */
export type Loans = readonly number[];

/** Takes a loan back. */
export type LoanKeeper = (one: number, other: number) => void;

interface State {
  current: number[] | undefined;
  keeper: LoanKeeper | undefined;
}

// One for all copies of the library in a thread.
const state = sharedState<State>('reduction.loans.1', () => ({ current: undefined, keeper: undefined }));

export const NO_LOANS: Loans = [];

/** Says who takes loans back: whoever makes them. */
export function setLoanKeeper(keeper: LoanKeeper): void {
  state.keeper = keeper;
}

/** Notes a loan of the message that is being written; none is when a handle is made by itself. */
export function noteLoan(one: number, other: number): void {
  state.current?.push(one, other);
}

/** Writes a message. What it has lent until then is given back when that fails. */
export function withLoans<R>(write: () => R): { readonly result: R; readonly loans: Loans } {
  const outer = state.current;
  const loans: number[] = [];
  state.current = loans;
  try {
    return { result: write(), loans };
  } catch (error) {
    giveBack(loans);
    throw error;
  } finally {
    state.current = outer;
  }
}

/** Ends the loans of a message that nobody will read. */
export function giveBack(loans: Loans): void {
  for (let i = 0; i + 1 < loans.length; i += 2) state.keeper?.(loans[i] ?? 0, loans[i + 1] ?? 0);
}
