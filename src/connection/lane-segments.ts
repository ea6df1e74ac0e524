import { sharedState } from '../base/globals.ts';
import { CompactTarget } from '../reduction/compact-target.ts';
import { Heap } from '../shared-memory/heap.ts';
import { CHUNK_BYTES, ProgramHeap } from '../shared-memory/program-heap.ts';

/*
 * Segments of lanes: blocks of the program's heap that nobody has taken, so they stay when the thread ends that made them.
 *
 *   block   [ state … 64 bytes ][ number of the next segment, bytes of this one, 0, 0 ][ records … ]
 *
 * A segment's number is the offset of its block's state in 64 bytes; it is never 0.
 */

const UNIT = 64;
const NEXT = 0;
const CAPACITY = 1;
/** Position of the first record, from the segment's start. */
export const FIRST_RECORD = 16;
/** A queue that sees little traffic takes little. */
const FIRST_BYTES = 4 << 10;
const BYTES = 64 << 10;
const MOST_KNOWN = 1024;

/** A segment as this thread sees it. */
export interface Segment {
  readonly words: Int32Array<ArrayBuffer>;
  readonly target: CompactTarget;
  /** Byte of `target` where it starts. */
  readonly start: number;
}

export class Segments {
  readonly #known = new Map<number, Segment>();
  readonly #targets = new Map<number, CompactTarget>();

  static current(): Segments {
    return sharedState('connection.segments.1', () => new Segments());
  }

  get(number: number): Segment {
    return this.#known.get(number) ?? this.#open(number);
  }

  /** Makes a segment with room for that many bytes of records. */
  allocate(byteLength: number, isFirst: boolean): number {
    const isSmall = isFirst && byteLength + FIRST_RECORD <= FIRST_BYTES;
    const block = Heap.current().allocate(isSmall ? FIRST_BYTES : BYTES);
    const number = block.stateOffset / UNIT;
    const { words, start } = this.get(number);
    words[start / 4 + NEXT] = 0;
    words[start / 4 + CAPACITY] = block.capacity;
    return number;
  }

  capacity({ words, start }: Segment): number {
    return words[start / 4 + CAPACITY] ?? 0;
  }

  next({ words, start }: Segment): number {
    return (words[start / 4 + NEXT] ?? 0) >>> 0;
  }

  link({ words, start }: Segment, next: number): void {
    words[start / 4 + NEXT] = next;
  }

  /** Makes the block of a segment usable again, by the thread that made it. */
  free(number: number): void {
    const { words, start } = this.get(number);
    Atomics.store(words, (start - UNIT) / 4, 0);
  }

  #open(number: number): Segment {
    const offset = number * UNIT;
    const chunk = Math.floor(offset / CHUNK_BYTES);
    const { words, bytes } = ProgramHeap.current().chunk(chunk);
    let target = this.#targets.get(chunk);
    if (target === undefined) this.#targets.set(chunk, (target = new CompactTarget(bytes)));
    // A queue that grew to gigabytes leaves many numbers behind.
    if (this.#known.size > MOST_KNOWN) this.#known.clear();
    const segment = { words, target, start: offset - chunk * CHUNK_BYTES + UNIT };
    this.#known.set(number, segment);
    return segment;
  }
}
