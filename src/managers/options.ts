import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { wrongType } from '../base/invalid.ts';
import { checkInteger, checkOneOf, checkOptions, checkString, checkTimeout } from '../base/options.ts';
import { familyOf, type Address } from '../connection/address.ts';
import { moduleUrls } from '../process/module-urls.ts';
import type { ProcessOptions } from '../process/options.ts';
import { SERIALIZERS, type Serializer } from './remote/codec.ts';

/** How a manager is started and found. */
export interface ManagerOptions extends Pick<ProcessOptions, 'env' | 'execArgv' | 'preload' | 'context'> {
  /**
   * Where the server listens, for programs other than this one: a path, a Linux abstract name, or host and port (0: any that is
   * free). Without it, only processes of this program can use the manager, which needs no address.
   */
  readonly address?: Address | undefined;
  /** Key that clients at the address must know; default: the program's own. */
  readonly authkey?: Uint8Array | undefined;
  /** Options of `tls.createServer` for a server, of `tls.connect` for {@link BaseManager.connect}. */
  readonly tls?: (TlsOptions & ConnectionOptions) | undefined;
  /**
   * How values cross when this manager connects to a server: `native` (the default), or `json`, which has fewer kinds of
   * values but is written and read in every language. A server understands both.
   */
  readonly serializer?: Serializer | undefined;
  /** As `activeChildren` and errors show it; by default the class and a number. */
  readonly name?: string | undefined;
  /** Milliseconds that the server may take for its end when it is asked, and again after SIGTERM, before it is killed. Default 1000. */
  readonly shutdownTimeout?: number | undefined;
  /** Longest request that the server takes from another program. Default 256 MiB. */
  readonly maxMessageBytes?: number | undefined;
}

const KEYS = [
  'address',
  'authkey',
  'tls',
  'serializer',
  'name',
  'shutdownTimeout',
  'maxMessageBytes',
  'env',
  'execArgv',
  'preload',
  'context',
] as const;

/** @throws TypeError or RangeError for the first option that is wrong. */
export function checkManagerOptions(owner: string, options: ManagerOptions): void {
  checkOptions(owner, options, KEYS);
  const { address, authkey, name, preload, shutdownTimeout, maxMessageBytes } = options;
  if (address !== undefined) familyOf(owner, address, undefined);
  if (authkey !== undefined && !(authkey instanceof Uint8Array))
    throw wrongType(owner, 'authkey', 'a Uint8Array', authkey);
  if (options.serializer !== undefined) checkOneOf(owner, 'serializer', options.serializer, SERIALIZERS);
  if (name !== undefined) checkString(owner, 'name', name);
  if (preload !== undefined) moduleUrls(owner, 'preload', preload);
  checkTimeout(owner, shutdownTimeout, 'shutdownTimeout');
  if (maxMessageBytes !== undefined) checkInteger(owner, 'maxMessageBytes', maxMessageBytes, 1);
}
