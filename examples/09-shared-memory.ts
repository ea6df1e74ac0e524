// Processes that work on different parts of one array. Python: multiprocessing.Array.
//
// The array is a Float64Array whose memory all processes share: it is sent by reference, and nothing is copied.

import * as mp from 'manycore';

export function squarePart(numbers: Float64Array, start: number, end: number): void {
  for (let i = start; i < end; i++) numbers[i] = (numbers[i] ?? 0) ** 2;
}

async function main(): Promise<void> {
  const size = 1_000_000;
  const numbers = mp.Array(
    'd',
    Array.from({ length: size }, (_, i) => i),
  );
  const parts = 4;
  const length = size / parts;
  const processes = Array.from({ length: parts }, (_, i) => {
    const end = i < parts - 1 ? (i + 1) * length : size;
    return new mp.Process({ target: squarePart, args: [numbers, i * length, end] });
  });
  for (const process of processes) process.start();
  for (const process of processes) await process.join();
  console.log(`First 10 elements: ${numbers.slice(0, 10).join(', ')}`);
  console.log(`Last element: ${numbers[size - 1]}`);
}

if (mp.isMain(import.meta)) await main();
