import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { atDeadline } from '../base/at-deadline.ts';
import { checkWait, Deadline, type CheckedWait } from '../base/deadline.ts';
import { TimeoutError } from '../base/errors.ts';
import { wrongType } from '../base/invalid.ts';
import { checkInteger, checkOptions } from '../base/options.ts';
import type { WaitOptions } from '../base/types.ts';
import { familyOf, type Address, type Family } from './address.ts';
import { Connection } from './connection.ts';
import { answerChallenge, checkAuthkey, deliverChallenge } from './handshake.ts';
import { HANDSHAKE_MS, LARGEST_MESSAGE } from './limits.ts';
import { asAuthenticationError } from './listener.ts';
import { SocketTransport } from './socket-transport.ts';

const KEYS = ['family', 'authkey', 'tls', 'maxMessageBytes', 'timeout', 'signal'] as const;

/** How {@link Client} connects. `timeout` and `signal` end the attempt. */
export interface ClientOptions extends WaitOptions {
  /** Only to have it checked: the address says it all. */
  readonly family?: Family | undefined;
  /** The key of the listener. Without it only data is taken from the peer. */
  readonly authkey?: Uint8Array | undefined;
  /** Options of `tls.connect`, or `true` for its defaults. */
  readonly tls?: ConnectionOptions | boolean | undefined;
  /** Longest message that is taken from the peer. Default 1 GiB. */
  readonly maxMessageBytes?: number | undefined;
}

/**
 * Connects to a `Listener`, ours or CPython's.
 *
 * @throws An error with the system's code, such as `ECONNREFUSED` or `ENOENT`; AuthenticationError when the keys differ;
 * TimeoutError, `signal.reason`.
 * @see Python `multiprocessing.connection.Client`
 */
export async function Client<T = unknown>(address: Address, options: ClientOptions = {}): Promise<Connection<T>> {
  checkOptions('Client', options, KEYS);
  const { authkey, tls = false, maxMessageBytes = LARGEST_MESSAGE, timeout, signal } = options;
  familyOf('Client', address, options.family);
  checkAuthkey('Client', authkey);
  checkInteger('Client', 'maxMessageBytes', maxMessageBytes, 1);
  if (typeof tls !== 'boolean' && (tls === null || typeof tls !== 'object')) {
    throw wrongType('Client', 'tls', 'options of `tls.connect`, `true` or `false`', tls);
  }
  const wait = checkWait('Client', { timeout, signal });
  signal?.throwIfAborted();
  const transport = new SocketTransport(await connect(address, tls, wait));
  try {
    if (authkey !== undefined) await authenticate(transport, authkey, wait);
  } catch (error) {
    transport.close();
    throw asAuthenticationError(error);
  }
  transport.trust(authkey === undefined ? 'anybody' : 'peer', maxMessageBytes);
  return new Connection<T>(transport);
}

async function authenticate(transport: SocketTransport, authkey: Uint8Array, { deadline }: CheckedWait): Promise<void> {
  const stream = transport.handshake(Deadline.after(Math.min(HANDSHAKE_MS, deadline.remaining())));
  await answerChallenge(stream, authkey);
  await deliverChallenge(stream, authkey);
}

async function connect(
  address: Address,
  tls: ConnectionOptions | boolean,
  { deadline, signal }: CheckedWait,
): Promise<Socket> {
  const where = typeof address === 'string' ? { path: address } : { host: address[0], port: address[1] };
  const isTls = tls !== false;
  const socket = isTls
    ? process.getBuiltinModule('node:tls').connect({ ...where, ...(tls === true ? {} : tls) })
    : process.getBuiltinModule('node:net').connect(where);
  let abort: () => void = () => {};
  let stopTimer: () => void = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      abort = () => reject(signal?.reason);
      signal?.addEventListener('abort', abort);
      stopTimer = atDeadline(deadline, () => reject(new TimeoutError('the listener did not answer in time')));
      socket.once(isTls ? 'secureConnect' : 'connect', () => resolve());
      socket.once('error', reject);
    });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    stopTimer();
    signal?.removeEventListener('abort', abort);
    socket.removeAllListeners('error');
  }
}
