import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { withoutAddon } from '../helpers/without-addon.ts';
import { repository, runProgram } from '../helpers/program.ts';
import { TYPESCRIPT } from '../helpers/typescript.ts';

const FOLDER = join(repository, '.build', 'snippets');
const PAGES = [
  'README.md',
  ...readdirSync(join(repository, 'docs', 'guide')).map((name) => join('docs', 'guide', name)),
];

interface Snippet {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

/** The whole programs of a page: those that import the package. Other blocks are parts of one, and are only read. */
function programsOf(page: string): Snippet[] {
  const text = readFileSync(join(repository, page), 'utf8');
  return [...text.matchAll(/^```(ts|js)\n([\s\S]*?)^```$/gm)]
    .map(([, language = '', body = ''], i, all) => ({
      page,
      language,
      line: text.slice(0, all[i]?.index).split('\n').length,
      text: body,
    }))
    .filter((snippet) => snippet.text.includes("from 'manycore'"));
}

/** What the comments behind `console.log(…);` say that it prints. */
function promisedBy(text: string): string[] {
  return [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, promised = '']) => promised);
}

describe('programs in the documentation', { skip: withoutAddon('crossing') }, () => {
  before(() => mkdirSync(FOLDER, { recursive: true }));
  after(() => rmSync(FOLDER, { recursive: true, force: true }));

  for (const snippet of PAGES.flatMap(programsOf)) {
    test(`${snippet.page}:${snippet.line} runs and prints what it says`, { timeout: 60_000 }, async () => {
      const name = `${snippet.page.replaceAll(/\W/g, '-')}-${snippet.line}`;
      const file = join(FOLDER, `${name}.${snippet.language === 'ts' ? 'mts' : 'mjs'}`);
      writeFileSync(file, snippet.text);
      const execArgv = snippet.language === 'ts' ? TYPESCRIPT : [];
      const { code, stdout, stderr } = await runProgram(file, { execArgv, timeout: 50_000 });
      assert.equal(`${code} ${stderr}`, '0 ', stdout);
      const lines = stdout.split('\n');
      for (const promised of promisedBy(snippet.text)) assert.ok(lines.includes(promised), `${promised}\n\n${stdout}`);
    });
  }
});
