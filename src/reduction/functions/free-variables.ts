import type { ParsedFunction, SyntaxNode } from './parse.ts';
import { declaredNames, hoistedNames, isSyntaxNode, lexicalNames } from './declarations.ts';

/** How a text uses a name that it does not declare. */
export interface FreeName {
  /** Assigned somewhere inside. */
  assigned: boolean;
  /** Used other than as `name.property`. */
  whole: boolean;
  /** Properties that are read as `name.property`. */
  readonly members: Set<string>;
}

/** Something of the surroundings that no copy can have. */
export type Obstacle = 'this' | 'new.target' | 'super' | 'eval' | 'with' | { readonly privateName: string };

export interface FreeVariables {
  readonly names: ReadonlyMap<string, FreeName>;
  readonly obstacle: Obstacle | undefined;
  /** Uses `arguments` of the function around it. */
  readonly usesArguments: boolean;
  readonly usesImport: boolean;
  /** Offsets of `import.meta` in the parsed text. */
  readonly metas: readonly (readonly [start: number, end: number])[];
}

/** What `this`, `arguments` and `super` mean at a place: something inside of the text, or something around it. */
interface Surroundings {
  readonly ownThis: boolean;
  readonly ownArguments: boolean;
  readonly ownSuper: boolean;
  readonly privates: readonly ReadonlySet<string>[];
}

interface Level {
  readonly names: ReadonlySet<string>;
  readonly parent: Level | undefined;
}

const OUTSIDE: Surroundings = { ownThis: false, ownArguments: false, ownSuper: false, privates: [] };
const NOTHING: Level = { names: new Set(), parent: undefined };

/** Names that an expression uses, in the text that was parsed. */
export function namesUsedBy(expression: SyntaxNode): readonly string[] {
  const walk = new Walk();
  walk.expression(expression);
  return [...walk.names.keys()];
}

/** Finds what a function's text takes from around it: every name that it uses and does not declare. */
export function freeVariables(parsed: ParsedFunction): FreeVariables {
  const walk = new Walk();
  walk.root(parsed);
  return walk;
}

class Walk implements FreeVariables {
  readonly names: Map<string, FreeName> = new Map();
  readonly metas: [start: number, end: number][] = [];
  obstacle: Obstacle | undefined;
  usesArguments = false;
  usesImport = false;

  root({ node }: ParsedFunction): void {
    this.expression(node);
  }

  expression(node: SyntaxNode): void {
    this.#visit(node, NOTHING, OUTSIDE);
  }

  #visit(node: SyntaxNode, level: Level, around: Surroundings): void {
    switch (node.type) {
      case 'Identifier':
        return this.#identifier(node, level, around);
      case 'FunctionExpression':
      case 'FunctionDeclaration':
        return this.#function(node, level, { ...around, ownThis: true, ownArguments: true, ownSuper: false });
      case 'ArrowFunctionExpression':
        return this.#function(node, level, around);
      case 'ClassExpression':
      case 'ClassDeclaration':
        return this.#class(node, level, around);
      case 'MemberExpression':
        return this.#member(node, level, around);
      case 'Property':
        return this.#property(node, level, around);
      case 'AssignmentExpression':
      case 'ForInStatement':
      case 'ForOfStatement':
        this.#assigned(node['left'], level);
        break;
      case 'UpdateExpression':
        this.#assigned(node['argument'], level);
        break;
      case 'CallExpression':
        if (isNamed(node['callee'], 'eval') && !isDeclared('eval', level)) this.#meet('eval');
        break;
      case 'LabeledStatement':
        return this.#visitAny(node['body'], level, around);
      case 'BreakStatement':
      case 'ContinueStatement':
        return;
      case 'ThisExpression':
        if (!around.ownThis) this.#meet('this');
        return;
      case 'Super':
        if (!around.ownSuper) this.#meet('super');
        return;
      case 'PrivateIdentifier':
        return this.#private(node, around);
      case 'MetaProperty':
        return this.#meta(node, around);
      case 'ImportExpression':
        this.usesImport = true;
        break;
      case 'WithStatement':
        this.#meet('with');
        break;
    }
    this.#children(node, blockLevel(node, level), around);
  }

  #children(node: SyntaxNode, level: Level, around: Surroundings): void {
    for (const key of Object.keys(node)) this.#visitAny(node[key], level, around);
  }

  #visitAny(value: unknown, level: Level, around: Surroundings): void {
    if (Array.isArray(value)) for (const one of value) this.#visitAny(one, level, around);
    else if (isSyntaxNode(value)) this.#visit(value, level, around);
  }

  #identifier({ name }: SyntaxNode, level: Level, around: Surroundings): void {
    if (name === 'arguments' && !isDeclared('arguments', level)) {
      if (!around.ownArguments) this.usesArguments = true;
      return;
    }
    const free = this.#free(name as string, level);
    if (free) free.whole = true;
  }

  /** The record of `name` if nothing inside declares it. */
  #free(name: string, level: Level): FreeName | undefined {
    if (isDeclared(name, level)) return undefined;
    const known = this.names.get(name);
    if (known) return known;
    const made = { assigned: false, whole: false, members: new Set<string>() };
    this.names.set(name, made);
    return made;
  }

  #member(node: SyntaxNode, level: Level, around: Surroundings): void {
    const object = node['object'] as SyntaxNode;
    const property = node['property'] as SyntaxNode;
    if (node['computed'] === true) return this.#children(node, level, around);
    if (property.type === 'PrivateIdentifier') this.#visit(property, level, around);
    if (object.type !== 'Identifier' || object['name'] === 'arguments') return this.#visit(object, level, around);
    this.#free(object['name'] as string, level)?.members.add(property['name'] as string);
  }

  #property(node: SyntaxNode, level: Level, around: Surroundings): void {
    if (node['computed'] === true) this.#visitAny(node['key'], level, around);
    const value = node['value'] as SyntaxNode;
    const isMethod = node['method'] === true || node['kind'] !== 'init';
    if (!isMethod) return this.#visit(value, level, around);
    this.#function(value, level, { ...around, ownThis: true, ownArguments: true, ownSuper: true });
  }

  #function(node: SyntaxNode, outer: Level, around: Surroundings): void {
    const params = new Set(declaredNames(node['params']));
    // Only an expression's own name is seen inside alone; a declaration's belongs to the block around.
    if (isSyntaxNode(node['id'])) params.add(node['id']['name'] as string);
    const paramLevel: Level = { names: params, parent: outer };
    this.#visitAny(node['params'], paramLevel, around);
    const body = node['body'] as SyntaxNode;
    if (body.type !== 'BlockStatement') return this.#visit(body, paramLevel, around);
    const level: Level = { names: new Set(hoistedNames(body)), parent: paramLevel };
    this.#children(body, level, around);
  }

  #class(node: SyntaxNode, outer: Level, around: Surroundings): void {
    const id = node['id'];
    const level: Level = { names: new Set(isSyntaxNode(id) ? [id['name'] as string] : []), parent: outer };
    this.#visitAny(node['superClass'], level, around);
    const members = (node['body'] as SyntaxNode)['body'] as SyntaxNode[];
    const privates = new Set<string>();
    for (const { key } of members as { key?: SyntaxNode }[])
      if (key?.type === 'PrivateIdentifier') privates.add(key['name'] as string);
    const outside = { ...around, privates: [...around.privates, privates] };
    const inside = { ...outside, ownThis: true, ownArguments: true, ownSuper: true };
    for (const member of members) {
      if (member['computed'] === true) this.#visitAny(member['key'], level, outside);
      if (member.type === 'MethodDefinition') this.#function(member['value'] as SyntaxNode, level, inside);
      else if (member.type === 'PropertyDefinition') this.#visitAny(member['value'], level, inside);
      else this.#children(member, { names: new Set(hoistedNames(member)), parent: level }, inside);
    }
  }

  #private({ name }: SyntaxNode, { privates }: Surroundings): void {
    if (!privates.some((names) => names.has(name as string))) this.#meet({ privateName: name as string });
  }

  #meta(node: SyntaxNode, { ownThis }: Surroundings): void {
    if ((node['meta'] as SyntaxNode)['name'] === 'import') this.metas.push([node.start, node.end]);
    else if (!ownThis) this.#meet('new.target');
  }

  #assigned(target: unknown, level: Level): void {
    // `for (const x of …)` declares its own.
    if (isSyntaxNode(target) && target.type === 'VariableDeclaration') return;
    for (const name of declaredNames(target)) {
      const free = this.#free(name, level);
      if (free) free.assigned = true;
    }
  }

  #meet(obstacle: Obstacle): void {
    this.obstacle ??= obstacle;
  }
}

function isDeclared(name: string, level: Level | undefined): boolean {
  for (let at = level; at; at = at.parent) if (at.names.has(name)) return true;
  return false;
}

function blockLevel(node: SyntaxNode, parent: Level): Level {
  const names = lexicalNames(node);
  return names.length === 0 ? parent : { names: new Set(names), parent };
}

function isNamed(node: unknown, name: string): boolean {
  return isSyntaxNode(node) && node.type === 'Identifier' && node['name'] === name;
}
