// CPU-bound or memory-bound: what a pool can speed up, and by how much. Python: benchmark_task.
//
// Arithmetic scales with the cores. Work that mostly allocates and walks memory shares caches and memory bandwidth between
// the cores, so it scales less, and each process needs the memory for itself.
//
// Usage: node examples/06-cpu-or-memory-bound.ts [per cent of the full size, default 100]

import { benchmarkTask, isMain } from 'manycore';

export function cpuBoundTask(n: number): number {
  let total = 0;
  for (let i = 0; i < n; i += 1) total = (total + i ** 2) % 1_000_003;
  return total;
}

export function memoryBoundTask(size: number): number {
  const data = Array.from({ length: size }, (_, index) => index);
  return data.reduce((sum, value) => sum + value, 0);
}

async function main(percent: number): Promise<void> {
  const times4 = (value: number): number[] => Array.from({ length: 4 }, () => Math.round((value * percent) / 100));
  // Each prints a table, and gives the figures.
  await benchmarkTask(cpuBoundTask, times4(50_000_000), { name: 'CPU-bound' });
  await benchmarkTask(memoryBoundTask, times4(5_000_000), { name: 'Memory-bound' });
}

if (isMain(import.meta)) await main(Number(process.argv[2] ?? 100));
