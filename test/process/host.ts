// The host of `deaths.test.ts` and of the long form in `test/stress`.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { StartMethod } from '../helpers/matrix.ts';
import { isRunning } from '../helpers/proc.ts';
import { fixture, repository } from '../helpers/program.ts';
import { onTerminal } from '../helpers/terminal.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { environmentOf } from './methods.ts';

/** What the library promises: no descendant lives longer after its host. */
export const PROMISED = { timeout: 2_000 };
const CHILDREN = 3;
/** All but the child that waits for the grandchild. */
const WORKING = 2;
/** What a host does that says so. */
const SAYS_SO = ['loop', 'join'];

/** A program with a tree of children, to be ended. */
export interface Host {
  readonly process: ChildProcess;
  /** Of two children and a grandchild. */
  readonly pids: readonly number[];
  readonly output: () => string;
}

/** Starts the program `process/host.mjs`; on return all of its tree does what it is to do. */
export async function startHost(
  method: StartMethod,
  [childWork, hostWork]: readonly [string, string],
  how: 'plain' | 'group' | 'terminal' = 'plain',
): Promise<Host> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const words = [process.execPath, fixture('process/host.mjs'), childWork, hostWork];
  const [file = '', ...args] = how === 'terminal' ? onTerminal(words) : words;
  const host = spawn(file, args, {
    cwd: repository,
    env: { ...env, ...environmentOf(method) },
    detached: how === 'group',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  host.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const pids: number[] = [];
  let working = 0;
  createInterface(host.stdout).on('line', (text) => {
    const line = text.trimEnd();
    if (/^\d+$/.test(line)) pids.push(Number(line));
    else if (line === 'working') working++;
    else output += line;
  });
  const all = SAYS_SO.includes(hostWork) ? WORKING + 1 : WORKING;
  await waitUntil(() => pids.length === CHILDREN && working === all, 'the tree works');
  return { process: host, pids, output: () => output };
}

/** The host ends, and all of its tree soon afterwards. */
export async function assertNobodyLives({ process: host, pids }: Host): Promise<void> {
  if (host.exitCode === null && host.signalCode === null) await once(host, 'exit');
  await waitUntil(() => !pids.some(isRunning), 'no descendant lives', PROMISED);
}

/** The named blocks of that tree: other programs of this machine have some as well. */
export function blocksOf({ process: { pid }, pids }: Host): string[] {
  const names = [pid, ...pids].map((id) => new RegExp(`[_-]${id}[_-]`));
  return readdirSync('/dev/shm').filter((block) => names.some((name) => name.test(block)));
}
