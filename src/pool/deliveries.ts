/** What the consumer of a stream gets next: a result, an error in its place, or the end. */
export type Delivery =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'end' };

/** How far the front may move before the array is cut: rarely enough to cost nothing. */
const CUT = 1024;

/** Results that wait for their consumer: in the order of the items, or in that of their coming. */
export class Deliveries {
  readonly #isOrdered: boolean;
  #slots: (Delivery | undefined)[] = [];
  /** Place of the next one to be taken. */
  #front = 0;
  /** Index of the item whose place is 0. */
  #base = 0;

  constructor(isOrdered: boolean) {
    this.#isOrdered = isOrdered;
  }

  put(index: number, delivery: Delivery): void {
    if (this.#isOrdered) this.#slots[index - this.#base] = delivery;
    else this.#slots.push(delivery);
  }

  take(): Delivery | undefined {
    const delivery = this.#slots[this.#front];
    if (!delivery) return undefined;
    this.#slots[this.#front++] = undefined;
    if (this.#front >= CUT) {
      this.#slots = this.#slots.slice(this.#front);
      this.#base += this.#front;
      this.#front = 0;
    }
    return delivery;
  }

  clear(): void {
    this.#slots = [];
  }
}
