import type { Owner } from './call.ts';
import { methodsOf, type Methods } from './exposed.ts';
import type { TypeRule } from './type-table.ts';

/** An object of a manager. */
export class Entry {
  readonly id: number;
  readonly typeid: string;
  readonly object: unknown;
  readonly methods: Methods;
  readonly rule: TypeRule;
  /** References by client. */
  readonly holders: Map<Owner, number> = new Map();
  /** References that are on their way. */
  readonly tickets: Set<string> = new Set();
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

  /** Keeps an entry for good, whoever refers to it. */
  pin(entry: Entry, ticket: string): void {
    entry.tickets.add(ticket);
    this.#entries.set(entry.id, entry);
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
  send(entry: Entry, ticket: string): void {
    // It may have been quicker than the word about it.
    if (this.#early.delete(ticket)) return;
    this.pin(entry, ticket);
  }

  /** The reference of that name has arrived at a client, or in this server when `owner` is absent. */
  adopt(entry: Entry, ticket: string, owner?: Owner): void {
    if (owner) this.retain(entry, owner);
    if (!entry.tickets.delete(ticket)) this.#remember(ticket);
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
