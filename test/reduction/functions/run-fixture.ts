import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How one function crossed, and what it gave in the child and here; or why it did not cross. */
export interface Outcome {
  readonly title: string;
  readonly kind?: string;
  readonly via?: string;
  readonly path?: string;
  readonly url?: string;
  readonly remote?: string;
  readonly local?: string;
  readonly error?: string;
  readonly name?: string;
  readonly code?: string;
}

export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

export interface RunOptions {
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
}

/** What the harness of the fixtures sends functions to. */
export const MODES: readonly string[] = ['process', 'thread', 'pool', 'pool of prepared processes', 'pool of threads'];

/** Sources of the fixture programs; the compiled tests lie in `.build/test/reduction/functions`. */
export const fixtures: URL = new URL('../../../../test/fixtures/functions/', import.meta.url);

/** The path of a fixture program. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(name, fixtures));
}

/** Runs Node with `flags`, the program (none when empty) and its arguments, to its end. */
export function runNode(
  program: string,
  { flags = [], args = [], env = {}, input, cwd }: RunOptions = {},
): Promise<Run> {
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  const child = spawn(process.execPath, [...flags, ...(program === '' ? [] : [program]), ...args], {
    cwd: cwd ?? fileURLToPath(fixtures),
    env: { ...own, ...env },
    timeout: 30_000,
  });
  child.stdin.end(input ?? '');
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ stdout, stderr, exitCode }));
  });
}

/** Runs a program of cases and gives what happened to each. */
export async function runCases(program: string, options: RunOptions = {}): Promise<ReadonlyMap<string, Outcome>> {
  const run = await runNode(fixture(program), options);
  const lines = run.stdout.split('\n').filter((line) => line.startsWith('{'));
  if (lines.length === 0) throw new Error(`${program} printed nothing and ended with ${run.exitCode}: ${run.stderr}`);
  // Each line is what `cases.mjs` printed.
  const outcomes = lines.map((line) => JSON.parse(line) as Outcome);
  return new Map(outcomes.map((outcome) => [outcome.title, outcome]));
}
