/** What every waiting call accepts. */
export interface WaitOptions {
  /** Milliseconds. `undefined` waits for ever, `0` or less only looks. */
  readonly timeout?: number | undefined;
  /** Ends the wait early: the call rejects with `signal.reason` and took nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** What every blocking twin accepts; a blocked thread cannot hear a signal. */
export type SyncWaitOptions = Pick<WaitOptions, 'timeout'>;

/** A number is short for `{ timeout }`. */
export type Wait = number | WaitOptions;

/** As {@link Wait}, of a blocking twin. */
export type SyncWait = number | SyncWaitOptions;

/** A value or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>;

/** Any function that can be a task. The parameters are `never` so that every function type is assignable. */
export type AnyFunction = (...args: never[]) => unknown;

/** Any constructor, abstract ones too. */
export type AnyClass = abstract new (...args: never[]) => unknown;
