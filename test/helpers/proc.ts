import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** What `/proc` says about one process. */
export interface ProcessFacts {
  readonly pid: number;
  readonly ppid: number;
  /** One letter; `Z` has ended and was not waited for. */
  readonly state: string;
  readonly commandLine: string;
}

/** Whether this system tells what the functions of this file ask. */
export const hasProc: boolean = existsSync('/proc/self/stat');

/** The facts, or `undefined` when there is no such process. */
export function processFacts(pid: number): ProcessFacts | undefined {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  // The name is in parentheses and may hold anything, so the fields are counted from its end.
  const [state, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === undefined || ppid === undefined) return undefined;
  const commandLine = readOrNothing(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return { pid, ppid: Number(ppid), state, commandLine };
}

/** Whether it runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  const facts = processFacts(pid);
  return facts !== undefined && facts.state !== 'Z' && facts.state !== 'X';
}

/** Children, their children and so on, zombies too. */
export function descendants(of: number = process.pid): ProcessFacts[] {
  const all = listOrNothing('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processFacts(Number(name)) ?? []);
  const found: ProcessFacts[] = [];
  const parents = [of];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    const children = all.filter((one) => one.ppid === parent);
    found.push(...children);
    parents.push(...children.map((child) => child.pid));
  }
  return found;
}

/** What every open descriptor of this process leads to, such as `pipe:[4711]`, in no order. */
export function openDescriptors(): string[] {
  return listOrNothing('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // The descriptor of the listing itself.
    }
  });
}

/** The mapped memory files of this process, one entry per mapping. */
export function memoryFileMappings(): string[] {
  return readOrNothing('/proc/self/maps')
    .split('\n')
    .filter((line) => line.includes('/memfd:'))
    .map((line) => line.split(/\s+/).slice(4).join(' '));
}

/** Named shared blocks that carry the pid of this process in their name. */
export function ownNamedBlocks(): string[] {
  const pid = new RegExp(`(^|\\D)${process.pid}(\\D|$)`);
  return listOrNothing('/dev/shm').filter((name) => pid.test(name));
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // It ended between the listing and now.
  }
}

function listOrNothing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
