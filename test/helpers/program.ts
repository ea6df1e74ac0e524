import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The repository; tests run from it, compiled or not. */
export const repository: string = process.cwd();

/** The full path of a program in `test/fixtures`. */
export function fixture(name: string): string {
  return join(repository, 'test', 'fixtures', name);
}

/** How a program ended and what it wrote. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Written to its standard input, which is then closed. */
  readonly input?: string;
  /** Milliseconds after which it is killed; the outcome then has signal `SIGKILL`. */
  readonly timeout?: number;
}

/** Runs a JavaScript program with this Node to its end. */
export async function runProgram(file: string, options: ProgramOptions = {}): Promise<Outcome> {
  return runNode([...(options.execArgv ?? []), file, ...(options.args ?? [])], options);
}

/** Runs source text as an ES module, in the repository, so that it can import the package by its name. */
export async function runSource(source: string, options: ProgramOptions = {}): Promise<Outcome> {
  return runNode([...(options.execArgv ?? []), '--input-type=module', '--eval', source], options);
}

async function runNode(argv: readonly string[], { env, input, timeout = 20_000 }: ProgramOptions): Promise<Outcome> {
  // The test runner's own variable would make the child report in its binary protocol.
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  const child = spawn(process.execPath, argv, {
    cwd: repository,
    env: { ...own, ...env },
    timeout,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.on('error', () => undefined); // It may end without reading.
  child.stdin.end(input ?? '');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
