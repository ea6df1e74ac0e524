import { compileFunction } from 'node:vm';

import { NotSendableError } from '../../base/errors.ts';
import { analyse, explainObstacle, type Analysis } from './analysis.ts';
import { readCaptures } from './captures.ts';
import { inspectorRefusal } from './inspector.ts';
import { placeOf, type Located } from './locate.ts';
import { readMembers } from './members.ts';
import type { ValueFunction } from './node.ts';
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
  const { free, form, strict, text } = analysis;
  if (free.obstacle !== undefined) throw notSendable(fn, located, explainObstacle(free.obstacle));
  if (!located) refuseUnknownNames(fn, analysis);
  const captures = readCaptures(free, located?.scopes ?? []);
  captures.push(...readMembers(fn, analysis));
  return {
    kind: 'value',
    name: fn.name,
    text,
    form,
    ...placeOfText(located, analysis),
    strict,
    cjs: located?.inModule !== true,
    captures,
  };
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
