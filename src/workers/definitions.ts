import { pack, type Packed } from '../reduction/pack.ts';
import { loadModules } from '../reduction/functions/load.ts';
import { modulesOf, unpack } from '../reduction/unpack.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { warnOfLargeCaptures } from '../reduction/functions/large-captures.ts';
import { TokenOwner } from '../reduction/functions/registry.ts';
import { Keep } from '../reduction/loans.ts';
import type { AnyFunction } from '../base/types.ts';
import type { Crossing } from '../reduction/functions/node.ts';
import type { Block, Heap } from '../shared-memory/heap.ts';
import { packing } from '../shared-memory/reach.ts';
import { peekParcel, writeParcel } from '../shared-memory/parcel.ts';
import { DEFINITIONS, type WorkerMemory } from './memory.ts';

/** Not in the table of functions. */
const NOT_PLACED = -1;

/** A function as the workers of one host know it. */
export class Definition {
  /** Its number in the table of functions; -1 while it has no place there. */
  id: number = NOT_PLACED;
  readonly name: string;
  readonly packed: Packed;
  /** Where its bytes lie while it has a place. */
  blocks: readonly Block[] = [];
  /** Tasks that are on their way with it; it keeps its place before they ended. */
  users = 0;
  /** Whether it is one of many that may be forgotten as soon as nobody uses it. */
  readonly isTransient: boolean;
  /** The way that its user asked for. */
  readonly by: Crossing;
  /** How many properties the function had: one that it was given later would have to travel, too. */
  readonly members: number;
  /** Keeps its functions by value, so that they are themselves when they come back in a result. */
  readonly #owner: TokenOwner;
  /** The shared objects that it captures: every worker may read it. */
  readonly #keep: Keep | undefined;

  constructor(fn: AnyFunction, packed: Packed, { by, isTransient, owner, keep }: Kept) {
    this.by = by;
    this.name = fn.name || 'anonymous';
    this.members = Reflect.ownKeys(fn).length;
    this.packed = packed;
    this.isTransient = isTransient;
    this.#owner = owner;
    this.#keep = keep;
  }

  /** Gives its place and its memory back. */
  leave(): void {
    this.id = NOT_PLACED;
    for (const block of this.blocks) block.free();
    this.blocks = [];
  }

  /** Nobody will use it any more. */
  forget(): void {
    this.leave();
    this.#keep?.end();
    this.#owner.free();
  }
}

/** What is known of a function that was read. */
interface Kept {
  readonly by: Crossing;
  readonly isTransient: boolean;
  readonly owner: TokenOwner;
  readonly keep: Keep | undefined;
}

/**
 * The host's side of the table of functions: each function is written once, each worker reads it once.
 *
 * A function gets its place in the table when the first of its tasks goes to the workers, so that any number of them may wait.
 */
export class DefinitionWriter {
  readonly #memory: WorkerMemory;
  readonly #heap: Heap;
  readonly #leaves: boolean;
  readonly #known = new WeakMap<AnyFunction, Definition>();
  readonly #slots: (Definition | undefined)[] = [];
  #next = 0;

  /** @param leaves Whether the workers share no memory with this process. */
  constructor(memory: WorkerMemory, heap: Heap, leaves: boolean) {
    this.#memory = memory;
    this.#heap = heap;
    this.#leaves = leaves;
  }

  /**
   * The definition of `fn`, made at first use.
   *
   * A reference is remembered for ever, and so is a function by value that captures nothing; others are read anew each time, because
   * what they capture may have changed.
   *
   * @throws NotSendableError when the function cannot cross.
   */
  define(fn: AnyFunction, by: Crossing): Definition {
    const known = this.#known.get(fn);
    if (known && known.by === by && known.members === Reflect.ownKeys(fn).length) return known;
    const owner = new TokenOwner();
    const port = functionPort({ by, owner });
    const keep = this.#leaves ? undefined : new Keep();
    const name = `function '${fn.name || 'anonymous'}'`;
    const options = { name, outOfBand: Infinity, functions: port, keep };
    const packed = packing(this.#leaves, () => pack(fn, options));
    const isTransient = !port.isStable(fn);
    if (isTransient) warnOfLargeCaptures(fn, packed.bytes.byteLength);
    const made = new Definition(fn, packed, { by, isTransient, owner, keep });
    if (!isTransient) this.#known.set(fn, made);
    return made;
  }

  /**
   * Puts a definition where workers find it.
   *
   * @returns `false` when all places are taken by functions whose tasks are under way.
   * @throws An error with the system's code when there is no memory for it.
   */
  place(definition: Definition): boolean {
    if (definition.id !== NOT_PLACED) return true;
    const id = this.#freeId();
    if (id === NOT_PLACED) return false;
    definition.blocks = writeParcel(
      this.#heap,
      definition.packed,
      this.#memory.target.view,
      this.#memory.definition(id),
    );
    definition.id = id;
    this.#slots[id % DEFINITIONS] = definition;
    return true;
  }

  /** One task with it has ended. */
  release(definition: Definition): void {
    definition.users--;
    if (definition.users > 0 || !definition.isTransient) return;
    if (definition.id !== NOT_PLACED) this.#slots[definition.id % DEFINITIONS] = undefined;
    definition.forget();
  }

  /** Forgets all. No worker may live. */
  close(): void {
    for (const definition of this.#slots) definition?.forget();
    this.#slots.length = 0;
  }

  /** A number whose place in the table is free; numbers are never used twice, so that workers can remember them. */
  #freeId(): number {
    for (let i = 0; i < DEFINITIONS; i++) {
      const id = this.#next++;
      const holder = this.#slots[id % DEFINITIONS];
      if (holder && holder.users > 0) continue;
      holder?.leave();
      return id;
    }
    return NOT_PLACED;
  }
}

/** Functions that a worker remembers; one that fell out is read again. */
const REMEMBERED = 512;

/** A worker's side of the table of functions. */
export class DefinitionReader {
  readonly #memory: WorkerMemory;
  readonly #known = new Map<number, AnyFunction>();
  /** Definitions that came with a task, as this process does not see the table. */
  readonly #given = new Map<number, Uint8Array>();

  constructor(memory: WorkerMemory) {
    this.#memory = memory;
  }

  get(id: number): AnyFunction | undefined {
    return this.#known.get(id);
  }

  /** Takes a definition that came with a task. */
  give(id: number, definition: Uint8Array): void {
    if (definition.byteLength === 0) return;
    this.#given.set(id, definition);
    keepNewest(this.#given, REMEMBERED);
  }

  /**
   * Reads the definition of a function and loads the modules that it needs.
   *
   * @throws What the module throws when it is imported; RangeError-like errors when the definition is gone.
   */
  async load(id: number): Promise<AnyFunction> {
    // The host may reuse the block once the task ended, so the bytes are read before anything is awaited.
    const given = this.#given.get(id);
    const bytes = given ?? peekParcel(this.#memory.target.view, this.#memory.definition(id)).slice();
    const port = functionPort('auto');
    await loadModules(modulesOf(bytes, port));
    // A definition is always written from a function: see `DefinitionWriter.define`.
    const fn = unpack(bytes, [], { functions: port }) as AnyFunction;
    this.#given.delete(id);
    this.#known.set(id, fn);
    keepNewest(this.#known, REMEMBERED);
    return fn;
  }
}

/** Forgets what was put first into a map, or set, that holds more than `most`. */
export function keepNewest(all: Map<number, unknown> | Set<number>, most: number): void {
  if (all.size <= most) return;
  for (const oldest of all.keys()) {
    all.delete(oldest);
    return;
  }
}
