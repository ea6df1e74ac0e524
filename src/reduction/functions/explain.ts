import { describe } from './describe.ts';
import { canInspect } from './inspector.ts';
import { locate, placeOf } from './locate.ts';
import type { Capture, Crossing, FunctionNode } from './node.ts';

/**
 * Says how a function would travel to another process, and what it would take along; it is not sent.
 *
 * @param by The way to explain, as for `pool.map`.
 * @returns One line, such as `by reference: tasks.ts#Shape.of` or `by value, captures: factor, table`.
 * @throws NotSendableError with the reason when it cannot travel.
 * @throws TypeError when `fn` is not a function.
 *
 * @example
 * ```ts
 * const factor = 3;
 * explain((x: number) => x * factor); // 'by value, captures: factor'
 * ```
 */
export function explain(fn: Function, by: Crossing = 'auto'): string {
  if (typeof fn !== 'function') throw new TypeError(`explain: expected a function, got ${typeof fn}`);
  return explainNode(describe(fn, { by }), fn);
}

function explainNode(node: FunctionNode, fn: Function): string {
  switch (node.kind) {
    case 'registered':
      return `by its registered name: ${node.name}`;
    case 'token':
      return 'as the function that came from the other process';
    case 'builtin':
      return `as built-in: ${[node.module, node.path.join('.')].filter((part) => part !== '').join('#')}`;
    case 'require':
      return `as require of ${fileOf(node.url)}`;
    case 'bound':
      return typeof node.target === 'function'
        ? `bound (${node.boundArgs.length} arguments), its target ${explain(node.target)}`
        : 'bound';
    case 'reference':
      return `by reference: ${fileOf(node.url)}${node.path.length > 0 ? `#${node.path.join('.')}` : ''}`;
    case 'value':
      return `by value${place(fn)}, captures: ${listOf(node.captures)}`;
  }
}

function place(fn: Function): string {
  const found = canInspect() ? placeOf(locate(fn)) : '';
  return found === '' ? '' : ` (${found})`;
}

function listOf(captures: readonly Capture[]): string {
  return captures.length === 0 ? 'nothing' : captures.map(({ name }) => name.replace(/^(\w+)=.*$/, '$1')).join(', ');
}

function fileOf(url: string): string {
  return decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
}
