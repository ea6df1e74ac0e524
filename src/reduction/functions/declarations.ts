import type { SyntaxNode } from './parse.ts';

export function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** Names that a binding or assignment pattern (or a list of them) gives values to; `a.b` in an assignment names nothing. */
export function declaredNames(pattern: unknown): string[] {
  if (Array.isArray(pattern)) return pattern.flatMap(declaredNames);
  if (!isSyntaxNode(pattern)) return [];
  switch (pattern.type) {
    case 'Identifier':
      return [pattern['name'] as string];
    case 'ObjectPattern':
      return declaredNames(pattern['properties']);
    case 'Property':
      return declaredNames(pattern['value']);
    case 'ArrayPattern':
      return declaredNames(pattern['elements']);
    case 'AssignmentPattern':
      return declaredNames(pattern['left']);
    case 'RestElement':
      return declaredNames(pattern['argument']);
    case 'VariableDeclaration':
      return declaredNames((pattern['declarations'] as SyntaxNode[]).map((one) => one['id']));
    default:
      return [];
  }
}

/** Names that live in the block, loop, switch or catch clause `node` itself. */
export function lexicalNames(node: SyntaxNode): string[] {
  switch (node.type) {
    case 'BlockStatement':
    case 'StaticBlock':
      return (node['body'] as SyntaxNode[]).flatMap(lexicalOf);
    case 'SwitchStatement':
      return (node['cases'] as SyntaxNode[]).flatMap((one) => (one['consequent'] as SyntaxNode[]).flatMap(lexicalOf));
    case 'ForStatement':
      return lexicalOf(node['init']);
    case 'ForInStatement':
    case 'ForOfStatement':
      return lexicalOf(node['left']);
    case 'CatchClause':
      return declaredNames(node['param']);
    default:
      return [];
  }
}

/** Names of the body of a function: its `var`s at any depth, and what stands at its top. */
export function hoistedNames(body: SyntaxNode): string[] {
  return [...lexicalNames(body), ...vars(body)];
}

function lexicalOf(node: unknown): string[] {
  if (!isSyntaxNode(node)) return [];
  if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') return declaredNames(node['id']);
  return node.type === 'VariableDeclaration' && node['kind'] !== 'var' ? declaredNames(node) : [];
}

function vars(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(vars);
  if (!isSyntaxNode(node)) return [];
  // Statements inside of expressions belong to functions and classes, which have `var`s of their own.
  if (/Function|Class|Expression$/.test(node.type)) return [];
  const own = node.type === 'VariableDeclaration' && node['kind'] === 'var' ? declaredNames(node) : [];
  return [...own, ...Object.values(node).flatMap(vars)];
}
