import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackLeaks } from '../../helpers/leaks.ts';
import { warmUp } from '../../pool/support.ts';
import { isSpare, type StartMethod } from '../../helpers/matrix.ts';
import { runMatrix } from './matrix.ts';
import { failures, printMatrix } from './table.ts';

export interface HangOptions {
  /** Of the cells of a row one in so many is run; 1 for all. */
  readonly share: number;
  readonly timeout: number;
}

/**
 * Nothing hangs: whatever goes wrong, in whatever way the call was made, it settles with the right error, and the pool goes on.
 */
export function hangSuite(method: StartMethod, { share, timeout }: HangOptions): void {
  // Node's loader leaves descriptors open when a thread is ended that still loads its modules, as threads of pools here are.
  if (method !== 'thread') trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });

  test(
    'whatever goes wrong, every call settles with the right error, and the next four tasks succeed ' +
      '(DLK-01 to DLK-11, POOL-07, POOL-30, MPI-07, MPI-11)',
    { timeout },
    async (context) => {
      const rows = await runMatrix(method, (row, column) => (row + column) % share === 0);
      for (const line of printMatrix(rows)) context.diagnostic(line);
      assert.deepEqual(failures(rows), []);
    },
  );
}
