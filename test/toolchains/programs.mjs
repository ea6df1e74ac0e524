// Texts of the programs: the cases, a start, and a guard or none, in the dialect of the toolchain.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES = ['tasks', 'barrel'];
const source = (name) => readFileSync(new URL(`fixtures/${name}.ts`, import.meta.url), 'utf8');

/**
 * Writes a program of TypeScript files into an empty folder.
 *
 * @param {string} folder
 * @param {{ cjs?: boolean, require?: boolean, specifier?: '.js' | '.ts' | '', guarded: boolean, test?: string, main?: string }} dialect
 *   `require`: CommonJS without import statements. `test`: the statement that starts a test instead of a program.
 */
export function writeProgram(
  folder,
  { cjs = false, require = false, specifier = '.js', guarded, test, main = 'main.ts' },
) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: cjs ? 'commonjs' : 'module' }));
  // Some tools look for one further up otherwise, and then for a compiler beside it.
  const compilerOptions = { target: 'es2022', module: cjs ? 'commonjs' : 'nodenext', esModuleInterop: true };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const dialect = (text) => {
    const named = text.replaceAll(/(from '\.\/\w+)\.js'/g, `$1${specifier}'`);
    return require ? withRequire(named) : named;
  };
  for (const name of FILES) writeFileSync(join(folder, `${name}.ts`), dialect(source(name)));
  const self = cjs ? 'module' : 'import.meta';
  const guard = `import { isMain } from 'manycore';\nif (isMain(${self})) void start();\n`;
  const start = test ?? (guarded ? guard : 'void start();\n');
  const here = cjs ? '__filename' : 'import.meta.url';
  const text = `${source('cases').replace('// One', '// (made) One').replace('(HERE)', `(${here})`)}\n${source('start')}\n${start}`;
  writeFileSync(join(folder, main), dialect(text));
}

/** Type stripping leaves modules as they are, so CommonJS has to be written as such. */
function withRequire(text) {
  const exported = [];
  let body = text
    .replaceAll(/^import \* as (\w+) from ('.+');$/gm, 'const $1 = require($2);')
    .replaceAll(/^import (\w+), \{(.+)\} from ('.+');$/gm, 'const { default: $1,$2} = require($3);')
    .replaceAll(/^import \{(.+)\} from ('.+');$/gm, 'const {$1} = require($2);')
    .replaceAll(/^export \{ (\w+) \} from ('.+');$/gm, 'exports.$1 = require($2).$1;')
    .replaceAll(/^export \{ (\w+) as (\w+) \};$/gm, 'exports.$2 = $1;')
    .replaceAll(/^export default function \(/gm, 'exports.default = function (');
  body = body.replaceAll(/^export (function|class|const) (\w+)/gm, (_, kind, name) => {
    exported.push(name);
    return `${kind} ${name}`;
  });
  return body + exported.map((name) => `exports.${name} = ${name};\n`).join('');
}
