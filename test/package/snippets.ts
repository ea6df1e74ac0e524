import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as manycore from 'manycore';
import { repository } from '../helpers/program.ts';
import { STAND_INS } from './stand-ins.ts';

const PAGES = [
  'README.md',
  ...['docs', join('docs', 'guide')].flatMap((folder) =>
    readdirSync(join(repository, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
];

/** Names of the library that a page uses without importing them; those that hide a global of JavaScript are not meant. */
const IMPORTABLE = Object.keys(manycore).filter((name) => !(name in globalThis));

/** A block of code of a page, as a program. */
export interface Snippet {
  /** Page and line, such as `docs/guide/pool.md:7`. */
  readonly place: string;
  /** A file name for it. */
  readonly file: string;
  readonly text: string;
  /** Whether the block is a whole program; else it is a part of one, and stand-ins were put before it. */
  readonly isWhole: boolean;
  /** Lines that it must print: those of comments behind `console.log(…);`, and of a block of text right below it. */
  readonly promised: readonly string[];
}

/** All blocks of JavaScript and TypeScript in the documentation. */
export function snippets(): Snippet[] {
  return PAGES.flatMap(snippetsOf);
}

/** The commands of the page about the command line that run a function or ask for a report, each with its place. */
export function commands(): { readonly place: string; readonly text: string }[] {
  const page = join('docs', 'guide', 'command-line.md');
  return readFileSync(join(repository, page), 'utf8')
    .split('\n')
    .map((text, i) => ({ place: `${page}:${i + 1}`, text }))
    .filter(({ text }) => /^(manycore (map|doctor$)|.*\| manycore map)/.test(text));
}

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(repository, page), 'utf8');
  return [...text.matchAll(/^```(ts|js)\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```)?/gm)].map((found) => {
    const [, language = '', body = '', printed = ''] = found;
    const line = text.slice(0, found.index).split('\n').length;
    const isWhole = body.includes("from 'manycore'");
    return {
      place: `${page}:${line}`,
      file: `${page.replaceAll(/\W/g, '-')}-${line}.${language === 'ts' ? 'mts' : 'mjs'}`,
      text: isWhole ? body : completed(body),
      isWhole,
      promised: [...promisedBy(body), ...printed.split('\n').filter(Boolean)],
    };
  });
}

function promisedBy(text: string): string[] {
  return [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, promised = '']) => promised);
}

/** The part of a program with all that it uses and does not make. */
function completed(part: string): string {
  const needed = new Set<string>();
  const before = (): string => inOrder(needed).join('\n');
  for (let found = namesIn(part); found.length > 0; found = namesIn(before()).filter((name) => !needed.has(name))) {
    for (const name of found) if (!makes(part, name)) needed.add(name);
  }
  const whole = before() + part;
  const names = IMPORTABLE.filter((name) => uses(whole, name) && !makes(whole, name));
  // A part may leave the function that it is part of, but only a module may export.
  const body = /^(import|export)/m.test(part) ? part : `async function part() {\n${part}}\nawait part();\n`;
  return `import { ${names.join(', ')} } from 'manycore';\n${before()}\n${body}`;
}

function namesIn(text: string): string[] {
  return Object.keys(STAND_INS).filter((name) => uses(text, name));
}

function inOrder(names: ReadonlySet<string>): string[] {
  return Object.entries(STAND_INS).flatMap(([name, made]) => (names.has(name) ? [made] : []));
}

function uses(text: string, name: string): boolean {
  return new RegExp(`(?<![.\\w'])${name}\\b(?!:)`).test(text.replaceAll(/\/\/ .*$/gm, ''));
}

function makes(text: string, name: string): boolean {
  return new RegExp(`(const|let|using|class|function) ${name}\\b`).test(text);
}
