import { wrongRange, wrongType } from '../base/invalid.ts';
import { checkInteger, checkString } from '../base/options.ts';
import { isWindows } from '../base/platform.ts';

/** A path, a Linux abstract name (begins with `\0`), or host and port. Port 0: any that is free. */
export type Address = string | readonly [host: string, port: number];

/** Kinds of addresses, as Python names them. */
export type Family = 'AF_UNIX' | 'AF_INET' | 'AF_PIPE';

const FAMILIES: readonly Family[] = isWindows ? ['AF_INET', 'AF_PIPE'] : ['AF_INET', 'AF_UNIX'];
const LARGEST_PORT = 65_535;
/** Longest path of a Unix socket on Linux, without its final zero. */
const LONGEST_PATH = 107;

/**
 * The family of an address that was given, or the family that was asked for.
 *
 * @throws TypeError for what is no address; RangeError for a family that this platform does not have, or another one than the address's.
 */
export function familyOf(owner: string, address: Address | undefined, family: Family | undefined): Family {
  if (family !== undefined) {
    checkString(owner, 'family', family);
    if (!FAMILIES.includes(family)) throw wrongRange(owner, 'family', FAMILIES.join(' or '), family);
  }
  if (address === undefined) return family ?? (isWindows ? 'AF_PIPE' : 'AF_UNIX');
  const own = ownFamily(owner, address);
  if (!FAMILIES.includes(own)) throw wrongRange(owner, 'address', `of ${FAMILIES.join(' or ')}`, address);
  if (family !== undefined && family !== own) throw wrongRange(owner, 'family', `${own}, as the address is`, family);
  return own;
}

function ownFamily(owner: string, address: Address): Family {
  if (typeof address === 'string') {
    if (address.startsWith('\\\\.\\pipe\\')) return 'AF_PIPE';
    if (address === '' || (address.slice(1).includes('\0') && !address.startsWith('\0'))) {
      throw wrongRange(owner, 'address', 'a path or an abstract name', address);
    }
    if (Buffer.byteLength(address) <= LONGEST_PATH) return 'AF_UNIX';
    throw wrongRange(owner, 'address', `at most ${LONGEST_PATH} bytes long`, address);
  }
  const given: unknown = address;
  if (!Array.isArray(given) || given.length !== 2)
    throw wrongType(owner, 'address', 'a path or `[host, port]`', address);
  const [host, port] = address;
  checkString(owner, 'address[0]', host);
  checkInteger(owner, 'address[1]', port, 0, LARGEST_PORT);
  return 'AF_INET';
}
