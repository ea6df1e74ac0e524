import { Pool } from '../index.ts';
import { checkModule, runItems } from './map-task.ts';
import type { ItemReply, ModuleReply, Target } from './map-task.ts';

/** Runs items of one function somewhere; the job does not care where. */
export interface Runner {
  /** Loads the module once and says whether its function is there. Rejects when the worker ended on the way. */
  check(): Promise<ModuleReply>;
  /**
   * Runs the function over texts, in order, in one worker.
   *
   * @param timeoutMs For all of them together; `undefined` means no limit.
   * @returns One reply per text. Rejects when the worker was lost or the time was up: then nothing is known of any of them.
   */
  run(isJson: boolean, texts: readonly string[], timeoutMs: number | undefined): Promise<readonly ItemReply[]>;
  /** Ends the workers when all is done. */
  close(): Promise<void>;
  /** Ends the workers at once. What is running rejects. */
  terminate(): Promise<void>;
}

/** A runner on a pool of `jobs` processes. */
export function openPoolRunner(target: Target, jobs: number): Runner {
  const pool = new Pool({
    processes: jobs,
    // A function run by name cannot heed a signal it does not know of: its time is up, so its worker ends.
    killGrace: 0,
  });
  return {
    check: () => pool.apply(checkModule, [target]),
    run: (isJson, texts, timeoutMs) =>
      timeoutMs === undefined
        ? pool.apply(runItems, [target, isJson, texts])
        : pool.apply(runItems, [target, isJson, texts], { timeout: timeoutMs }),
    close: async () => {
      pool.close();
      await pool.join();
    },
    terminate: () => pool.terminate(),
  };
}
