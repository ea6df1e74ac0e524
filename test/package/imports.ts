import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { repository } from '../helpers/program.ts';

/** One file of `src`, by its path below it, with what it imports (types too: they are a dependency as well). */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Paths below `src`. */
  readonly internal: readonly string[];
  /** Specifiers of packages and of Node's modules. */
  readonly external: readonly string[];
}

// The compiler has no programming interface, so specifiers are found by their shape, after comments are taken away. The
// formatter puts every import statement at the start of its line; indented ones are text in a template.
const COMMENT = /\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm;
const SPECIFIER = /^(?:import|export)\s(?:[^'";]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]/gm;

/** Every TypeScript file of `src`. */
export function readSources(): SourceFile[] {
  const src = join(repository, 'src');
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(src, path), 'utf8');
      const specifiers = importedBy(text);
      return {
        path,
        text,
        internal: specifiers.filter(isRelative).map((one) => posix.join(dirname(path), one)),
        external: specifiers.filter((one) => !isRelative(one)),
      };
    });
}

/** The specifiers in a source text, in order. */
export function importedBy(text: string): string[] {
  return [...text.replaceAll(COMMENT, '').matchAll(SPECIFIER)].map((match) => match[1] ?? match[2] ?? '');
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}
