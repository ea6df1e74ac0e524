import type { BlockLife } from '../../shared-memory/shared-block.ts';
import type { Owner } from './call.ts';

/**
 * Milliseconds that references on their way outlive the last client of the program that sent them: its next client may be the
 * one that receives them, and connects only then.
 */
const LINGER_MS = 10_000;

/** A reference on its way between clients of a program elsewhere. */
export interface Away {
  readonly object: number;
  readonly sender: Owner;
  /** Of what shows the program's processes that it is on its way. */
  readonly life?: BlockLife | undefined;
}

/** A program elsewhere whose processes are clients of a server. */
export interface Program {
  /** References on their way that it sent, by name. */
  readonly tickets: Map<string, Away>;
}

interface Known extends Program {
  readonly clients: Set<Owner>;
  timer: NodeJS.Timeout | undefined;
}

/**
 * The programs whose processes come over sockets.
 *
 * What they send each other is out of this server's sight. Whoever sent a reference says when it is lost; when it has ended itself,
 * the others of its program are asked to say so, and when all have ended, the reference is lost with the program.
 */
export class Programs {
  readonly #known = new Map<string, Known>();
  readonly #programs = new Map<Owner, string>();
  readonly #lose: (object: number, ticket: string) => void;
  #anonymous = 0;

  constructor(lose: (object: number, ticket: string) => void) {
    this.#lose = lose;
  }

  /** A client says which program it is of. */
  enter(owner: Owner, name: string): void {
    if (owner.isGone || this.#programs.has(owner)) return;
    const program: Known = this.#known.get(name) ?? { tickets: new Map(), clients: new Set(), timer: undefined };
    clearTimeout(program.timer);
    program.clients.add(owner);
    this.#known.set(name, program);
    this.#programs.set(owner, name);
    askToWatch(program, [owner]);
  }

  /** The program of a client; one of its own when it did not say. */
  of(owner: Owner): Program | undefined {
    this.enter(owner, `anonymous ${++this.#anonymous}`);
    return this.#known.get(this.#programs.get(owner) ?? '');
  }

  leave(owner: Owner): void {
    const name = this.#programs.get(owner);
    const program = name === undefined ? undefined : this.#known.get(name);
    if (name === undefined || !program) return;
    this.#programs.delete(owner);
    program.clients.delete(owner);
    if (program.clients.size > 0) return askToWatch(program, program.clients);
    if (program.tickets.size === 0) {
      this.#known.delete(name);
      return;
    }
    program.timer = setTimeout(() => {
      this.#known.delete(name);
      for (const [ticket, { object }] of program.tickets) this.#lose(object, ticket);
    }, LINGER_MS);
    program.timer.unref();
  }
}

/** Clients take over the references on their way whose senders have ended. To ask one twice does no harm. */
function askToWatch({ tickets }: Program, clients: Iterable<Owner>): void {
  for (const [ticket, { object, sender, life }] of tickets) {
    if (!sender.isGone || !life) continue;
    for (const client of clients) client.watch?.({ object, ticket, life });
  }
}
