// Functions that `families.test.ts` runs in children and grandchildren.
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { native } from '#internal/native/addon.js';
import { currentProcess, parentProcess, Process } from '#internal/process/process.js';
import { run } from '#internal/process/run.js';
import { getContext, Pool, Queue } from 'manycore';
import type { StartMethod } from '../helpers/matrix.ts';
import { live } from './targets.ts';

export function threadId(): number {
  return native().threadId();
}

/** Starts a grandchild, and lives until it is killed. */
export async function raise(file: string): Promise<void> {
  const child = new Process({ target: watchParent, args: [file] });
  child.start();
  await live();
}

export async function watchParent(file: string): Promise<void> {
  const parent = parentProcess();
  writeFileSync(file, JSON.stringify([process.pid, parent?.pid, parent?.name, parent?.isAlive()]));
  await live();
}

export async function useEverything(): Promise<readonly [number, readonly number[]]> {
  const queue = new Queue<number>();
  await queue.put(7);
  await using pool = new Pool(1);
  return [await queue.get(), await pool.map(Math.abs, [-1, -2])];
}

/** What a function that lies so many generations below gives. */
export async function below<R>(generations: number, fn: () => R): Promise<Awaited<R>> {
  if (generations === 0) return await fn();
  return run(below<R>, [generations - 1, fn]);
}

export async function passOn(method: StartMethod, queue: Queue<string>): Promise<void> {
  await getContext(method).run(putName, [queue]);
}

async function putName(queue: Queue<string>): Promise<void> {
  await queue.put(`${parentProcess()?.name} ${currentProcess().daemon}`);
}

/** What the open descriptors of this process lead to. */
export function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // The descriptor of the listing itself.
    }
  });
}

export function countDescriptors(): number {
  return openFiles().length;
}
