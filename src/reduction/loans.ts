import { sharedState } from '../base/globals.ts';

/*
 * A shared object that a message carries must stay until the message was read. So whoever writes the object into a message
 * counts the message as one of its users: a loan. The loans of each message are known here while it is written, so that they
 * can be given back when the message is refused half-way, thrown away, or never read.
 *
 * A message that its sender watches until nobody will read it any more (a task in a pool) lends nothing: the sender goes on using
 * what the message carries, by a {@link Keep}. So any number of readers may open it, and none of them need live to tell.
 */

/** Two numbers for each loan, which only {@link LoanKeeper} understands. */
export type Loans = readonly number[];

/** Takes a loan back. */
export type LoanKeeper = (one: number, other: number) => void;

/** What the sender of a message keeps for as long as somebody may read it. */
export class Keep {
  readonly #objects: object[] = [];
  readonly #ends: (() => void)[] = [];

  get objects(): readonly object[] {
    return this.#objects;
  }

  /** `object` stays in use. */
  hold(object: object): void {
    this.#objects.push(object);
  }

  /** Calls `end` when nobody will read the message any more. */
  onEnd(end: () => void): void {
    this.#ends.push(end);
  }

  /** Lets go of everything. */
  end(): void {
    this.#objects.length = 0;
    for (const end of this.#ends.splice(0)) end();
  }
}

/** A message that is being written. */
interface Writing {
  readonly loans: number[];
  readonly keep: Keep | undefined;
}

interface State {
  current: Writing | undefined;
  keeper: LoanKeeper | undefined;
}

// One for all copies of the library in a thread.
const state = sharedState<State>('reduction.loans.2', () => ({ current: undefined, keeper: undefined }));

export const NO_LOANS: Loans = [];

/** Says who takes loans back: whoever makes them. */
export function setLoanKeeper(keeper: LoanKeeper): void {
  state.keeper = keeper;
}

/** Notes a loan of the message that is being written; none is when a handle is made by itself. */
export function noteLoan(one: number, other: number): void {
  state.current?.loans.push(one, other);
}

/** What the sender of the message that is being written keeps; `undefined` when the message lends what it carries. */
export function currentKeep(): Keep | undefined {
  return state.current?.keep;
}

/**
 * Writes a message. What it has lent, or its sender keeps, until then is given back when that fails.
 *
 * @param keep Takes what the message carries, in place of loans.
 */
export function withLoans<R>(write: () => R, keep?: Keep): { readonly result: R; readonly loans: Loans } {
  const outer = state.current;
  const loans: number[] = [];
  state.current = { loans, keep };
  try {
    return { result: write(), loans };
  } catch (error) {
    giveBack(loans);
    keep?.end();
    throw error;
  } finally {
    state.current = outer;
  }
}

/** Ends the loans of a message that nobody will read. */
export function giveBack(loans: Loans = NO_LOANS): void {
  for (let i = 0; i + 1 < loans.length; i += 2) state.keeper?.(loans[i] ?? 0, loans[i + 1] ?? 0);
}
