import { readFileSync } from 'node:fs';
import { SharedBlock } from '../shared-memory/shared-block.ts';

/** Below this nobody asks how much memory there is: that costs more than the memory. */
const LARGE_BYTES = 64 << 20;
/** What Node's buffers can hold; less in old versions. */
const LONGEST = 2 ** 32;

/**
 * Shared memory for an object of the user's: zeros, given back when nobody uses it any more.
 *
 * @throws RangeError with code `ENOMEM` when the machine, or the limit it runs under, has not that much.
 */
export function allocate(owner: string, byteLength: number): ArrayBuffer {
  if (byteLength > LONGEST)
    throw noMemory(`${owner}: ${byteLength} bytes are more than one array can have (${LONGEST})`);
  if (byteLength >= LARGE_BYTES) {
    const available = availableMemory();
    if (byteLength > available)
      throw noMemory(
        `${owner}: expected at most ${available} bytes, which are free on this machine, got ${byteLength}`,
      );
  }
  return SharedBlock.allocateBuffer(Math.max(1, byteLength)).buffer;
}

function noMemory(message: string): RangeError {
  return Object.assign(new RangeError(message), { code: 'ENOMEM' });
}

/** Bytes that can still be used, by the whole machine and within the limit of this process's group. */
export function availableMemory(): number {
  const machine = /^MemAvailable:\s+(\d+) kB/m.exec(read('/proc/meminfo'))?.[1];
  const limits = groupFolders().map(roomIn);
  return Math.min(machine === undefined ? Infinity : Number(machine) * 1024, ...limits);
}

/** Folders of this process's control group and those above it, which all limit it. */
function groupFolders(): string[] {
  const path = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '/';
  const steps = path.split('/').filter(Boolean);
  return ['/sys/fs/cgroup', ...steps.map((_, i) => `/sys/fs/cgroup/${steps.slice(0, i + 1).join('/')}`)];
}

function roomIn(folder: string): number {
  const limit = Number(read(`${folder}/memory.max`) || 'max');
  if (!Number.isFinite(limit)) return Infinity;
  const used = Number(read(`${folder}/memory.current`));
  const cached = Number(/^inactive_file (\d+)$/m.exec(read(`${folder}/memory.stat`))?.[1] ?? 0);
  return Math.max(0, limit - used + cached);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // There is no such limit here.
  }
}
