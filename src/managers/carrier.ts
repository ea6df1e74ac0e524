import type { BlockLife } from '../shared-memory/shared-block.ts';
import { sendSlip, type SentSlip } from './slips.ts';
import type { Slip } from './transport.ts';

/*
 * Messages between a client and a server may carry references to objects of other servers. Such a reference needs no slip of its own
 * (`slips.ts`): the memory between the two, the link, is one for all. The receiver says `adopt` for what it has read before
 * it lets go of the link; so what is still on its way when the link has ended was not read, whichever side was killed, and when.
 */

/** Takes back something that a message has lent which was not sent, or not read whole. */
export type Loan = () => void;

/** A way that messages take; knows what the one that is being written has lent. */
export class Carrier {
  readonly #life: BlockLife | undefined;
  #lent: Loan[] = [];
  /** References that have come and of which their servers were not told yet. */
  #arrivals = 0;
  #whenTold: (() => void) | undefined;

  /** @param life Of the memory that the messages lie in; a socket has none. */
  constructor(life?: BlockLife) {
    this.#life = life;
  }

  /** The message that is being written has lent something. */
  lend(loan: Loan): void {
    this.#lent.push(loan);
  }

  /** What shows that a reference in the message that is being written is on its way. */
  sendReference(loan: Loan): { readonly slip?: SentSlip; readonly life: BlockLife } {
    if (!this.#life) return sendSlip();
    this.lend(loan);
    return { life: this.#life };
  }

  /** A reference has come in a message. The result ends when its server was told: until then the message counts as not read. */
  arrive(): Slip | undefined {
    if (!this.#life) return undefined;
    this.#arrivals++;
    let isTold = false;
    return {
      end: () => {
        if (isTold) return;
        isTold = true;
        if (--this.#arrivals === 0) this.#whenTold?.();
      },
    };
  }

  /** Calls `end` as soon as the servers of all references that have come were told, which may be at once. */
  whenAllTold(end: () => void): void {
    if (this.#arrivals === 0) end();
    else this.#whenTold = end;
  }

  /** Writes a message. When that fails, what it has lent is taken back. */
  write<R>(pack: () => R): { readonly result: R; readonly lent: readonly Loan[] } {
    const outer = this.#lent;
    const lent: Loan[] = [];
    this.#lent = lent;
    try {
      return { result: pack(), lent };
    } catch (error) {
      takeBack(lent);
      throw error;
    } finally {
      this.#lent = outer;
    }
  }
}

export const NOTHING_LENT: readonly Loan[] = [];

/** A message was not sent, or its receiver could not read it. */
export function takeBack(lent: readonly Loan[]): void {
  for (const loan of lent) loan();
}
