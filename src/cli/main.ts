#!/usr/bin/env node
import { readFileSync } from 'node:fs';

import { Command, CommanderError } from 'commander';

import { commands } from './commands.ts';
import { EXIT, InputError, UsageError } from './exit.ts';

/** The whole command line: reads the arguments, runs the command they name, gives the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = new Command('manycore')
    .description('Runs functions of TypeScript and JavaScript modules on many processes.')
    .version(ownVersion(), '-V, --version', 'print the version')
    .showHelpAfterError('(see manycore --help)')
    .showSuggestionAfterError(true);
  for (const add of commands) {
    // Subcommands are made with program.command(), which hands these settings down; each sets the exit code by calling back.
    add(program, (code) => {
      exitCode = code;
    });
  }
  for (const each of program.commands) each.showHelpAfterError(`(see manycore ${each.name()} --help)`);
  failSoftly(program);
  try {
    await program.parseAsync(withProgressMode(argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error);
  }
}

/** Makes commander throw instead of leaving the process, also in subcommands. */
function failSoftly(command: Command): void {
  command.exitOverride();
  for (const each of command.commands) failSoftly(each);
}

/** `--progress` takes a value only after `=`; otherwise the input that follows it would be taken for the mode. */
function withProgressMode(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.map((word, index) => (word === '--progress' && (end < 0 || index < end) ? '--progress=bar' : word));
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has printed its message; help and version asked for are a success.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (error instanceof UsageError) return complain(error.message, EXIT.usage);
  if (error instanceof InputError) return complain(error.message, EXIT.aborted);
  return complain(error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.aborted);
}

function complain(message: string, code: number): number {
  process.stderr.write(`manycore: ${message}\n`);
  return code;
}

function ownVersion(): string {
  // The build puts this file two folders below package.json.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  const version: unknown =
    typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'version') : undefined;
  return typeof version === 'string' ? version : 'unknown';
}

// No top-level await: the file may then be required as well. Everything that runs is stopped by now, so leaving at once is safe,
// and needed: a standard input that nobody closes would keep the event loop alive.
void main(process.argv.slice(2)).then((code) => process.exit(code));
