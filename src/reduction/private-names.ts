import { createRequire } from 'node:module';

/** What acorn gives for a member of a class; only the fields that are read here. */
interface Member {
  readonly static?: boolean;
  readonly key?: { readonly type: string; readonly name: string } | null;
}

interface ClassNode {
  readonly type: string;
  readonly body: { readonly body: readonly Member[] };
}

type ParseExpression = (text: string, position: number, options: { readonly ecmaVersion: 'latest' }) => unknown;

const known = new WeakMap<Function, readonly string[]>();

/** Names of a class's own `#private` instance members (`#balance`), which no other code can read or set; empty for what is no class. */
export function privateNames(constructor: Function): readonly string[] {
  const before = known.get(constructor);
  if (before !== undefined) return before;
  const text = Function.prototype.toString.call(constructor);
  const names = /^class\b/.test(text) && /#[\p{ID_Start}$_]/u.test(text) ? parse(text) : [];
  known.set(constructor, names);
  return names;
}

function parse(text: string): readonly string[] {
  // Loaded only now: few programs send instances of such classes, and it takes 20 ms.
  const { parseExpressionAt } = createRequire(import.meta.url)('acorn') as { parseExpressionAt: ParseExpression };
  try {
    const node = parseExpressionAt(text, 0, { ecmaVersion: 'latest' }) as ClassNode;
    const names = new Set<string>();
    for (const { static: isStatic, key } of node.body.body) {
      if (isStatic !== true && key?.type === 'PrivateIdentifier') names.add(`#${key.name}`);
    }
    return [...names];
  } catch {
    // A newer syntax than the parser knows. To name a private member too many is better than to send a hollow object.
    return [...new Set(text.match(/(?<![.\w])#[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? [])];
  }
}
