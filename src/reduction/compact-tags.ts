/** First byte of each compact value. A number on the wire because this format is measured in nanoseconds. */
export const UNDEFINED = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;
/** One signed byte. */
export const INT8 = 4;
export const INT32 = 5;
export const FLOAT64 = 6;
/** A signed 64-bit integer. */
export const BIGINT64 = 7;
/** Length as one byte, then one byte a character (Latin-1). */
export const TEXT8 = 8;
/** Length as four bytes, then one byte a character. */
export const TEXT32 = 9;
/** Length as four bytes, then two bytes a code unit: whatever Latin-1 cannot say, lone surrogates included. */
export const WIDE = 10;
/** Count as one byte, then that many values. */
export const ARRAY = 11;
/** Count as one byte, then that many pairs of key and value. A key is a length byte and Latin-1 bytes, or {@link WIDE_KEY}. */
export const OBJECT = 12;
/** Count as four bytes, then eight bytes a number. */
export const FLOAT64_BLOCK = 13;
/** Count as four bytes, then four bytes a number. */
export const INT32_BLOCK = 14;

/** Kind of view as one byte, then five numbers of eight bytes: its offset and length, and the handle of the shared memory. */
export const SHARED_VIEW = 15;
export const SHARED_VIEW_BYTES = 42;

/** Length byte of a key that follows as four bytes of length and two bytes a code unit. */
export const WIDE_KEY = 255;
/** Containers inside containers. */
export const MAX_DEPTH = 4;
/** Containers in one value: what is larger is V8's business, which is better at it. */
export const MAX_CONTAINERS = 64;
/** Entries of one container, but for arrays of numbers. */
export const MAX_ENTRIES = 255;
/** Every value asks for this much room, so that scalars and headers need one check only. */
export const SLACK = 13;
