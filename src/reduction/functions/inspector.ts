import type { Session } from 'node:inspector';

import { NotSendableError } from '../../base/errors.ts';
import { realGlobal } from './state.ts';

/** One value as the inspector names it. */
interface RemoteValue {
  readonly type: string;
  readonly value?: unknown;
  readonly unserializableValue?: string;
  readonly description?: string;
  readonly objectId?: string;
}

interface InternalProperty {
  readonly name: string;
  readonly value?: RemoteValue;
}

/** Variables that a function can see at one level, innermost first in a list of them. */
export interface Scope {
  /** `Module`, `Closure`, `Block`, `Script`, `Global`, `Catch`, `Eval`, `With Block`. */
  readonly type: string;
  /** A snapshot of the captured variables and imports of this level; a variable in its dead zone reads `undefined`. */
  readonly variables: Record<string, unknown>;
}

/** Place of a function in its script, zero-based as V8 counts. */
export interface Position {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
}

/** What the debugger's view of a function says. */
export interface Inspected {
  /** Absent for native code and bound functions. */
  readonly position: Position | undefined;
  readonly scopes: readonly Scope[];
  readonly bound: BoundParts | undefined;
}

export interface BoundParts {
  readonly target: unknown;
  readonly boundThis: unknown;
  readonly boundArgs: readonly unknown[];
}

/** Room for handing live values to and from the session: `[function, answer]`. */
type Box = [unknown, unknown];

interface Connection {
  readonly session: Session;
  readonly box: Box;
  readonly boxId: string;
}

const BOX = Symbol.for('manycore.functions.box');
const GROUP = 'manycore';
const REFUSED =
  'this Node refuses the inspector (permission model): send exported or registered functions, or start with --allow-inspector';

let connection: Connection | 'refused' | undefined;

/** Whether functions can be looked into; `false` under a permission model without `--allow-inspector`, or in a Node without inspector. */
export function canInspect(): boolean {
  return connect() !== 'refused';
}

/** The end of the error message for whoever needed the inspector and was refused. */
export function inspectorRefusal(): string {
  return REFUSED;
}

/**
 * Sends one command to this thread's own inspector and returns its answer; all callbacks of a same-thread session run before
 * `post` returns.
 */
export function post<Answer>(method: string, params?: object): Answer {
  const { session } = requireConnection();
  let failure: unknown;
  let answer: unknown;
  session.post(method, params, (error: unknown, result: unknown) => {
    failure = error;
    answer = result;
  });
  if (failure) throw new Error(`${method}: ${(failure as Error).message}`);
  // The caller names the answer that the protocol documents for this method.
  return answer as Answer;
}

/** Listens to an event of the session while `body` runs. */
export function listening(event: string, listener: (params: unknown) => void, body: () => void): void {
  const { session } = requireConnection();
  const forward = (message: { params: unknown }): void => listener(message.params);
  session.on(event, forward);
  try {
    body();
  } finally {
    session.off(event, forward);
  }
}

/** Gives `value` a handle that lives until the next {@link releaseHandles}. */
export function handleOf(value: unknown): string {
  const { box, boxId } = requireConnection();
  box[0] = value;
  const { result } = post<{ result: RemoteValue }>('Runtime.callFunctionOn', {
    objectId: boxId,
    functionDeclaration: 'function(){return this[0]}',
    objectGroup: GROUP,
  });
  if (result.objectId === undefined) throw new Error('the inspector gave no handle');
  return result.objectId;
}

/** Lets go of every handle, and of the values in the box: handles keep functions and all they capture alive. */
export function releaseHandles(): void {
  const { box } = requireConnection();
  box[0] = undefined;
  box[1] = undefined;
  post('Runtime.releaseObjectGroup', { objectGroup: GROUP });
}

/** Looks at `fn` from outside: where it is, what it captures, what it is bound to. The function does not run. */
export function inspect(fn: Function): Inspected {
  try {
    const { internalProperties = [] } = post<{ internalProperties?: InternalProperty[] }>('Runtime.getProperties', {
      objectId: handleOf(fn),
      ownProperties: true,
    });
    const found = new Map(internalProperties.map((property) => [property.name, property.value]));
    return {
      position: readPosition(found.get('[[FunctionLocation]]')),
      scopes: readScopes(found.get('[[Scopes]]')),
      bound: found.has('[[TargetFunction]]') ? readBound(found) : undefined,
    };
  } finally {
    releaseHandles();
  }
}

function readPosition(location: RemoteValue | undefined): Position | undefined {
  // The protocol's Debugger.Location.
  const value = location?.value as { scriptId: string; lineNumber: number; columnNumber?: number } | undefined;
  return value && { scriptId: value.scriptId, line: value.lineNumber, column: value.columnNumber ?? 0 };
}

function readScopes(list: RemoteValue | undefined): Scope[] {
  if (list?.objectId === undefined) return [];
  const { box, boxId } = requireConnection();
  box[1] = undefined;
  post('Runtime.callFunctionOn', {
    objectId: list.objectId,
    functionDeclaration: 'function(box){box[1]=this}',
    arguments: [{ objectId: boxId }],
    objectGroup: GROUP,
  });
  // A list of V8's own scope entries, filled in by the call above.
  const entries = Array.from(box[1] as ArrayLike<{ description: string; object: Record<string, unknown> }>);
  return entries.map(({ description, object }) => ({ type: scopeType(description), variables: object }));
}

/** `Closure (name)` → `Closure`; `With Block` stays. */
function scopeType(description: string): string {
  const end = description.indexOf(' (');
  return end < 0 ? description : description.slice(0, end);
}

function readBound(found: ReadonlyMap<string, RemoteValue | undefined>): BoundParts {
  const { box, boxId } = requireConnection();
  const parts = ['[[TargetFunction]]', '[[BoundThis]]', '[[BoundArgs]]'];
  box[1] = undefined;
  post('Runtime.callFunctionOn', {
    objectId: boxId,
    functionDeclaration: 'function(target,self,args){this[1]=[target,self,args]}',
    arguments: parts.map((name) => callArgument(found.get(name))),
    objectGroup: GROUP,
  });
  // The call above stored exactly this triple.
  const [target, boundThis, boundArgs] = box[1] as [unknown, unknown, ArrayLike<unknown> | undefined];
  return { target, boundThis, boundArgs: Array.from(boundArgs ?? []) };
}

function callArgument(value: RemoteValue | undefined): object {
  if (value?.objectId !== undefined) return { objectId: value.objectId };
  if (value?.unserializableValue !== undefined) return { unserializableValue: value.unserializableValue };
  return value && 'value' in value ? { value: value.value } : {};
}

function requireConnection(): Connection {
  const open = connect();
  if (open === 'refused') throw new NotSendableError(REFUSED);
  return open;
}

function connect(): Connection | 'refused' {
  connection ??= openConnection();
  return connection;
}

function openConnection(): Connection | 'refused' {
  try {
    const { Session } = process.getBuiltinModule('node:inspector');
    const session = new Session();
    session.connect();
    const box: Box = [undefined, undefined];
    realGlobal[BOX] = box;
    let boxId: string | undefined;
    session.post(
      'Runtime.evaluate',
      { expression: "globalThis[Symbol.for('manycore.functions.box')]" },
      (_error: Error | null, answer?: object) => {
        // The answer of `Runtime.evaluate`.
        boxId = (answer as { result: RemoteValue } | undefined)?.result.objectId;
      },
    );
    delete realGlobal[BOX];
    return boxId === undefined ? 'refused' : { session, box, boxId };
  } catch {
    // The permission model, or a Node that was built without the inspector: the caller falls back to what needs none.
    return 'refused';
  }
}
