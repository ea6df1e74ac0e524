import { accessSync, constants, readFileSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, tmpdir, totalmem } from 'node:os';
import { sharedMemoryFolder } from '../../base/platform.ts';
import { cpuCount } from '../../process/cpu-count.ts';
import { type Finding, inBytes, type Read, warningIf } from './finding.ts';

const FEW_FILES = 1024;
const FEW_PROCESSES = 256;
const LITTLE_MEMORY = 256 * 2 ** 20;
const LITTLE_SHARED = 64 * 2 ** 20;
/** Where a listener without an address puts its socket; the whole path has 107 bytes at most. */
const LONGEST_FOLDER = 80;

const section = 'limits';

/** @param read Gives the kernel's files. */
export function limitFindings(read: Read = readText): Finding[] {
  return [
    ...processLimits(read('/proc/self/limits') ?? ''),
    ...cgroupProcesses(read),
    ...sharedMemory(),
    ...memory(read),
    processors(read),
    temporaryFolder(),
  ];
}

/** @param table Text of `/proc/self/limits`. */
function processLimits(table: string): Finding[] {
  const rows: readonly [name: string, title: string, few: number, advice: string][] = [
    ['open files', 'Max open files', FEW_FILES, 'raise it with `ulimit -n 4096`: every process takes some descriptors'],
    ['processes', 'Max processes', FEW_PROCESSES, 'raise it with `ulimit -u`, or start smaller pools'],
    [
      'address space',
      'Max address space',
      Infinity,
      'lift it with `ulimit -v unlimited`: shared memory is mapped sparsely',
    ],
  ];
  return rows.flatMap(([name, title, few, advice]) => {
    const [, soft, hard] = new RegExp(`^${title} +(\\S+) +(\\S+)`, 'm').exec(table) ?? [];
    if (soft === undefined || hard === undefined) return [];
    const value = soft === hard ? soft : `${soft} (can be raised to ${hard})`;
    return warningIf(soft !== 'unlimited' && Number(soft) < few, advice, { section, name, value });
  });
}

/** A container's own limit of processes and threads. */
function cgroupProcesses(read: Read): Finding[] {
  const most = cgroupFile(read, 'pids', 'pids.max');
  if (most === undefined || most === 'max') return [];
  const now = Number(cgroupFile(read, 'pids', 'pids.current') ?? 0);
  const value = `${most} processes and threads in this container, ${now} in use`;
  const advice = 'give the container more (`--pids-limit`), or start smaller pools';
  return [warningIf(Number(most) - now < FEW_PROCESSES, advice, { section, name: 'container pids', value })];
}

function sharedMemory(): Finding[] {
  if (sharedMemoryFolder === undefined) return [];
  const name = sharedMemoryFolder;
  try {
    const { bsize, blocks, bavail } = statfsSync(name);
    accessSync(name, constants.W_OK);
    const value = `${inBytes(bavail * bsize)} free of ${inBytes(blocks * bsize)} (for named SharedMemory only)`;
    const advice = 'give the container more (`docker run --shm-size=1g`), or run `manycore clean`';
    return [warningIf(bavail * bsize < LITTLE_SHARED, advice, { section, name, value })];
  } catch (error) {
    const value = error instanceof Error ? error.message : String(error);
    const advice = 'mount a tmpfs there, writable for everybody: SharedMemory and ShareableList need it';
    return [{ section, name, verdict: 'problem', value, advice }];
  }
}

function memory(read: Read): Finding[] {
  const limit = numberOf('constrainedMemory');
  const available = numberOf('availableMemory') ?? freemem();
  const isLimited = limit !== undefined && limit > 0 && limit < totalmem();
  const value = `${inBytes(available)} available of ${inBytes(isLimited ? limit : totalmem())}${isLimited ? ' (limit of the container)' : ''}`;
  const advice = 'free some, or start smaller pools: a Node process takes some 40 MiB';
  const found = warningIf(available < LITTLE_MEMORY, advice, { section, name: 'memory', value });
  if (read('/proc/sys/vm/overcommit_memory') !== '2') return [found];
  const strict = 'set vm.overcommit_memory to 0 or 1: sparse shared memory counts in full otherwise';
  return [found, warningIf(true, strict, { section, name: 'overcommit', value: 'strict' })];
}

function processors(read: Read): Finding {
  const count = cpuCount();
  const [all, usable] = [cpus().length, availableParallelism()];
  const quota = quotaOf(read);
  const parts = [
    `${count} to be used`,
    `${all} in the machine`,
    ...(usable < all ? [`${usable} by affinity or quota`] : []),
    ...(quota === undefined ? [] : [`a quota of ${quota.toFixed(2)}`]),
  ];
  const advice = `pools are made for ${count}, but the container gets ${quota?.toFixed(2)}: name the number of processes`;
  const isLess = quota !== undefined && Math.ceil(quota) < count;
  return warningIf(isLess, advice, { section, name: 'processors', value: parts.join(', ') });
}

/** Processors that the container may use, of either version of cgroups. */
function quotaOf(read: Read): number | undefined {
  const [limit, period] = (read('/sys/fs/cgroup/cpu.max') ?? '').split(' ').map(Number);
  if (limit && period) return limit / period;
  const old = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') ?? -1);
  return old > 0 ? old / Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us') ?? 100_000) : undefined;
}

function temporaryFolder(): Finding {
  const folder = tmpdir();
  const found = { section, name: 'temporary folder', value: folder } as const;
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const value = error instanceof Error ? error.message : String(error);
    return {
      ...found,
      verdict: 'problem',
      value,
      advice: 'let TMPDIR name a folder that can be written: sockets lie there',
    };
  }
  const advice = 'let TMPDIR name a folder with a shorter path, or give listeners and managers an `address`';
  return warningIf(Buffer.byteLength(folder) > LONGEST_FOLDER, advice, found);
}

/** A file of the cgroup that this process is in, of either version. */
function cgroupFile(read: Read, controller: string, file: string): string | undefined {
  const lines = (read('/proc/self/cgroup') ?? '').split('\n').map((line) => line.split(':'));
  const own = lines.find(([, names]) => names?.split(',').includes(controller))?.[2];
  const unified = lines.find(([id]) => id === '0')?.[2] ?? '/';
  const old = own === undefined ? undefined : read(`/sys/fs/cgroup/${controller}${own}/${file}`);
  return old ?? read(`/sys/fs/cgroup${unified}/${file}`) ?? read(`/sys/fs/cgroup/${file}`);
}

/** What newer versions of Node tell about memory. */
function numberOf(name: string): number | undefined {
  const ask: unknown = Reflect.get(process, name);
  return typeof ask === 'function' ? Number(Reflect.apply(ask, process, [])) : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined; // This system has no such thing.
  }
}
