import { checkBoolean, checkOptions } from '../base/options.ts';
import { Connection } from './connection.ts';
import { pipeEnds } from './ends.ts';

/** How a pipe is made. */
export interface PipeOptions {
  /** Whether both ends may send. Default `true`; else the first only receives and the second only sends. */
  readonly duplex?: boolean | undefined;
}

/**
 * Two connections, each the far end of the other, in memory that all processes of the program share.
 *
 * @see Python `multiprocessing.Pipe`
 *
 * @example
 * ```ts
 * const [here, there] = Pipe<string>();
 * new Process({ target: talk, args: [there] }).start();
 * there.close(); // Only the child holds it now: its end is EOF here.
 * console.log(await here.recv());
 * ```
 */
export function Pipe<T = unknown>(options: PipeOptions = {}): [Connection<T>, Connection<T>] {
  checkOptions('Pipe', options, ['duplex']);
  const { duplex = true } = options;
  checkBoolean('Pipe', 'duplex', duplex);
  const [one, other] = pipeEnds(duplex);
  return [new Connection<T>(one), new Connection<T>(other)];
}
