/**
 * The objects of a message in the order of their numbers.
 *
 * Most are met once, so only a set is kept, at one look-up an object; numbers are counted when the first one comes again.
 */
export class Met {
  #objects = new Set<object>();
  #ids: Map<object, number> | undefined;
  /** Goes on where it stopped when more objects were added. */
  #uncounted: IterableIterator<object> | undefined;
  /** What was added since the first mark; before there is one, nothing can be taken back. */
  #journal: object[] | undefined;

  get size(): number {
    return this.#objects.size;
  }

  has(value: object): boolean {
    return this.#objects.has(value);
  }

  /** Gives an object the next number. @returns `false` when it has one. */
  add(value: object): boolean {
    const { size } = this.#objects;
    if (this.#objects.add(value).size === size) return false;
    this.#journal?.push(value);
    return true;
  }

  /** From now on, what is added can be taken back. @returns The size, for {@link Met.cut}. */
  mark(): number {
    this.#journal ??= [];
    return this.#objects.size;
  }

  /** The number of an object that has one. */
  idOf(value: object): number {
    const ids = (this.#ids ??= new Map());
    const known = ids.get(value);
    if (known !== undefined) return known;
    this.#uncounted ??= this.#objects.values();
    // Not for..of, which would end the iterator.
    for (let next = this.#uncounted.next(); next.done !== true; next = this.#uncounted.next()) {
      ids.set(next.value, ids.size);
      if (next.value === value) break;
    }
    return ids.get(value) ?? 0; // it was counted just now
  }

  /** Takes back what was added since a mark. */
  cut(size: number): void {
    while (this.#objects.size > size) {
      const last = this.#journal?.pop();
      if (last === undefined) return;
      this.#objects.delete(last);
      this.#ids?.delete(last);
    }
  }

  clear(): void {
    if (this.#objects.size === 0) return;
    this.#objects = new Set();
    this.#ids = undefined;
    this.#uncounted = undefined;
    this.#journal = undefined;
  }
}
