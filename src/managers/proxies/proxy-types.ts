// How the methods of an object in a server look to those who hold a proxy. Types only.

type AnyMethod = (...args: never[]) => unknown;

/** Names of the public methods of an object. */
export type MethodNames<T> = { [K in keyof T & string]: T[K] extends AnyMethod ? K : never }[keyof T & string];

/** What arrives when a method gives this: iterators stay in the server, everything else is a copy. */
export type Received<R> =
  Awaited<R> extends Iterator<infer Y, infer Z, infer N> | AsyncIterator<infer Y, infer Z, infer N>
    ? RemoteIterator<Y, Z, N>
    : Awaited<R>;

/** Steps through an iterator that runs in the server, one round trip for each step. */
export interface RemoteIterator<Y, Z = unknown, N = unknown> extends AsyncIterableIterator<Y>, Iterable<Y> {
  next(...args: [] | [N]): Promise<IteratorResult<Y, Z>>;
  nextSync(...args: [] | [N]): IteratorResult<Y, Z>;
  return(value?: Z): Promise<IteratorResult<Y, Z>>;
}

/** A method that is called from afar. */
export type AsyncMethod<M> = M extends (...args: infer A) => infer R ? (...args: A) => Promise<Received<R>> : never;

/** Its twin that blocks the calling thread. */
export type SyncMethod<M> = M extends (...args: infer A) => infer R ? (...args: A) => Received<R> : never;

/** All members of `T`, which must be methods, called from afar. */
export type Remote<T> = { readonly [K in keyof T]: AsyncMethod<T[K]> };

/** The twins of all members of `T`, which must be methods. */
export type Blocking<T> = { readonly [K in keyof T as `${K & string}Sync`]: SyncMethod<T[K]> };

/** The public methods of any object, promised, and their blocking twins. */
export type RemoteMethods<T> = Remote<Pick<T, MethodNames<T>>> & Blocking<Pick<T, MethodNames<T>>>;

/** The object as it looks through `live`: its methods block. */
export type LiveMethods<T> = { readonly [K in MethodNames<T>]: SyncMethod<T[K]> };

/** What will have come of one call of a batch. */
export interface Pending<R> {
  /** Place of its result among those of the batch. */
  readonly index: number;
  /** For the types only. */
  readonly result?: R;
}

/** The same methods, noted down instead of called. */
export type Recorder<T> = {
  readonly [K in MethodNames<T>]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Pending<Received<R>>
    : never;
};

/** The results of what a batch gave back. */
export type BatchResults<R> = R extends readonly Pending<unknown>[]
  ? { -readonly [I in keyof R]: R[I] extends Pending<infer V> ? V : never }
  : unknown[];
