/** One item, as the text that travels to a worker. */
export interface Item {
  /** The path, the line, or JSON. */
  readonly text: string;
  /** Whether `text` is JSON that the worker parses. */
  readonly isJson: boolean;
  /** File it came from, or `stdin`. */
  readonly source: string;
  /** Line, from 1 (of a CSV record its last); 0 when the item is the file itself. */
  readonly line: number;
  /** Set when the item could not be read; it fails without being run. */
  readonly problem?: string;
}
