import { hostname } from 'node:os';
import { SharedBlock, type BlockLife } from '../../shared-memory/shared-block.ts';
import { programId } from '../slips.ts';

/** Milliseconds between two looks at what became of references that were sent. */
const LOOK_MS = 200;

interface Sent {
  readonly object: number;
  readonly ticket: string;
  readonly life: BlockLife;
}

/** How a server elsewhere knows which of its clients are processes of one program. */
export function programName(): string {
  return `${hostname()} ${programId() || process.pid}`;
}

/** References that this thread has sent to others of its program; a server elsewhere cannot see whether they arrive. */
export class SentTickets {
  readonly #sent = new Set<Sent>();
  readonly #ended: (object: number, ticket: string) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param ended Called for each that has arrived or is lost, after its receiver has told the server, if there is one. */
  constructor(ended: (object: number, ticket: string) => void) {
    this.#ended = ended;
  }

  add(sent: Sent): void {
    this.#sent.add(sent);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  clear(): void {
    this.#sent.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const sent of this.#sent) {
      if (!hasEnded(sent)) continue;
      this.#sent.delete(sent);
      this.#ended(sent.object, sent.ticket);
    }
    if (this.#sent.size === 0) this.clear();
  }
}

function hasEnded({ life }: Sent): boolean {
  try {
    return SharedBlock.hasEnded(life);
  } catch {
    // A server elsewhere asked to watch what was never there.
    return true;
  }
}
