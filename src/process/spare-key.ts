import { fstatSync } from 'node:fs';

/** Variables that a process reads when it starts, so that it is too late to change them afterwards. */
const READ_AT_START = /^(?:NODE_|LD_|ICU_|SSL_|OPENSSL_|MALLOC_|GLIBC_|UV_|MANYCORE_NATIVE$)/;
const OUTPUTS = [1, 2];

/** All that cannot be changed in a process that runs: only a spare with the same key can take a piece of work. */
export function spareKey(flags: readonly string[], env: Readonly<Record<string, string>>): string {
  const fixed = Object.entries(env).filter(([name]) => READ_AT_START.test(name));
  return JSON.stringify([process.execPath, flags, fixed, rights(), OUTPUTS.map(fileBehind)]);
}

/** What must be changed in an environment to make it another; `null` takes a variable away. */
export function environmentChanges(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): Record<string, string | null> {
  const changes: Record<string, string | null> = {};
  for (const name in from) if (!(name in to)) changes[name] = null;
  for (const [name, value] of Object.entries(to)) if (from[name] !== value) changes[name] = value;
  return changes;
}

/** A program that gave up rights must not start children that have them. */
function rights(): unknown[] {
  return [process.geteuid?.(), process.getuid?.(), process.getegid?.(), process.getgid?.()];
}

function fileBehind(fd: number): string {
  try {
    const { dev, ino } = fstatSync(fd);
    return `${dev}:${ino}`;
  } catch {
    return 'closed';
  }
}
