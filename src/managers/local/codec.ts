import { packThrown } from '../../reduction/error-codec.ts';
import { loadModules, loadModulesSync } from '../../reduction/functions/load.ts';
import { functionPort } from '../../reduction/functions/port.ts';
import { pack, type Packed } from '../../reduction/pack.ts';
import { modulesOf, unpack } from '../../reduction/unpack.ts';
import type { Loan } from '../carrier.ts';
import { during, writing, type Crossing } from '../crossing.ts';
import type { Sealed } from './link.ts';

// Values between processes of one program: functions cross in every way, everything is trusted.

const functions = functionPort('auto');

/** A message, and what it has lent. */
export interface Written {
  readonly result: Packed;
  readonly lent: readonly Loan[];
}

/** Packs the values of a message. @throws NotSendableError */
export function packValues(values: readonly unknown[], crossing: Crossing, name: string): Written {
  return writing(crossing, () => pack(values, { functions, name }));
}

/** Packs what was thrown; never fails for its sake. */
export function packError(error: unknown, crossing: Crossing): Packed {
  return writing(crossing, () => packThrown(error, { functions })).result;
}

/** Whether {@link open} needs no module that is not loaded yet. */
export function isReady({ bytes }: Sealed): boolean {
  return modulesOf(bytes, functions).length === 0;
}

/** The values of a message. */
export function open({ bytes, buffers }: Sealed, crossing: Crossing): readonly unknown[] {
  const values = during(crossing, () => unpack(bytes, buffers, { functions, copy: false }));
  if (!Array.isArray(values)) throw new TypeError('manager: a message without values arrived');
  return values;
}

/** As {@link open}, after loading what the message names. */
export async function openLoading(sealed: Sealed, crossing: Crossing): Promise<readonly unknown[]> {
  await loadModules(modulesOf(sealed.bytes, functions));
  return open(sealed, crossing);
}

/** What an answer holds: one value in a list, or alone what was thrown. Loads what it names. */
export async function openAnswer(sealed: Sealed, crossing: Crossing, isError: boolean): Promise<unknown> {
  await loadModules(modulesOf(sealed.bytes, functions));
  return isError ? openAlone(sealed, crossing) : open(sealed, crossing)[0];
}

/** As {@link openAnswer}, blocking. */
export function openAnswerSync(sealed: Sealed, crossing: Crossing, isError: boolean): unknown {
  const missing = modulesOf(sealed.bytes, functions);
  if (missing.length > 0) loadModulesSync(missing);
  return isError ? openAlone(sealed, crossing) : open(sealed, crossing)[0];
}

function openAlone({ bytes, buffers }: Sealed, crossing: Crossing): unknown {
  return during(crossing, () => unpack(bytes, buffers, { functions, copy: false }));
}
