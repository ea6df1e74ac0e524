import * as compact from './compact-tags.ts';
import { damaged, readCompact, setOwn } from './compact-read.ts';
import type { ReferencedFunction } from './functions/node.ts';
import { Input } from './graph-input.ts';
import * as tag from './graph-tags.ts';
import type { UnpackOptions } from './message.ts';
import { Pending } from './pending.ts';

/** Reads what begins with one tag, which is behind the cursor already. */
export type Read = (reader: GraphReader) => unknown;

/** Number of an object that has not been made: it is when something refers to it, or when its class is known. */
export const UNMADE: unique symbol = Symbol('unmade');

/** An object that is built from its parts, some of which are not there yet. */
interface Build {
  readonly pending: Pending;
  readonly run: () => unknown;
}

/** How an object is made of the parts that were read. */
export interface Recipe {
  readonly run: () => unknown;
  /** Whether it can do with parts that come later. */
  readonly eager: boolean;
}

interface Shape {
  readonly keys: readonly string[];
  /** Whether plain assignment would do something else for one of them. */
  readonly special: boolean;
}

/** What a message consists of but for its graph. */
export interface Surroundings {
  readonly buffers: readonly (ArrayBuffer | Uint8Array)[];
  readonly references: readonly ReferencedFunction[];
  readonly options: UnpackOptions;
}

/** Reads a graph of values. */
export class GraphReader extends Input {
  readonly around: Surroundings;
  /** What the value just read stands for when it is not made yet; whoever puts the value somewhere takes it from here. */
  pending: Pending | undefined;
  /** Whether code that is not the reader's runs: what it throws is passed on as it is. */
  foreign = false;
  /** Functions of the message that may be called to make its objects: those that the port built. */
  readonly callable: WeakSet<Function> = new WeakSet();
  readonly #read: readonly (Read | undefined)[];
  readonly #objects: unknown[] = [];
  readonly #shapes: Shape[] = [];
  readonly #met: Pending[] = [];
  readonly #builds: Build[] = [];
  readonly #last: (() => void)[] = [];

  constructor(bytes: Uint8Array, around: Surroundings, read: readonly (Read | undefined)[]) {
    super(bytes);
    this.around = around;
    this.#read = read;
  }

  /** The one value of the message, finished. */
  root(): unknown {
    let value = this.value();
    const pending = this.takePending();
    for (const build of this.#builds) if (!build.pending.resolved) build.pending.make(this.call(build.run));
    for (const fill of this.#last) fill();
    if (this.#met.some((met) => !met.resolved)) throw damaged('an object in it is made of itself');
    if (pending !== undefined) value = pending.value;
    return value;
  }

  /** The next value; when it is not made yet, `undefined`, and {@link GraphReader.pending} is set. */
  value(): unknown {
    const code = this.target.bytes[this.cursor.offset];
    if (code === undefined) throw damaged('it ends too early');
    if (code < tag.REFERENCE) return readCompact(this.target, this.cursor);
    this.cursor.offset++;
    switch (code) {
      case tag.REFERENCE:
        return this.#reference();
      case tag.RECORD:
      case tag.RECORD_AGAIN: {
        const record = {};
        this.#objects.push(record);
        return this.#fill(record, this.#shape(code));
      }
      case tag.LIST:
        return this.#list();
      case tag.NUMBERS:
        return this.#numbers();
      default: {
        const read = this.#read[code];
        if (read === undefined) throw damaged(`unknown kind of value ${code}`);
        return read(this);
      }
    }
  }

  /** A value that must be there. */
  madeValue(): unknown {
    const value = this.value();
    if (this.takePending() !== undefined) throw damaged('an object in it is made of itself');
    return value;
  }

  /** What the value just read stands for, if it is not made yet; forgotten by this call. */
  takePending(): Pending | undefined {
    const { pending } = this;
    this.pending = undefined;
    return pending;
  }

  /** Gives the object that is read its number. */
  register(value: unknown): number {
    return this.#objects.push(value) - 1;
  }

  /** Puts the finished object where its number was kept. */
  settle(id: number, value: unknown): void {
    this.#objects[id] = value;
  }

  /** What has a number: an object, {@link UNMADE} or a Pending. */
  object(id: number): unknown {
    return this.#objects[id];
  }

  /** Runs code that is not the reader's. */
  call<Result>(run: () => Result): Result {
    this.foreign = true;
    const result = run();
    this.foreign = false;
    return result;
  }

  /** Runs when everything else is made. */
  atLast(fill: () => void): void {
    this.#last.push(fill);
  }

  #reference(): unknown {
    const id = this.uint();
    if (id >= this.#objects.length) throw damaged('it refers to an object that is not in it');
    const object = this.#objects[id];
    if (object === UNMADE) return (this.#objects[id] = {});
    if (!(object instanceof Pending)) return object;
    if (object.resolved) return object.value;
    return this.wait(object);
  }

  /** Says that the value just read is not made yet. */
  wait(pending: Pending): undefined {
    this.#met.push(pending);
    this.pending = pending;
  }

  /**
   * Makes an object from parts that `read` reads: at once if they are all there (or if it is `eager`), else as soon as they are.
   *
   * @param read Reads the parts, and gives what makes the object of them.
   */
  build(read: (pending: Pending) => Recipe): unknown {
    const pending = new Pending();
    const id = this.register(pending);
    const before = this.#met.length;
    const { run, eager } = read(pending);
    const missing = new Set(this.#met.slice(before).filter((met) => met !== pending && !met.resolved));
    if (eager || missing.size === 0) {
      const value = this.call(run);
      this.settle(id, value);
      pending.make(value);
      return value;
    }
    let left = missing.size;
    this.#builds.push({ pending, run });
    for (const part of missing) {
      part.whenMade(() => {
        left--;
        if (left === 0 && !pending.resolved) pending.make(this.call(run));
      });
    }
    return this.wait(pending);
  }

  /** Keys and values, into an object that has its number already. */
  fields(object: object): object {
    return this.#fill(object, this.#shape(this.byte()), true);
  }

  #shape(code: number): Shape {
    if (code === tag.RECORD) {
      const count = this.count();
      const keys: string[] = [];
      for (let i = 0; i < count; i++) keys.push(this.key());
      const shape: Shape = { keys, special: keys.includes('__proto__') };
      this.#shapes.push(shape);
      return shape;
    }
    const shape = code === tag.RECORD_AGAIN ? this.#shapes[this.uint()] : undefined;
    if (shape === undefined) throw damaged('a list of keys is missing');
    return shape;
  }

  #fill(object: object, shape: Shape, inherits = false): object {
    const record = object as Record<string, unknown>; // written to by its own keys only
    const { keys } = shape;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string; // i is in bounds
      const value = this.value();
      // An inherited setter or read-only property would stand in the way of an assignment.
      if (shape.special || (inherits && key in record)) setOwn(record, key, value);
      else record[key] = value;
      if (this.pending !== undefined) this.#fillLater(record, key);
    }
    return object;
  }

  // Not inside the loops: a variable that a closure there could capture would be memory of its own for each of their turns.
  #fillLater(object: object, key: PropertyKey): void {
    this.takePending()?.whenMade((made) => setOwn(object, key, made));
  }

  #list(): unknown[] {
    const length = this.uint();
    const array = blankArray(length);
    this.#objects.push(array);
    // Presized: filled; else pushed to. Two loops, so that each knows one way of storing only.
    if (array.length === 0) return this.#pushAll(array, length);
    const { bytes } = this.target;
    for (let index = 0; index < length; index++) {
      if (bytes[this.cursor.offset] === tag.HOLES) {
        index = this.#holes(array, index, length) - 1;
        continue;
      }
      array[index] = this.value();
      if (this.pending !== undefined) this.#fillLater(array, index);
    }
    return array;
  }

  #pushAll(array: unknown[], length: number): unknown[] {
    const { bytes } = this.target;
    while (array.length < length) {
      if (bytes[this.cursor.offset] === tag.HOLES) {
        this.#holes(array, array.length, length);
        continue;
      }
      array.push(this.value());
      if (this.pending !== undefined) this.#fillLater(array, array.length - 1);
    }
    return array;
  }

  /** Steps over elements that are missing. @returns The index behind them. */
  #holes(array: unknown[], from: number, length: number): number {
    this.cursor.offset++;
    const end = Math.min(length, from + this.uint());
    // What was there before from the start is taken away, and what is behind it is not there yet.
    for (let i = from; i < end && i < array.length; i++) Reflect.deleteProperty(array, i);
    if (array.length < end) array.length = end;
    return end;
  }

  #numbers(): unknown {
    const code = this.peek();
    if (code !== compact.FLOAT64_BLOCK && code !== compact.INT32_BLOCK) throw damaged('a block of numbers is missing');
    const array = readCompact(this.target, this.cursor);
    this.#objects.push(array);
    return array;
  }
}

/**
 * An array of up to eight elements at its final size, else an empty one to push to.
 *
 * One that grows takes room for 17 elements with the first. These literals have no holes, unlike `new Array(length)`.
 */
function blankArray(length: number): unknown[] {
  const none = undefined;
  switch (length) {
    case 1:
      return [none];
    case 2:
      return [none, none];
    case 3:
      return [none, none, none];
    case 4:
      return [none, none, none, none];
    case 5:
      return [none, none, none, none, none];
    case 6:
      return [none, none, none, none, none, none];
    case 7:
      return [none, none, none, none, none, none, none];
    case 8:
      return [none, none, none, none, none, none, none, none];
    default:
      return [];
  }
}
