import { freeVariables, namesUsedBy, type FreeVariables, type Obstacle } from './free-variables.ts';
import { parseFunction, type ParsedFunction, type SyntaxNode } from './parse.ts';

/** What a function's text alone tells. */
export interface Analysis {
  readonly form: ParsedFunction['form'];
  /** The text with `import.meta` and a computed or private key exchanged for names of the same length. */
  readonly text: string;
  readonly free: FreeVariables;
  readonly strict: boolean;
  /** What stands before the place that V8 calls the function's own: its parameters, or the start of an arrow or of a class without constructor. */
  readonly head: { readonly breaks: number; readonly length: number };
  /** Static members that the class defines by itself. */
  readonly ownStatics: ReadonlySet<string>;
  /** What a class extends, when variables around it say that. */
  readonly heritage: Heritage | undefined;
  /** Names that a class uses for the keys of its members. */
  readonly keyNames: readonly string[];
}

/** The expression behind `extends`. */
export interface Heritage {
  /** The variable that it is; an expression otherwise. */
  readonly variable: string | undefined;
  /** All variables that it uses. */
  readonly names: readonly string[];
  /** The text with {@link PARENT} in its place. */
  readonly text: string;
}

/** Stands for `import.meta`, which is no text outside of modules; it is as long. */
export const META = 'import_meta';
/** Stands for what a class extends. */
export const PARENT = '__manycore_parent';
const LINE_BREAKS = /\r\n|[\n\r\u2028\u2029]/g;
const MOST_TEXTS = 500;
const known: Map<string, Analysis | SyntaxError> = new Map();

/**
 * Reads the text of a function; texts that were read before are remembered.
 *
 * @throws SyntaxError when it cannot be parsed.
 */
export function analyse(text: string, sloppy: boolean): Analysis {
  const key = (sloppy ? 's' : 'm') + text;
  const found = known.get(key);
  if (found instanceof SyntaxError) throw found;
  if (found) return found;
  if (known.size >= MOST_TEXTS) known.clear();
  try {
    const made = read(text, parseFunction(text, sloppy));
    known.set(key, made);
    return made;
  } catch (error) {
    const failure = error instanceof SyntaxError ? error : new SyntaxError(String(error));
    known.set(key, failure);
    throw failure;
  }
}

/** Why a text with this obstacle cannot cross, and what to do. */
export function explainObstacle(obstacle: Obstacle): string {
  if (typeof obstacle === 'object') {
    return `it uses the private name #${obstacle.privateName}, which exists only inside its class; export the class instead`;
  }
  switch (obstacle) {
    case 'this':
    case 'new.target':
      return `it is an arrow function that uses '${obstacle}' of an enclosing function; take what you need into a const first`;
    case 'super':
      return `it uses 'super'; send its class by exporting it from a module`;
    case 'eval':
      return 'it calls eval(), so the variables it needs cannot be known';
    case 'with':
      return `it uses 'with', so the variables it needs cannot be known`;
  }
}

function read(text: string, parsed: ParsedFunction): Analysis {
  const { form, method, shift, strict } = parsed;
  const free = freeVariables(parsed);
  let changed = withMetas(text, free.metas, shift);
  if (method) changed = withPlainKey(changed, method, shift);
  const before = text.slice(0, anchorOf(parsed, text));
  const head = { breaks: before.match(LINE_BREAKS)?.length ?? 0, length: before.length };
  const heritage = form === 'class' ? heritageOf(parsed, text, free.metas) : undefined;
  return {
    form,
    text: changed,
    free,
    strict,
    head,
    ownStatics: staticsOf(parsed),
    heritage,
    keyNames: keyNamesOf(parsed),
  };
}

function withMetas(text: string, metas: FreeVariables['metas'], shift: number): string {
  let changed = text;
  // From the end, because a place with a line break in it changes its length.
  for (const [start, end] of metas.toSorted(([a], [b]) => b - a))
    changed = exchange(changed, start - shift, end - shift, META);
  return changed;
}

function heritageOf(
  { node, shift }: ParsedFunction,
  text: string,
  metas: FreeVariables['metas'],
): Heritage | undefined {
  const parent = node['superClass'] as SyntaxNode | null;
  const names = parent === null ? [] : namesUsedBy(parent);
  if (parent === null || names.length === 0) return undefined;
  const variable = parent.type === 'Identifier' ? (parent['name'] as string) : undefined;
  const behind = metas.filter(([start]) => start >= parent.end);
  const before = metas.filter(([start]) => start < parent.start);
  const withParent = exchange(withMetas(text, behind, shift), parent.start - shift, parent.end - shift, PARENT);
  return { variable, names, text: withMetas(withParent, before, shift) };
}

/** Computed keys are not evaluated again, and private ones mean nothing here: the receiver sets the name itself. */
function withPlainKey(text: string, method: SyntaxNode, shift: number): string {
  const key = method['key'] as SyntaxNode;
  if (method['computed'] !== true && key.type !== 'PrivateIdentifier') return text;
  const value = method['value'] as SyntaxNode;
  const accessor = method['kind'] === 'get' || method['kind'] === 'set' ? `${method['kind']} ` : '';
  const head = `${accessor}${value['async'] === true ? 'async ' : ''}${value['generator'] === true ? '*' : ''}m`;
  return exchange(text, method.start - shift, value.start - shift, head);
}

/** Nothing behind may move to another line, or to another column if `by` is not longer: stack traces of the copy show the places of the original. */
function exchange(text: string, start: number, end: number, by: string): string {
  const old = text.slice(start, end);
  const breaks = old.match(LINE_BREAKS) ?? [];
  const filler =
    breaks.length === 0
      ? ' '.repeat(Math.max(0, old.length - by.length))
      : '\n'.repeat(breaks.length) + ' '.repeat(old.split(LINE_BREAKS).at(-1)?.length ?? 0);
  return text.slice(0, start) + by + filler + text.slice(end);
}

function anchorOf({ form, node, shift }: ParsedFunction, text: string): number {
  if (form === 'method') return node.start - shift;
  if (form === 'class') {
    const members = (node['body'] as SyntaxNode)['body'] as SyntaxNode[];
    const constructor = members.find((member) => member['kind'] === 'constructor');
    return constructor ? (constructor['value'] as SyntaxNode).start - shift : 0;
  }
  if (node.type === 'ArrowFunctionExpression') return 0;
  const id = node['id'] as SyntaxNode | null;
  return text.indexOf('(', id ? id.end - shift : 0);
}

function staticsOf({ form, node }: ParsedFunction): ReadonlySet<string> {
  const names = new Set<string>();
  if (form !== 'class') return names;
  for (const member of (node['body'] as SyntaxNode)['body'] as SyntaxNode[]) {
    const key = member['key'] as SyntaxNode | undefined;
    if (key && member['static'] === true) names.add(String(key['name'] ?? key['value']));
  }
  return names;
}

function keyNamesOf({ form, node }: ParsedFunction): readonly string[] {
  if (form !== 'class') return [];
  const members = (node['body'] as SyntaxNode)['body'] as SyntaxNode[];
  const computed = members.filter((member) => member['computed'] === true);
  return computed.flatMap((member) => namesUsedBy(member['key'] as SyntaxNode));
}
