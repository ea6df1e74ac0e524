import { wrongType } from '../base/invalid.ts';
import { checkArray } from '../base/options.ts';

/** Checks the option `transfer`. */
export function checkTransfer(
  owner: string,
  transfer: unknown,
): asserts transfer is readonly ArrayBuffer[] | undefined {
  if (transfer === undefined) return;
  checkArray(owner, 'transfer', transfer);
  for (const [i, buffer] of transfer.entries())
    if (!(buffer instanceof ArrayBuffer)) throw wrongType(owner, `transfer[${i}]`, 'an ArrayBuffer', buffer);
}

/**
 * Detaches buffers whose bytes are on their way: they have length 0 here from now on, and their memory is free.
 *
 * Memory that came from another process, or that processes share, stays where it is.
 */
export function giveAway(buffers: readonly ArrayBuffer[] | undefined): void {
  for (const buffer of buffers ?? []) {
    try {
      structuredClone(buffer, { transfer: [buffer] });
    } catch {
      // It is marked as untransferable, or was given away before.
    }
  }
}
