/** First byte of each value of a graph; scalars have those of the compact format. A number on the wire, as there. */

/** An object that came before, by its number. */
export const REFERENCE = 32;
/** Keys, then values. */
export const RECORD = 33;
/** Number of a list of keys that came before, then values. */
export const RECORD_AGAIN = 34;
/** Length, then values and {@link HOLES}. */
export const LIST = 35;
/** Inside a list only: so many elements are missing. */
export const HOLES = 36;
/** A list of numbers; the block of the compact format follows. */
export const NUMBERS = 37;
export const MAP = 38;
export const SET = 39;
export const DATE = 40;
/** Source, flags, lastIndex. */
export const REGEXP = 41;
/** A primitive in its wrapper object. */
export const BOXED = 42;
/** Key of `Symbol.for`. */
export const SYMBOL_FOR = 43;
/** Name after `Symbol.` */
export const SYMBOL_KNOWN = 44;
/** A bigint beyond 64 bits as text. */
export const BIGINT_TEXT = 45;
/** A class (or prototype object, or null), then keys and values. */
export const INSTANCE = 46;
/** Another value, then the prototype it gets: subclasses of Map, Array, typed arrays … */
export const WITH_PROTOTYPE = 47;
/** Another value, then properties it has besides. */
export const WITH_PROPERTIES = 48;
/** Maximum length (0: fixed), then bytes. */
export const BUFFER = 49;
/** Maximum length, then a number in the list of buffers beside the message. */
export const BUFFER_BESIDE = 50;
/** Kind, byte offset, length, and the buffer as a value. */
export const VIEW = 51;
/** Handle of shared memory. */
export const BUFFER_SHARED = 52;
export const ERROR = 53;
/** Fields of a function node. */
export const FUNCTION = 54;
/** Number of a function node in the table of references. */
export const FUNCTION_REFERENCE = 55;
/** Tag of a handler and what it took. */
export const HANDLED = 56;
/** Whether to construct, a function, and its arguments. */
export const REDUCED = 57;

/** Prototype of an instance: none. */
export const PROTOTYPE_NULL = 0;
/** Prototype of an instance: the property `prototype` of the class that follows. */
export const PROTOTYPE_OF_CLASS = 1;
/** Prototype of an instance: the object that follows. */
export const PROTOTYPE_OBJECT = 2;

/** Containers inside containers, so that neither side runs out of stack. */
export const MAX_DEPTH = 1000;
