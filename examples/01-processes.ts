// Processes: start, wait, look at how they ended. Python: multiprocessing.Process.
//
// The function runs in another process, with its own memory and its own event loop. It is sent by reference: the child imports
// this file for it, so what only the main program shall do stands behind isMain().

import { setTimeout } from 'node:timers/promises';

import { Process, isMain, run } from 'manycore';

export async function workerFunction(name: string, durationMs: number): Promise<string> {
  console.log(`Process ${name} (PID: ${process.pid}) starting...`);
  await setTimeout(durationMs);
  console.log(`Process ${name} completed`);
  return `Result from ${name}`;
}

export function failing(): void {
  process.exit(3);
}

async function main(): Promise<void> {
  // One process.
  const single = new Process({ target: workerFunction, args: ['Worker-1', 200] });
  single.start();
  await single.join();

  // Several at the same time: together they take as long as the longest.
  const processes = [0, 1, 2].map((i) => new Process({ target: workerFunction, args: [`Worker-${i}`, 100] }));
  for (const process of processes) process.start();
  for (const process of processes) await process.join();
  console.log(`Exit codes: ${processes.map((process) => process.exitCode).join(', ')}`);

  // How a process ended is known, whatever it did.
  const bad = new Process({ target: failing, name: 'Bad' });
  bad.start();
  await bad.join();
  console.log(`${bad.name} ended with exit code ${bad.exitCode}`);

  // A Process has no result, as in Python. When the result is what you want, run() is one line.
  console.log(await run(workerFunction, ['Worker-4', 50]));
}

if (isMain(import.meta)) await main();
