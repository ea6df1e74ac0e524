import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { withoutAddon } from '../helpers/without-addon.ts';
import { repository, runProgram } from '../helpers/program.ts';
import { TYPESCRIPT } from '../helpers/typescript.ts';
import { commands, snippets } from './snippets.ts';
import { FILES } from './stand-ins.ts';

const FOLDER = join(repository, '.build', 'snippets');
const COMPILER = join(repository, 'node_modules', 'typescript', 'bin', 'tsc');
const PROGRAM = join(repository, 'dist', 'cli', 'main.js');
const all = snippets();

describe('code in the documentation', { skip: withoutAddon('crossing') }, () => {
  before(() => {
    mkdirSync(FOLDER, { recursive: true });
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(FOLDER, name), text);
    for (const { file, text } of all) writeFileSync(join(FOLDER, file), text);
  });
  after(() => rmSync(FOLDER, { recursive: true, force: true }));

  for (const { place, file, isWhole, promised } of all) {
    test(`${place} runs${promised.length > 0 ? ' and prints what it says' : ''}`, { timeout: 60_000 }, async () => {
      const execArgv = file.endsWith('.mts') ? TYPESCRIPT : [];
      const { code, stdout, stderr } = await runProgram(join(FOLDER, file), { execArgv, timeout: 50_000 });
      assert.equal(code, 0, stderr + stdout);
      // Parts of programs may be about what is written there.
      if (isWhole) assert.equal(stderr, '');
      const lines = stdout.split('\n');
      for (const line of promised) assert.ok(lines.includes(line), `${line}\n\n${stdout}`);
    });
  }

  for (const { place, text } of commands()) {
    test(`${place} runs`, { timeout: 60_000 }, () => {
      // What follows a file never ends.
      const script = `manycore() { "${process.execPath}" "${PROGRAM}" "$@"; }; ${text.replace('tail -f', 'cat')}`;
      const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
        cwd: FOLDER,
        encoding: 'utf8',
        timeout: 50_000,
      });
      assert.equal(status, 0, stderr + stdout);
    });
  }

  test('all of it that is TypeScript has the types that it says', { timeout: 120_000 }, async () => {
    const compilerOptions = { rootDir: '.', noEmit: true, noUnusedLocals: false, isolatedDeclarations: false };
    const project = join(FOLDER, 'tsconfig.json');
    writeFileSync(project, JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['*.mts'] }));
    const { code, stdout } = await runProgram(COMPILER, { args: ['-p', project], timeout: 100_000 });
    assert.equal(`${code}${stdout}`, '0');
  });
});
