import { SharedBlock, type BlockLife } from '../../shared-memory/shared-block.ts';
import type { Owner } from './call.ts';
import { methodsOf, type Methods } from './exposed.ts';
import type { Away, Program } from './programs.ts';
import type { TypeRule } from './type-table.ts';

/** How it is noticed that a reference on its way will not arrive. */
export interface UnderWay {
  /** Of its slip, in memory that this server shares. */
  readonly life?: BlockLife | undefined;
  /** The program elsewhere that it left, which says so, or ends. */
  readonly program?: Program | undefined;
  readonly away?: Omit<Away, 'object'> | undefined;
}

/** Name of a reference on its way. */
export interface TicketName {
  readonly object: number;
  readonly ticket: string;
}

/** An object of a manager. */
export class Entry {
  readonly id: number;
  readonly typeid: string;
  readonly object: unknown;
  readonly methods: Methods;
  readonly rule: TypeRule;
  /** References by client. */
  readonly holders: Map<Owner, number> = new Map();
  /** References that are on their way, by name. */
  readonly tickets: Map<string, UnderWay> = new Map();
  /** The one proxy that stands for it inside of the server. */
  proxy: object | undefined;

  constructor(id: number, typeid: string, object: unknown, rule: TypeRule) {
    this.id = id;
    this.typeid = typeid;
    this.object = object;
    this.rule = rule;
    this.methods = methodsOf(object, rule.exposed);
  }
}

/** How many names of references that arrived before it was said that they left are remembered. */
const EARLY = 4096;

/**
 * The objects that clients refer to.
 *
 * An object is in the table while a client has a reference or one is on its way. One that is only held by other objects of
 * the server is not: it lives as long as these, cycles of such objects included, and comes back when it is handed out again.
 */
export class ObjectTable {
  readonly #entries = new Map<number, Entry>();
  readonly #held = new Map<Owner, Set<Entry>>();
  readonly #early = new Set<string>();
  /** Objects of references on their way whose slips this server can see. */
  readonly #watched = new Map<string, Entry>();
  /** References on their way of which their sender says that nobody will take them, unless somebody has. */
  #doubtful: TicketName[] = [];
  #lastId = 0;

  /** How many objects clients refer to. */
  get size(): number {
    return this.#entries.size;
  }

  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** Takes an object in; it is nobody's until it is handed out. */
  make(typeid: string, object: unknown, rule: TypeRule): Entry {
    return new Entry(++this.#lastId, typeid, object, rule);
  }

  get(id: number): Entry | undefined {
    return this.#entries.get(id);
  }

  /** Counts one more reference of a client. One that is gone gets none. */
  retain(entry: Entry, owner: Owner): void {
    if (owner.isGone) return;
    entry.holders.set(owner, (entry.holders.get(owner) ?? 0) + 1);
    this.#entries.set(entry.id, entry);
    const held = this.#held.get(owner);
    if (held) held.add(entry);
    else this.#held.set(owner, new Set([entry]));
  }

  /** Takes references of a client away. */
  release(id: number, owner: Owner, count: number): void {
    const entry = this.#entries.get(id);
    const had = entry?.holders.get(owner);
    if (!entry || had === undefined) return;
    if (had > count) {
      entry.holders.set(owner, had - count);
      return;
    }
    entry.holders.delete(owner);
    this.#held.get(owner)?.delete(entry);
    this.#dropIfUnused(entry);
  }

  /** Notes that a reference is on its way. */
  send(entry: Entry, ticket: string, underWay: UnderWay): void {
    // It may have been quicker than the word about it.
    if (this.#early.delete(ticket)) return;
    entry.tickets.set(ticket, underWay);
    const { program, away } = underWay;
    if (away) program?.tickets.set(ticket, { ...away, object: entry.id });
    if (underWay.life) this.#watched.set(ticket, entry);
    this.#entries.set(entry.id, entry);
  }

  /** The reference of that name will not arrive. Whoever took it nevertheless has said so, but that may not be read yet. */
  doubt(ticket: TicketName): void {
    this.#doubtful.push(ticket);
  }

  /** References on their way whose slips have ended, or which are doubtful: they have arrived, or never will. */
  endedTickets(): readonly TicketName[] {
    const ended = this.#doubtful;
    this.#doubtful = [];
    for (const [ticket, entry] of this.#watched) {
      const life = entry.tickets.get(ticket)?.life;
      if (life && SharedBlock.hasEnded(life)) ended.push({ object: entry.id, ticket });
    }
    return ended;
  }

  /** The reference of that name will not arrive. Nothing happens when it has. */
  lose(object: number, ticket: string): void {
    const entry = this.#entries.get(object);
    if (entry && this.#take(entry, ticket)) this.#dropIfUnused(entry);
  }

  /** The reference of that name has arrived at a client, or in this server when `owner` is absent. */
  adopt(entry: Entry, ticket: string, owner?: Owner): void {
    if (owner) this.retain(entry, owner);
    if (ticket !== '' && !this.#take(entry, ticket)) this.#remember(ticket);
    this.#dropIfUnused(entry);
  }

  /** A client is gone, and so are its references. */
  drop(owner: Owner): void {
    for (const entry of this.#held.get(owner) ?? []) {
      entry.holders.delete(owner);
      this.#dropIfUnused(entry);
    }
    this.#held.delete(owner);
  }

  #take(entry: Entry, ticket: string): boolean {
    entry.tickets.get(ticket)?.program?.tickets.delete(ticket);
    this.#watched.delete(ticket);
    return entry.tickets.delete(ticket);
  }

  #remember(ticket: string): void {
    this.#early.add(ticket);
    if (this.#early.size <= EARLY) return;
    for (const oldest of this.#early) {
      this.#early.delete(oldest);
      return;
    }
  }

  #dropIfUnused(entry: Entry): void {
    if (entry.holders.size === 0 && entry.tickets.size === 0) this.#entries.delete(entry.id);
  }
}
