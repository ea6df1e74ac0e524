import { native } from '#internal/native/addon.js';
import type { MappedRegion } from '#internal/native/contract.js';

/** Opens the region that the arguments of this program or thread name; see `argumentsFor`. */
export function regionOfArguments(): { region: MappedRegion; words: Int32Array; rest: string[] } {
  const [pid, fd, inode, ...rest] = process.argv.slice(2);
  const region = native().openRegion(Number(pid), Number(fd), Number(inode));
  return { region, words: new Int32Array(region.buffer), rest };
}

/** Arguments by which another process or thread opens a region of this one. */
export function argumentsFor(region: MappedRegion, ...rest: readonly (string | number)[]): string[] {
  return [process.pid, region.fd, region.inode, ...rest].map(String);
}
