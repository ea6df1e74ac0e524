import { existsSync, readFileSync } from 'node:fs';
import { isLinux } from '../../base/platform.ts';
import { native } from '../../native/addon.ts';
import { nativeStatus } from '../../native/load.ts';
import { messageOf } from '../exit.ts';
import type { Finding } from './finding.ts';

/** Whether the addon loads, or why not, and what it can do with this kernel. */
export function addonFindings(): Finding[] {
  const { available, reason, path } = nativeStatus();
  const section = 'addon';
  if (available)
    return [{ section, name: 'addon', verdict: 'ok', value: `loaded from ${path ?? '?'}` }, ...kernelFindings()];
  const where = path === undefined ? '' : ` (looked for in ${path})`;
  const value = `not loaded: ${reason ?? 'it is missing'}${where}; ${WITHOUT}`;
  return [{ section, name: 'addon', verdict: 'problem', value, advice: remedy(path) }];
}

/** What the mode is like that runs then. */
const WITHOUT = 'processes share no memory: Process, Pool, Queue and Pipe work, locks and arrays among threads only';

function remedy(path: string | undefined): string {
  if (path === undefined) return 'take MANYCORE_NATIVE=off out of the environment';
  if (!isLinux) return 'there is none for this system yet: what needs shared memory works with threads';
  if (existsSync(path))
    return 'it is there, but cannot be loaded: see the message; it needs glibc, and --allow-addons with --permission';
  return 'install a C++20 compiler and run `node scripts/build-addon.mjs` in the folder of the package manycore';
}

function kernelFindings(): Finding[] {
  return [memfd(), ...yama()];
}

function memfd(): Finding {
  const found = { section: 'kernel', name: 'memfd and futex' } as const;
  try {
    const { map } = native().createRegion(4096);
    native().waitWord(map, 0, 0, 1);
    native().closeRegion(map);
    return { ...found, verdict: 'ok', value: 'memory without a name can be made, and waited on' };
  } catch (error) {
    const advice =
      'use Linux 4.14 or newer, and allow memfd_create(2) and futex(2) in the seccomp profile of the container';
    return { ...found, verdict: 'problem', value: messageOf(error), advice };
  }
}

/** Processes open each other's memory through `/proc`, which asks for less than a debugger needs. */
function yama(): Finding[] {
  try {
    const scope = readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8').trim();
    const value = `ptrace_scope ${scope}; processes of a program need not trace each other`;
    return [{ section: 'kernel', name: 'ptrace', verdict: 'ok', value }];
  } catch {
    return []; // No such restriction.
  }
}
