import { compileFunction } from 'node:vm';

import { NotSendableError } from '../../base/errors.ts';
import { analyse, explainObstacle, PARENT, type Analysis } from './analysis.ts';
import { readCaptures } from './captures.ts';
import { builtWith } from './compile.ts';
import { inspectorRefusal, type Scope } from './inspector.ts';
import { placeOf, type Located } from './locate.ts';
import { readMembers } from './members.ts';
import type { Capture, ValueFunction } from './node.ts';
import { realGlobal } from './state.ts';
import { textOf } from './text-hash.ts';

let sloppyOwn: boolean | undefined;

/**
 * Takes a function apart into its text and the present values of the variables it captures.
 *
 * @param located `undefined` where the inspector is refused: then only a text that needs nothing from around it can go.
 * @throws NotSendableError when the text depends on something that has no copy (`this`, `super`, private names, `eval`).
 */
export function takeByValue(fn: Function, located: Located | undefined): Omit<ValueFunction, 'token'> {
  const analysis = analyseOrRefuse(fn, located);
  const { free, form, strict } = analysis;
  if (free.obstacle !== undefined) throw notSendable(fn, located, explainObstacle(free.obstacle));
  if (!located) refuseUnknownNames(fn, analysis);
  const captures = readCaptures(free, scopesOf(fn, located));
  captures.push(...readMembers(fn, analysis));
  const lost = lostKey(fn, analysis, captures);
  if (lost !== undefined)
    throw notSendable(
      fn,
      located,
      `it computes the key of a member from '${lost}', which is not kept; export the class, or use '${lost}' inside a method as well`,
    );
  const parent = readParent(fn, analysis, captures);
  if (parent?.added !== undefined) captures.push(parent.added);
  return {
    kind: 'value',
    name: fn.name,
    text: parent?.text ?? analysis.text,
    form,
    ...placeOfText(located, analysis),
    strict,
    cjs: located?.inModule !== true,
    ...(parent === undefined ? {} : { parent: parent.name }),
    captures,
  };
}

/** The variables around a function; a copy that travels on also has what it was built with. */
function scopesOf(fn: Function, located: Located | undefined): readonly Scope[] {
  const scopes = located?.scopes ?? [];
  const own = builtWith(fn);
  if (own === undefined) return scopes;
  const at = scopes.findIndex(({ type }) => type === 'Global');
  return scopes.toSpliced(at < 0 ? scopes.length : at, 0, { type: 'Built', variables: { ...own } });
}

/** What a class extends: the capture that holds it, and the text that names this capture. */
interface Parent {
  readonly name: string;
  readonly text: string;
  /** The capture, when the text's free names did not lead to it. */
  readonly added: Capture | undefined;
}

/**
 * Finds the class that a class extends. V8 keeps no variable that only `extends` names: the copy then extends this very class.
 * An expression whose variables are all there, as `mixin(Base)`, is evaluated again: what an imported mixin makes may hold
 * something of its module that has no copy.
 */
function readParent(fn: Function, analysis: Analysis, captures: readonly Capture[]): Parent | undefined {
  const { heritage, text } = analysis;
  const parent: unknown = heritage === undefined ? undefined : Object.getPrototypeOf(fn);
  // What was put above it later is no business of its text.
  if (heritage === undefined || typeof parent !== 'function' || !isAbove(parent, fn)) return undefined;
  const added = (name: string): Capture => ({ name, value: parent, assigned: false });
  const name = heritage.variable;
  const captured = captures.find((one) => one.name === name);
  if (name === undefined && heritage.names.every((one) => isThere(one, captures))) return undefined;
  if (name === undefined || (captured !== undefined && captured.value !== parent))
    return { name: PARENT, text: heritage.text, added: added(PARENT) };
  if (captured !== undefined) return { name, text, added: undefined };
  // Classes of the language are there already.
  return Reflect.get(realGlobal, name) === parent ? undefined : { name, text, added: added(name) };
}

/** A variable that only keys of a class name (`[KEY]() {}`): V8 has not kept it, and the text needs it at once. */
function lostKey(fn: Function, { keyNames }: Analysis, captures: readonly Capture[]): string | undefined {
  return keyNames.find((name) => name !== fn.name && !isThere(name, captures));
}

/** Whether a name is captured, or a global that every process has. */
function isThere(name: string, captures: readonly Capture[]): boolean {
  return name in realGlobal || captures.some((one) => one.name.split('=')[0] === name);
}

function isAbove(parent: Function, fn: Function): boolean {
  const prototype = fn.prototype as object; // the prototype of a class
  return Object.getPrototypeOf(prototype) === parent.prototype;
}

/** The error for a function that cannot be sent. */
export function notSendable(
  fn: Function,
  located: Pick<Located, 'url' | 'line' | 'column'> | undefined,
  why: string,
): NotSendableError {
  const place = located ? placeOf(located) : '';
  const where = place === '' ? '' : ` (${place})`;
  return new NotSendableError(`cannot send function '${fn.name || 'anonymous'}'${where} to another process: ${why}`);
}

function analyseOrRefuse(fn: Function, located: Located | undefined): Analysis {
  try {
    return analyse(textOf(fn), isSloppy(fn));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw notSendable(fn, located, `its text cannot be read (${error.message}); export it, or register it with a name`);
  }
}

/** Plain sloppy functions answer this old question, all others throw. */
function isSloppy(fn: Function): boolean {
  if (Object.hasOwn(fn, 'arguments')) return true;
  // Where sloppy functions have the property of their own (before Node 26) the exception, which takes time, is spared.
  sloppyOwn ??= Object.hasOwn(compileFunction(''), 'arguments');
  if (sloppyOwn) return false;
  try {
    Reflect.get(fn, 'arguments');
    return true;
  } catch {
    return false;
  }
}

function refuseUnknownNames(fn: Function, { free }: Analysis): void {
  const unknown = [...free.names.keys()].find((name) => !(name in realGlobal));
  if (unknown === undefined && !free.usesArguments) return;
  throw notSendable(fn, undefined, `it uses '${unknown ?? 'arguments'}' from around it, and ${inspectorRefusal()}`);
}

/** V8 knows where the parameters are; the text starts before them. */
function placeOfText(located: Located | undefined, { head }: Analysis): Pick<ValueFunction, 'url' | 'line' | 'column'> {
  if (!located || located.line < 0) return { url: '', line: 1, column: 1 };
  // With a line break in between the column is not known, and nothing that runs stands on that line.
  const column = head.breaks > 0 ? 1 : located.column - head.length + 1;
  return { url: located.url, line: located.line - head.breaks + 1, column };
}
