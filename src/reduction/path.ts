/** One step from a value to a part of it, as it is written in an error message. */
export type Step = string | number | CaptureStep | EntryStep | MemberStep;

/** Into a captured variable of a function. */
export interface CaptureStep {
  readonly kind: 'capture';
  readonly variable: string;
  readonly owner: string;
}

/** Into something that has no property name: an entry of a Map or Set, a bound argument. */
export interface EntryStep {
  readonly kind: 'entry';
  readonly text: string;
}

/** Into an entry of a Map or Set; put into words only when an error needs it. */
export interface MemberStep {
  readonly kind: 'key' | 'value' | 'element';
  /** The Map's key, or the place in the Set. */
  of: unknown;
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** `.name`, `[3]`, `["not a name"]`. */
function stepText(step: string | number | EntryStep | MemberStep): string {
  if (typeof step === 'number') return `[${step}]`;
  if (typeof step === 'object') return step.kind === 'entry' ? step.text : memberText(step);
  return IDENTIFIER.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

function memberText(step: MemberStep): string {
  if (step.kind === 'element') return `.values()[${String(step.of)}]`;
  return step.kind === 'key' ? `.keys(${keyText(step.of)})` : `.get(${keyText(step.of)})`;
}

/** Where something was found, and through which captured variable. */
export interface Place {
  readonly at: string;
  /** ` (captured as 'w' by function 'handler')`, or nothing. */
  readonly captured: string;
}

/**
 * Says in words where a path leads to.
 *
 * @param name What the root is called. `value` and other single words are continued (`value.jobs[3]`), longer descriptions are followed by the path.
 */
export function describePlace(name: string, steps: readonly Step[]): Place {
  let at = '';
  let captured = '';
  for (const step of steps) {
    if (typeof step === 'object' && step.kind === 'capture') {
      captured = ` (captured as '${step.variable}' by function '${step.owner}')`;
      at = '';
    } else {
      at += stepText(step);
    }
  }
  if (captured !== '') return { at: `value${at}`, captured };
  if (at === '' || !name.includes(' ')) return { at: name + at, captured };
  return { at: `${name} (value${at})`, captured };
}

/** How a key of a Map looks in a path: primitives as they are, objects by their kind. */
function keyText(key: unknown): string {
  if (typeof key === 'string') return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key);
  if (typeof key === 'object' && key !== null) return 'object';
  return typeof key === 'function' ? 'function' : String(key);
}
