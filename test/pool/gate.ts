/** A gate that tasks wait for: in a file, so that it works for every kind of worker. Imported by workers, too. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { waitUntil } from '../helpers/rendezvous.ts';

/** The test's side. */
export class Gate {
  readonly #folder = mkdtempSync(join(tmpdir(), 'gate-'));
  /** What {@link throughGate} is given. */
  readonly file: string = join(this.#folder, 'open');

  open(): void {
    writeFileSync(this.file, '');
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** A task that lasts until the gate is open, or gone. */
export async function throughGate(file: string): Promise<string> {
  await waitUntil(() => existsSync(file) || !existsSync(dirname(file)), 'the gate is open');
  return 'through';
}
