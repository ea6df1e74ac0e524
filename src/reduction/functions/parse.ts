import { createRequire } from 'node:module';

/** A node of the syntax tree, as far as it is read here. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A function's text as a syntax tree. */
export interface ParsedFunction {
  readonly form: 'expression' | 'method' | 'class';
  /** The function or class itself. */
  readonly node: SyntaxNode;
  /** The property around a method; its key may be computed. */
  readonly method: SyntaxNode | undefined;
  /** How far positions in the tree are beyond positions in the text. */
  readonly shift: number;
  readonly strict: boolean;
}

/** What is used of acorn. */
interface Parser {
  parse(text: string, options: object): unknown;
}

const SHAPES = [
  // The function around lets an arrow's `new.target` parse, so that it can be refused by name.
  { before: '(function(){(', after: '\n)})', isMethod: false },
  { before: '({', after: '\n})', isMethod: true },
  // Private methods are only text inside a class.
  { before: '(class{', after: '\n})', isMethod: true },
] as const;

let parser: Parser | undefined;

/**
 * Parses the text of a function, which may be a whole expression or only a method of something.
 *
 * @param sloppy Whether the function is known to be sloppy; otherwise it counts as strict when it parses as that.
 * @throws The parser's error when it is no function that JavaScript knows.
 */
export function parseFunction(text: string, sloppy: boolean): ParsedFunction {
  // Loaded at first need, and without waiting: it takes 20 ms that programs without closures need not pay.
  parser ??= createRequire(import.meta.url)('acorn') as Parser;
  let failure: unknown;
  for (const strict of sloppy ? [false] : [true, false]) {
    for (const shape of SHAPES) {
      try {
        const program = parseText(shape.before + text + shape.after, strict);
        return pick(program, shape, strict);
      } catch (error) {
        failure ??= error;
      }
    }
  }
  throw failure;
}

function parseText(text: string, strict: boolean): SyntaxNode {
  return parser?.parse(text, {
    ecmaVersion: 'latest',
    sourceType: strict ? 'module' : 'script',
    allowSuperOutsideMethod: true,
    allowReturnOutsideFunction: false,
    checkPrivateFields: false,
  }) as SyntaxNode;
}

function pick(program: SyntaxNode, shape: (typeof SHAPES)[number], strict: boolean): ParsedFunction {
  const around = onlyExpression(program);
  const shift = shape.before.length;
  if (!shape.isMethod) {
    const expression = onlyExpression(around['body'] as SyntaxNode);
    const form = expression.type === 'ClassExpression' ? 'class' : 'expression';
    if (form !== 'class' && !isFunction(expression)) throw new SyntaxError('not a function');
    return { form, node: expression, method: undefined, shift, strict };
  }
  const members = around.type === 'ObjectExpression' ? around['properties'] : (around['body'] as SyntaxNode)['body'];
  const [method, ...rest] = members as SyntaxNode[];
  const node = method?.['value'] as SyntaxNode | undefined;
  if (!method || !node || !isFunction(node) || rest.length > 0) throw new SyntaxError('not one method');
  return { form: 'method', node, method, shift, strict };
}

function onlyExpression(block: SyntaxNode): SyntaxNode {
  const [statement, ...others] = block['body'] as SyntaxNode[];
  if (statement?.type === 'ExpressionStatement' && others.length === 0) {
    return statement['expression'] as SyntaxNode;
  }
  throw new SyntaxError('not one function');
}

function isFunction({ type }: SyntaxNode): boolean {
  return type === 'FunctionExpression' || type === 'ArrowFunctionExpression';
}
