import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { codeOf, messageOf } from '../exit.ts';
import { getAllStartMethods } from '../../process/methods.ts';
import { run } from '../../process/run.ts';
import { sharesMemory } from '../../native/load.ts';
import type { StartMethod } from '../../process/launch.ts';
import type { Finding } from './finding.ts';

const PATIENCE_MS = 20_000;
/** A prepared process is ready so long after the first start at the latest, on a slow machine. */
const PREPARATION_MS = 1000;

/** What a child says about itself. */
interface Answer {
  readonly pid: number;
  /** What its descriptors lead to. */
  readonly open: readonly string[];
}

/** Runs in the child. */
export function answer(): Answer {
  const open: string[] = [];
  try {
    for (const fd of readdirSync('/proc/self/fd')) open.push(readlinkSync(`/proc/self/fd/${fd}`));
  } catch {
    // The descriptor of the listing is gone by then, or the system has no such folder.
  }
  return { pid: process.pid, open };
}

/** Tries every start method with a real child. */
export async function methodFindings(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const method of getAllStartMethods()) findings.push(...(await tried(method)));
  return [...findings, ...whyNotFork()];
}

async function tried(method: StartMethod): Promise<Finding[]> {
  const section = 'start methods';
  try {
    const first = await timed(method);
    const isDefault = getAllStartMethods()[0] === method ? ', the default' : '';
    const value = `works: a child answered after ${first.ms} ms${isDefault}`;
    if (method !== 'forkserver') return [{ section, name: method, verdict: 'ok', value }, ...pidfd(method, first)];
    const engine = sharesMemory()
      ? 'prepared processes'
      : 'fresh processes, as nothing can be prepared without the addon';
    await setTimeout(PREPARATION_MS);
    const second = await timed(method);
    const prepared = `${value}, the next after ${second.ms} ms; engine: ${engine}`;
    return [{ section, name: method, verdict: 'ok', value: prepared }];
  } catch (error) {
    const advice = codeOf(error) === 'ERR_MP_NATIVE_UNAVAILABLE' ? 'see the addon above' : permissions();
    return [{ section, name: method, verdict: 'problem', value: `off: ${messageOf(error)}`, advice }];
  }
}

async function timed(method: StartMethod): Promise<Answer & { readonly ms: number }> {
  const begin = performance.now();
  const said = await run(answer, [], { context: method, timeout: PATIENCE_MS });
  return { ...said, ms: Math.round(performance.now() - begin) };
}

/** Whether a child watches its parent by a descriptor of the kernel's, and not by looking again and again. */
function pidfd(method: StartMethod, { open }: Answer): Finding[] {
  if (method !== 'spawn' || open.length === 0) return [];
  // Without the addon a stream that ends tells of the parent's end.
  if (!sharesMemory()) return [];
  const found = { section: 'kernel', name: 'pidfd' } as const;
  if (open.some((link) => link.includes('pidfd')))
    return [{ ...found, verdict: 'ok', value: 'children see the end of their parent at once' }];
  const advice = 'use Linux 5.3 or newer, and allow pidfd_open(2) in the seccomp profile of the container';
  return [
    { ...found, verdict: 'warning', value: 'missing: children look every 200 ms whether their parent lives', advice },
  ];
}

function whyNotFork(): Finding[] {
  const value = 'not offered: Node cannot be forked; forkserver starts as fast';
  return [{ section: 'start methods', name: 'fork', verdict: 'ok', value }];
}

/** Node's permission model, where it is on. */
function permissions(): string {
  const model: unknown = Reflect.get(process, 'permission');
  if (model === undefined) return 'the reason is in the message; `MANYCORE_LOG_LEVEL=debug` shows more';
  return 'Node runs with --permission: add --allow-child-process, --allow-worker and --allow-addons';
}
