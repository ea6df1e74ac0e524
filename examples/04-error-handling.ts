// Errors: caught inside the task, thrown to the caller, and a worker that dies. Python: "safe worker".

import { Pool, WorkerLostError, isMain } from 'manycore';

export type Outcome =
  | { readonly success: true; readonly task: number; readonly result: number }
  | { readonly success: false; readonly task: number; readonly error: string; readonly trace: string };

/** Python's pattern: the task catches everything and says in its result how it went. */
export function safeWorker(task: number): Outcome {
  try {
    return { success: true, task, result: square(task) };
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { success: false, task, error: message, trace: stack ?? '' };
  }
}

export function square(task: number): number {
  if (task < 0) throw new RangeError('Negative input not allowed');
  return task ** 2;
}

/** Ends its process on the way, as a crash would. */
export function fragile(task: number): number {
  if (task < 0) process.exit(13);
  return task ** 2;
}

async function main(): Promise<void> {
  const tasks = [1, 2, -3, 4, -5];
  await using pool = new Pool(2);

  for (const outcome of await pool.map(safeWorker, tasks)) {
    if (outcome.success) console.log(`Task ${outcome.task}: ${outcome.result}`);
    else console.log(`Task ${outcome.task} failed: ${outcome.error}`);
  }

  // The pattern is not needed here: an error arrives as what it was, with the worker's stack.
  try {
    await pool.apply(square, [-3]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.log(
      `Caught a RangeError: ${error.message}, thrown in ${/at square/.test(error.stack ?? '') ? 'square()' : 'an unknown place'}`,
    );
  }

  // One result per input, whatever happened to the others.
  const settled = await pool.map(square, tasks, { onError: 'settle' });
  console.log(`Settled: ${settled.map((one) => (one.status === 'fulfilled' ? one.value : 'failed')).join(', ')}`);

  // A worker that dies takes down its own task only, and is replaced.
  const crashes = await Promise.allSettled(tasks.map((task) => pool.apply(fragile, [task])));
  for (const [index, crash] of crashes.entries()) {
    if (crash.status === 'fulfilled') console.log(`Fragile ${tasks[index]}: ${crash.value}`);
    else if (crash.reason instanceof WorkerLostError)
      console.log(`Fragile ${tasks[index]}: worker lost, exit code ${crash.reason.exitCode}`);
    else throw crash.reason;
  }
}

if (isMain(import.meta)) await main();
