// Joins the compiled modules of the library into two files, `dist/library.cjs` and `dist/library-rest.cjs`: `node scripts/join.mjs`.
//
// Node's loader takes about half a millisecond for each module, and every program and every child pays for some hundred of
// them. In the joined file each module is a function that runs when it is first asked for; modules know each other by their
// paths. The files that the modules came from stay where they were, as doors: `dist/process/run.js` exports what that module
// of the joined file does. So each module exists once in a thread, whichever way it is reached.
//
// V8 reads a file to its end before it runs any of it. So what children begin with stands in the one file, and all else in the other.
//
// This works because modules of the library have no import cycles, no top-level `await`, and no exports that change later.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { parse } from 'acorn';
import { JoinedMap } from './joined-map.mjs';
import { filesBelow, root } from './steps.mjs';

const dist = join(root, 'dist');
const LIBRARY = 'library.cjs';
const REST = 'library-rest.cjs';
/** What children begin with, whatever they are to do. */
const BEGINNINGS = [
  'process/child-boot',
  'process/child-life',
  'process/compiled-code',
  'process/quick-exit',
  'process/run-once',
  'process/run-target',
  'process/spare-life',
  'process/thread-life',
  'workers/run',
];
/** Programs, and what runs in a thread that has nothing else of the library, are not joined. */
const APART = /^(?:(?:cli|entry|bench)\/|reduction\/functions\/expose-hooks\.)/;
/** Has no state and no imports, and is loaded from its own file too. */
const ALSO_APART = 'reduction/functions/epilogue';

const ids = filesBelow('dist')
  .map((file) => relative('dist', file).replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.js') && !APART.test(file))
  .map((file) => file.slice(0, -'.js'.length));
const known = new Set(ids);
/** Names that modules export, in order; those of `export *` are added below. */
const exported = new Map();
const sources = new Map(ids.map((id) => [id, parsed(readFileSync(join(dist, `${id}.js`), 'utf8'))]));
/** Texts of the numbers that modules export, by the names of these. */
const constants = new Map(ids.map((id) => [id, constantsOf(sources.get(id))]));
/** What modules import, and so need as soon as they run. */
const needs = new Map();
const texts = new Map();

for (const id of ids) {
  const { code, entries, names, imports } = joinable(id, sources.get(id));
  exported.set(id, names);
  needs.set(id, imports);
  texts.set(
    id,
    `${JSON.stringify(id)}($load, $url, $require, $import) {\n${code}\nreturn { __proto__: null, ${entries.join(', ')} };\n},\n`,
  );
}
const first = closureOf(BEGINNINGS);
writeJoined(
  LIBRARY,
  ids.filter((id) => first.has(id)),
);
writeJoined(
  REST,
  ids.filter((id) => !first.has(id)),
);
for (const id of ids) if (id !== ALSO_APART) rmSync(join(dist, `${id}.js.map`));
// What imports it from an ES module gets this file instead: Node reads a file that it imports letter by letter for its exports.
writeFileSync(
  join(dist, 'door.cjs'),
  "'use strict';\nconst library = require('./library.cjs');\nmodule.exports = library;\n",
);
writeFileSync(join(dist, 'import.cjs'), "'use strict';\nmodule.exports = (specifier) => import(specifier);\n");
for (const id of ids) if (id !== ALSO_APART) writeFileSync(join(dist, `${id}.js`), door(id));

/** Writes a joined file with these modules, and its source map. */
function writeJoined(name, members) {
  const map = new JoinedMap();
  const others = ids.filter((id) => !members.includes(id));
  const template = readFileSync(join(root, 'scripts', name), 'utf8')
    .replace('AT_ONCE(', '(')
    .replace('/* rest */', () => JSON.stringify(others).slice(1, -1));
  const [before, after] = template.split('/* modules */\n');
  let text = before;
  for (const id of members) {
    map.add(text.split('\n').length, dist, join(dist, `${id}.js.map`));
    text += texts.get(id);
  }
  text += `${after}//# sourceMappingURL=${name}.map\n`;
  // Text of one byte a letter is read and kept as it is.
  text = text.replaceAll(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  writeFileSync(join(dist, name), text);
  writeFileSync(join(dist, `${name}.map`), map.toString(name));
}

/** These modules and all that they import. */
function closureOf(beginnings) {
  const found = new Set();
  const visit = (id) => {
    if (!known.has(id)) throw new Error(`${id} is no module of the library`);
    if (found.has(id)) return;
    found.add(id);
    for (const other of needs.get(id)) visit(other);
  };
  for (const id of beginnings) visit(id);
  return found;
}

function parsed(source) {
  const comments = [];
  const body = source.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '');
  const onComment = (_isBlock, _text, start, end) => comments.push({ start, end, by: '' });
  return { body, comments, program: parse(body, { ecmaVersion: 'latest', sourceType: 'module', onComment }) };
}

function constantsOf({ program }) {
  const declarations = program.body
    .filter(({ type, declaration }) => type === 'ExportNamedDeclaration' && declaration?.kind === 'const')
    .flatMap(({ declaration }) => declaration.declarations);
  return new Map(
    declarations.filter(({ init }) => typeof init?.value === 'number').map(({ id, init }) => [id.name, init.raw]),
  );
}

/** What of a module stands in the joined file: its lines as they were, with other imports and without `export`. */
function joinable(id, { body, comments, program }) {
  let edits = [...comments];
  const found = { entries: [], names: [], imports: [] };
  const numbers = numbersIn(id, program);
  for (const node of program.body) {
    if (node.source?.value.startsWith('.')) found.imports.push(pathOf(id, node.source.value));
    if (node.type === 'ImportDeclaration') edits.push({ ...span(node), by: importOf(id, node) });
    else if (node.type.startsWith('Export')) edits.push(exportOf(id, node, found));
  }
  eachNode(program, (node) => edits.push(...expressionEdits(id, node), ...numberEdits(numbers, node)));
  // Comments between the names of an import go with it.
  edits = edits.filter((one) => !edits.some((other) => other.start < one.start && one.end < other.end));
  return { code: apply(body, edits), ...found };
}

/** Notes what is exported, and takes the word away. */
function exportOf(id, node, { entries, names }) {
  const { declaration, specifiers, source } = node;
  const from = source && loadOf(id, source.value);
  if (node.type === 'ExportAllDeclaration') {
    entries.push(`...${from}`);
    names.push({ allOf: pathOf(id, source.value) });
  } else if (node.type === 'ExportDefaultDeclaration') {
    entries.push('default: $default');
    names.push('default');
    return { start: node.start, end: declaration.start, by: 'const $default = ' };
  } else if (declaration) {
    entries.push(...declaredNames(declaration));
    names.push(...declaredNames(declaration));
    return { start: node.start, end: declaration.start, by: ' '.repeat(declaration.start - node.start) };
  } else {
    entries.push(...specifiers.map((one) => `${one.exported.name}: ${from ? `${from}.` : ''}${one.local.name}`));
    names.push(...specifiers.map((one) => one.exported.name));
  }
  return { ...span(node), by: '' };
}

/** A joined module has another place and is no module: what it asks of these is told it. */
function expressionEdits(id, node) {
  if (node.type === 'MemberExpression' && node.object.type === 'MetaProperty' && node.object.meta.name === 'import') {
    if (node.property.name !== 'url') throw new Error(`${id}: only \`import.meta.url\` can be joined`);
    return [{ ...span(node), by: '$url' }];
  }
  if (node.type === 'CallExpression' && isRequire(node)) {
    return [{ ...span(node), by: loadOf(id, node.arguments[0].value) }];
  }
  if (node.type !== 'ImportExpression') return [];
  // Code that was compiled before cannot import: a file of its own does it, which Node has compiled.
  if (node.source.type !== 'Literal') return [{ start: node.start, end: node.source.start, by: '$import(' }];
  if (!node.source.value.startsWith('.'))
    return [{ ...span(node), by: `$import(${JSON.stringify(node.source.value)})` }];
  return [{ ...span(node), by: `Promise.resolve().then(() => ${loadOf(id, node.source.value)})` }];
}

/** The numbers of other modules that a module imports whole, by its name for these modules. */
function numbersIn(id, program) {
  const imports = program.body.filter(
    ({ type, source }) => type === 'ImportDeclaration' && source.value.startsWith('.'),
  );
  const whole = imports.flatMap(({ specifiers, source }) =>
    specifiers
      .filter(({ type }) => type === 'ImportNamespaceSpecifier')
      .map(({ local }) => [local.name, constants.get(pathOf(id, source.value))]),
  );
  return new Map(whole);
}

/**
 * `tag.LIST` becomes its number: an engine makes one jump of a `switch` over numbers, but looks up a property for each `case`
 * of one over those of a module.
 */
function numberEdits(numbers, node) {
  if (node.type !== 'MemberExpression' || node.computed || node.object.type !== 'Identifier') return [];
  const number = numbers.get(node.object.name)?.get(node.property.name);
  // As long as it was, so that the columns of the source maps stay true as well.
  return number === undefined ? [] : [{ ...span(node), by: number.padEnd(node.end - node.start) }];
}

/** `require('./other.js')`, by which a module loads another only when it needs it. */
function isRequire({ callee, arguments: [path] }) {
  const isNamed = callee.name === 'require' || callee.callee?.name === 'createRequire';
  return isNamed && typeof path?.value === 'string' && path.value.startsWith('.');
}

function eachNode(node, visit) {
  if (typeof node !== 'object' || node === null) return;
  if (typeof node.type === 'string') visit(node);
  for (const value of Object.values(node)) eachNode(value, visit);
}

function span({ start, end }) {
  return { start, end };
}

/** The lines stay where they are, so that the source maps stay true. */
function apply(source, edits) {
  let code = '';
  let at = 0;
  for (const { start, end, by } of edits.toSorted((one, other) => one.start - other.start)) {
    code += source.slice(at, start) + by + source.slice(start, end).replaceAll(/[^\n]/g, '');
    at = end;
  }
  return code + source.slice(at);
}

function importOf(id, { specifiers, source }) {
  const from = loadOf(id, source.value);
  if (specifiers.length === 0) return `${from};`;
  const whole = specifiers.filter(({ type }) => type === 'ImportNamespaceSpecifier');
  const named = specifiers.filter(({ type }) => type === 'ImportSpecifier');
  const isOurs = source.value.startsWith('.');
  const others = specifiers.filter(({ type }) => type === 'ImportDefaultSpecifier');
  const parts = [
    ...whole.map(({ local }) => `const ${local.name} = ${from};`),
    ...others.map(({ local }) => `const ${local.name} = ${from}${isOurs ? '.default' : ''};`),
  ];
  const list = named.map(({ imported, local }) =>
    imported.name === local.name ? local.name : `${imported.name}: ${local.name}`,
  );
  if (list.length > 0) parts.push(`const { ${list.join(', ')} } = ${from};`);
  return parts.join(' ');
}

/** The expression that gives what a module of the library imports. */
function loadOf(id, specifier) {
  if (!specifier.startsWith('.')) return `$require(${JSON.stringify(specifier)})`;
  return `$load(${JSON.stringify(pathOf(id, specifier))})`;
}

function pathOf(id, specifier) {
  const path = posix.join(posix.dirname(id), specifier).replace(/\.js$/, '');
  if (!known.has(path)) throw new Error(`${id} imports ${specifier}, which is not joined`);
  return path;
}

function declaredNames(declaration) {
  if (declaration.type !== 'VariableDeclaration') return [declaration.id.name];
  return declaration.declarations.map(({ id }) => id.name);
}

/** The file at the place of a module, which exports what the joined one does. */
function door(id) {
  const up = relative(dirname(join(dist, id)), dist).replaceAll('\\', '/') || '.';
  const names = [...new Set(namesOf(id))].filter((name) => name !== 'default');
  const lines = names.map((name) => `export const ${name} = $module.${name};`);
  if (namesOf(id).includes('default')) lines.push('export default $module.default;');
  const head = [`import $library from '${up}/door.cjs';`, `const $module = $library.load(${JSON.stringify(id)});`];
  return [...head, ...lines, ''].join('\n');
}

function namesOf(id) {
  return exported.get(id).flatMap((name) => (typeof name === 'string' ? [name] : namesOf(name.allOf)));
}
