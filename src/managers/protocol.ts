import type { BlockLife } from '../shared-memory/shared-block.ts';

/*
 * What clients and a manager's server say to each other; the same over shared memory and over sockets.
 *
 * A message has a kind, the number of the call that it belongs to, and some values. Object 0 is the manager itself.
 */

/** Client to server. */
export type Request =
  /** Calls a method; answered by one {@link Reply}. */
  | { readonly kind: 'call'; readonly object: number; readonly method: string; readonly args: readonly unknown[] }
  /** Calls methods one after the other until one fails; answered by one array of results, or by what it threw. */
  | { readonly kind: 'batch'; readonly runs: readonly BatchRun[] }
  /** The caller does not want to wait any longer; the call is answered all the same. */
  | { readonly kind: 'cancel' }
  /** The client ends in peace. Not answered, as those that follow. */
  | { readonly kind: 'farewell' }
  /** This many of the client's references to an object are gone. */
  | { readonly kind: 'release'; readonly object: number; readonly count: number }
  /** A reference is on its way to another client, under a name that is used once. */
  | {
      readonly kind: 'retain';
      readonly object: number;
      readonly ticket: string;
      /** Of the slip that travels with it, in memory of the client's program. */
      readonly life?: BlockLife | undefined;
    }
  /** The reference of that name will not arrive. */
  | { readonly kind: 'lost'; readonly object: number; readonly ticket: string }
  /** The reference of that name has arrived here; without a name, one more is here. */
  | { readonly kind: 'adopt'; readonly object: number; readonly ticket: string };

/** Server to client. */
export type Reply =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  /** Of a request that could not be read, or not whole, between processes of a program. */
  | { readonly kind: 'refused'; readonly error: unknown }
  /** No answer: the client shall say `lost` of a reference that another process of its program sent, which has ended, if it is. */
  | { readonly kind: 'watch'; readonly object: number; readonly ticket: string; readonly life: BlockLife };

/** Calls of one method after the other, as many as `count`. Most batches are a few long runs, which cost little each. */
export interface BatchRun {
  readonly object: number;
  readonly method: string;
  /** Arguments of each call. */
  readonly arity: number;
  readonly count: number;
  /** Arguments of all calls. */
  readonly args: readonly unknown[];
}

/** The object that stands for the manager: makes objects, counts them, ends the server. */
export const MANAGER_OBJECT = 0;

/** Calls of one run. */
export const LONGEST_RUN = 1_000_000;

/** Kinds as one byte, which is all that a ring has for them. */
export const KIND_CODES = {
  call: 1,
  batch: 2,
  cancel: 3,
  release: 4,
  retain: 5,
  adopt: 6,
  farewell: 7,
  lost: 8,
  value: 17,
  error: 18,
  watch: 19,
  refused: 20,
} as const;

/** Where the values of a message go: numbers and texts first, so that small messages are written without any container. */
export function valuesOf(request: Request): readonly unknown[] {
  switch (request.kind) {
    case 'call':
      return [request.object, request.method, request.args];
    case 'batch':
      return batchValues(request.runs);
    case 'cancel':
    case 'farewell':
      return [];
    case 'release':
      return [request.object, request.count];
    case 'retain':
      return [request.object, request.ticket, ...(request.life ?? [])];
    case 'adopt':
    case 'lost':
      return [request.object, request.ticket];
  }
}

/**
 * The request that these values are.
 *
 * @param values Of a peer that may have sent anything.
 * @returns `undefined` when they are none.
 */
export function parseRequest(code: number, values: readonly unknown[]): Request | undefined {
  const [object, second] = values;
  switch (code) {
    case KIND_CODES.call:
      return isCall(values) ? { kind: 'call', object: values[0], method: values[1], args: values[2] } : undefined;
    case KIND_CODES.batch:
      return parseBatch(values);
    case KIND_CODES.cancel:
      return values.length === 0 ? { kind: 'cancel' } : undefined;
    case KIND_CODES.farewell:
      return values.length === 0 ? { kind: 'farewell' } : undefined;
    case KIND_CODES.release:
      return values.length === 2 && isObject(object) && isObject(second)
        ? { kind: 'release', object, count: second }
        : undefined;
    case KIND_CODES.retain:
      return parseRetain(values);
    case KIND_CODES.adopt:
    case KIND_CODES.lost:
      return values.length === 2 && isObject(object) && isTicket(second)
        ? { kind: code === KIND_CODES.adopt ? 'adopt' : 'lost', object, ticket: second }
        : undefined;
    default:
      return undefined;
  }
}

function batchValues(runs: readonly BatchRun[]): unknown[] {
  const values: unknown[] = [];
  for (const { object, method, arity, count, args } of runs) {
    values.push(object, method, arity, count);
    for (const argument of args) values.push(argument);
  }
  return values;
}

/** What a server asks to be watched. @returns `undefined` when it is none. */
export function parseWatch(values: readonly unknown[]): Omit<Extract<Reply, { kind: 'watch' }>, 'kind'> | undefined {
  const { object, ticket, life } = parseRetain(values) ?? {};
  return object !== undefined && ticket !== undefined && life ? { object, ticket, life } : undefined;
}

function parseBatch(values: readonly unknown[]): Request | undefined {
  const runs: BatchRun[] = [];
  for (let at = 0; at < values.length;) {
    const [object, method, arity, count] = values.slice(at, at + 4);
    if (!isObject(object) || typeof method !== 'string' || !isObject(arity) || !isObject(count)) return undefined;
    const start = at + 4;
    at = start + arity * count;
    // Calls without arguments cost nothing to ask for, so their number has a limit of its own.
    if (at > values.length || count > LONGEST_RUN) return undefined;
    runs.push({ object, method, arity, count, args: values.slice(start, at) });
  }
  return { kind: 'batch', runs };
}

function parseRetain(values: readonly unknown[]): Extract<Request, { kind: 'retain' }> | undefined {
  const [object, ticket, offset, life] = values;
  if (!isObject(object) || !isTicket(ticket)) return undefined;
  if (values.length === 2) return { kind: 'retain', object, ticket };
  if (values.length !== 4 || !isObject(offset) || !Number.isInteger(life)) return undefined;
  return { kind: 'retain', object, ticket, life: [offset, Number(life)] };
}

function isTicket(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 64;
}

function isCall(values: readonly unknown[]): values is readonly [number, string, readonly unknown[]] {
  return values.length === 3 && isObject(values[0]) && typeof values[1] === 'string' && Array.isArray(values[2]);
}

function isObject(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
