import { native } from '../native/addon.ts';
import { currentKeep } from '../reduction/loans.ts';
import { SharedBlock, type BlockHandle, type BlockLife } from '../shared-memory/shared-block.ts';

/*
 * A proxy on its way counts as a reference, under a name (its ticket). Whether the message that carries it was read, thrown away,
 * or ended with its queue or its reader is known of shared objects (`reduction/loans.ts`). So the message carries one that is good
 * for nothing else, a slip: as long as it lives, the reference is on its way or arriving; when it has ended and the ticket is
 * still there, the reference is lost.
 *
 *   sender    makes the slip, says `retain` to the server, sends the message, lets go of the slip
 *   receiver  opens the slip, says `adopt` to the server, lets go of the slip when that was said
 *
 * A receiver that cannot talk to the server yet passes the slip on, and the reference with it: that is on its way as long as
 * anybody has the slip.
 */

/** What a message says of a slip. Means something in one program only. */
export interface SentSlip {
  readonly program: number;
  readonly handle: BlockHandle;
}

/** Number of the program whose memory this process shares; 0 when it shares none. */
export function programId(): number {
  return native().program()?.[2] ?? 0;
}

/**
 * Makes a slip for the message that is being written, which alone uses it; or its sender does, when that keeps what it carries.
 *
 * @throws NativeUnavailableError when the message leaves the memory of the program.
 */
export function sendSlip(): { readonly slip: SentSlip; readonly life: BlockLife } {
  const block = SharedBlock.allocate(1);
  const keep = currentKeep();
  try {
    return { slip: { program: programId(), handle: block.send() }, life: block.life };
  } finally {
    if (keep) keep.onEnd(() => block.end());
    else block.end();
  }
}

/** Whether any number of readers may open the message, none of whom ends what it counts for. */
export function isKept({ handle: [header] }: SentSlip): boolean {
  return header < 0;
}

/** The slip of a message that has arrived; of another program's there is none. */
export function openSlip(slip: SentSlip | undefined): SharedBlock | undefined {
  return slip?.program === programId() ? SharedBlock.open(slip.handle) : undefined;
}

/** A reference that has arrived, and whose server is not told yet: while its slip lives, the one who sent it counts. */
export class Arrival {
  readonly object: number;
  readonly ticket: string;
  readonly life: BlockLife;
  readonly #slip: SharedBlock;
  #uses = 1;
  #isPassedOn = false;

  constructor(object: number, ticket: string, slip: SharedBlock) {
    this.object = object;
    this.ticket = ticket;
    this.life = slip.life;
    this.#slip = slip;
  }

  /** Whether others received the slip as well: the reference is on its way until all of them have told the server. */
  get isPassedOn(): boolean {
    return this.#isPassedOn;
  }

  /** The same slip for the message that is being written. */
  passOn(): SentSlip {
    const handle = this.#slip.send();
    this.#isPassedOn = true;
    const keep = currentKeep();
    if (keep) {
      this.#uses++;
      keep.onEnd(() => this.end());
    }
    return { program: programId(), handle };
  }

  /** The server was told. */
  end(): void {
    if (--this.#uses === 0) this.#slip.end();
  }
}
