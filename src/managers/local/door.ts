import { Parker } from '../../shared-memory/parker.ts';
import { SharedBlock, type BlockHandle } from '../../shared-memory/shared-block.ts';

/*
 * The well-known place of a server in shared memory, where clients hand over their links.
 *
 *   words  0 participant id of the server, 0 before it runs   1 state   2 count of links that were handed over
 *   bytes 64 …   64 places of 32 bytes: [ who fills it: i32, 1 when full: i32, handle of the link: 3 × f64 ]
 */

const SERVER = 0;
const STATE = 1;
const COUNT = 2;
const PLACES_OFFSET = 64;
const PLACES = 64;
const PLACE_WORDS = 8;
/** Second word of a place that holds a link. */
const FULL = 1;
const BYTES = PLACES_OFFSET + PLACES * PLACE_WORDS * 4;
/** Looks at one full door after the other before it is asked who stands in the way. */
const NAP_MS = 5;

/** Word 1 of a door. */
export const STARTING = 0;
export const OPEN = 1;
export const CLOSED = 2;

/** Where links to a server are handed over. */
export class Door {
  readonly #block: SharedBlock;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #doubles: Float64Array<ArrayBuffer>;
  #seen = 0;

  private constructor(block: SharedBlock) {
    this.#block = block;
    this.#words = block.words;
    this.#doubles = new Float64Array(
      block.bytes.buffer,
      block.bytes.byteOffset,
      Math.floor(block.bytes.byteLength / 8),
    );
  }

  static create(): Door {
    return new Door(SharedBlock.allocate(BYTES));
  }

  static open(handle: BlockHandle): Door {
    return new Door(SharedBlock.open(handle));
  }

  /** For one message to another process of the program. */
  send(): BlockHandle {
    return this.#block.send();
  }

  /** Participant id of the server; 0 as long as it has not begun. */
  get server(): number {
    return Atomics.load(this.#words, SERVER);
  }

  get state(): number {
    return Atomics.load(this.#words, STATE);
  }

  /** The calling thread is the server from now on. */
  attend(): void {
    Atomics.store(this.#words, SERVER, Parker.current().id);
    Atomics.store(this.#words, STATE, OPEN);
  }

  close(): void {
    Atomics.store(this.#words, STATE, CLOSED);
  }

  /** Hands a link over. Waits while the door is full, which takes the server some microseconds. */
  post(link: SharedBlock): void {
    const parker = Parker.current();
    for (;;) {
      const place = this.#claim(parker.id);
      if (place < 0) {
        // A server that does not run yet takes nothing; whoever starts it waits until it does.
        parker.registry.wake(this.server);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, NAP_MS);
        this.#freeDeadPlaces();
        continue;
      }
      const [header, data, byteLength] = link.send();
      for (const [index, part] of [header, data, byteLength].entries()) this.#doubles[place / 2 + 1 + index] = part;
      Atomics.store(this.#words, place + 1, FULL);
      Atomics.add(this.#words, COUNT, 1);
      parker.registry.wake(this.server);
      return;
    }
  }

  /** Takes all links that were handed over. One load when there is none. */
  take(found: (link: BlockHandle) => void): void {
    const count = Atomics.load(this.#words, COUNT);
    if (count === this.#seen) return;
    this.#seen = count;
    this.#takeAll(found);
  }

  /**
   * The server has ended: links that it has not taken lead nowhere. Any client may say so.
   *
   * @param own The caller's link, which it ends itself.
   */
  abandon(own: SharedBlock): void {
    this.#takeAll((handle) => {
      const link = SharedBlock.open(handle);
      if (link !== own) link.end();
    });
  }

  #takeAll(found: (link: BlockHandle) => void): void {
    for (let i = 0; i < PLACES; i++) {
      const place = placeOf(i);
      if (Atomics.load(this.#words, place + 1) !== FULL) continue;
      const at = place / 2 + 1;
      const handle: BlockHandle = [this.#doubles[at] ?? 0, this.#doubles[at + 1] ?? 0, this.#doubles[at + 2] ?? 0];
      if (Atomics.compareExchange(this.#words, place + 1, FULL, 0) !== FULL) continue;
      Atomics.store(this.#words, place, 0);
      found(handle);
    }
  }

  #claim(id: number): number {
    for (let i = 0; i < PLACES; i++) {
      const place = placeOf(i);
      if (Atomics.compareExchange(this.#words, place, 0, id) === 0) return place;
    }
    return -1;
  }

  /** A client that was killed between two steps of handing over holds its place for nobody. */
  #freeDeadPlaces(): void {
    const { registry } = Parker.current();
    for (let i = 0; i < PLACES; i++) {
      const place = placeOf(i);
      const holder = Atomics.load(this.#words, place);
      if (holder === 0 || Atomics.load(this.#words, place + 1) === FULL || registry.isAlive(holder)) continue;
      Atomics.compareExchange(this.#words, place, holder, 0);
    }
  }
}

/** First word of a place. */
function placeOf(index: number): number {
  return PLACES_OFFSET / 4 + index * PLACE_WORDS;
}
