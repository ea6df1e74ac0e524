/*
 * A lane: records in order, written and read by any number of threads. Writers exclude each other for the time of a copy,
 * readers too; a writer and a reader never meet. Records lie in a chain of segments, which are blocks of the program's
 * heap: it grows as long as nobody reads, and what was read is given back.
 *
 *   word  0 lock of the writers     1 tail: records written     2 closed      3 head as the writers last saw it
 *         4 … 6, 8 … 10   where the next record goes: segment, position, weight of all written
 *        16 lock of the readers    17 head: records read       18 tail as the readers last saw it
 *        20 … 22, 24 … 26 where the next record lies: segment, position, weight of all read
 *
 *   record   [ bytes of the payload | form << 24 ][ weight ][ payload … ]      4-byte aligned; form 255: in the next segment
 *
 * Of each place there are two: the one that counts is that of the lowest bit of tail (head), the other is written before
 * tail (head) moves on. So each write and each read becomes true by one store, and who is killed at any instruction has
 * done all of it or nothing. Each side looks at the other's counter only when what it last saw is used up: otherwise each
 * record would cost the way of a cache line from one processor to the other. Counters run on modulo 2^32. The first segment
 * is noted with the lane's object, so that all segments end with it, and what unread records carry (`lane-end.ts`).
 */

/** Words of shared memory that a lane takes. */
export const LANE_WORDS = 32;

export const WRITERS = 0;
export const TAIL = 1;
export const IS_CLOSED = 2;
export const SEEN_HEAD = 3;
export const WRITE_PLACES = 4;
export const READERS = 16;
export const HEAD = 17;
export const SEEN_TAIL = 18;
export const READ_PLACES = 20;
/** Offsets in a place. */
export const SEGMENT = 0;
export const POSITION = 1;
export const WEIGHT = 2;
export const PLACE_WORDS = 4;
