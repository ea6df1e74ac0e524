import { benchmarkTask } from '../index.ts';

/*
 * What a pool brings, by kind of work: the benchmark with which Python's `multiprocessing` is usually taught. Part of the main job.
 */

interface Kind {
  readonly name: string;
  readonly fn: (size: number) => number;
  /** Each is a call. */
  readonly sizes: readonly number[];
}

/** About a second or less each for one process: long enough to tell, short enough to wait for. */
const KINDS: readonly Kind[] = [
  { name: 'Matrix products', fn: matrixProduct, sizes: [260, 280, 300, 320, 340, 360] },
  { name: 'CPU-bound', fn: cpuBound, sizes: [8e6, 8e6, 8e6, 8e6] },
  { name: 'Memory-bound', fn: memoryBound, sizes: [3e6, 3e6, 3e6, 3e6] },
];

/** Lines for the terminal: one for each kind of work. */
export async function benchmarkLines(say: (line: string) => void): Promise<boolean> {
  say(tableRow(['', 'one process', 'pool', 'speed-up', 'results']));
  let isSame = true;
  for (const { name, fn, sizes } of KINDS) {
    // oxlint-disable-next-line no-await-in-loop -- they must not disturb each other
    const result = await benchmarkTask(fn, sizes, { name, print: false });
    isSame &&= result.isSame;
    const times = [result.sequential, result.parallel].map((ms) => `${(ms / 1000).toFixed(2)} s`);
    say(tableRow([name, ...times, `${result.speedup.toFixed(2)} x`, result.isSame ? 'the same' : 'DIFFERENT']));
  }
  return isSame;
}

function tableRow(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(16) : cell.padStart(12))).join('');
}

export function matrixProduct(size: number): number {
  const a = Float64Array.from({ length: size * size }, (_, i) => (i * 7) % 13);
  const b = Float64Array.from({ length: size * size }, (_, i) => (i * 5) % 11);
  const product = new Float64Array(size * size);
  // Row by row of b, so that memory is read in the order in which it lies.
  for (let row = 0; row < size; row++)
    for (let k = 0; k < size; k++) {
      const factor = a[row * size + k] ?? 0;
      for (let column = 0; column < size; column++)
        product[row * size + column] = (product[row * size + column] ?? 0) + factor * (b[k * size + column] ?? 0);
    }
  return product.reduce((sum, value) => sum + value, 0);
}

export function cpuBound(n: number): number {
  let total = 0;
  for (let i = 0; i < n; i++) total = (total + i ** 2) % 1_000_003;
  return total;
}

export function memoryBound(size: number): number {
  const data = Array.from({ length: size }, (_, index) => index);
  return data.reduce((sum, value) => sum + value, 0);
}
