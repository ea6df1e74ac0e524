// A pool of processes: products of matrices, one after the other and on all cores. Python: Pool.map.
//
// Usage: node examples/02-pool.ts [largest matrix, default 500]

import { Pool, isMain } from 'manycore';

export interface Product {
  readonly size: number;
  readonly shape: readonly [rows: number, columns: number];
}

export function cpuIntensiveTask(size: number): Product {
  const a = randomMatrix(size);
  const b = randomMatrix(size);
  const product = multiply(a, b, size);
  return { size, shape: [product.length / size, size] };
}

/** Row-major, `size * size` numbers. */
function randomMatrix(size: number): Float64Array {
  return Float64Array.from({ length: size * size }, Math.random);
}

function multiply(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const product = new Float64Array(size * size);
  // Row by row of b, so that memory is read in the order in which it lies.
  for (let row = 0; row < size; row += 1) {
    for (let k = 0; k < size; k += 1) {
      const factor = a[row * size + k] ?? 0;
      for (let column = 0; column < size; column += 1) {
        product[row * size + column] = (product[row * size + column] ?? 0) + factor * (b[k * size + column] ?? 0);
      }
    }
  }
  return product;
}

async function main(largest: number): Promise<void> {
  const sizes = [1, 2, 3, 4, 5].map((fifth) => Math.round((largest * fifth) / 5));

  const sequentialStart = performance.now();
  const sequential = sizes.map(cpuIntensiveTask);
  const sequentialMs = performance.now() - sequentialStart;

  const parallelStart = performance.now();
  await using pool = new Pool();
  const parallel = await pool.map(cpuIntensiveTask, sizes);
  const parallelMs = performance.now() - parallelStart;

  for (const { size, shape } of parallel) console.log(`Matrix ${size}: shape (${shape.join(', ')})`);
  console.log(`Same results: ${JSON.stringify(sequential) === JSON.stringify(parallel)}`);
  console.log(`Sequential: ${(sequentialMs / 1000).toFixed(2)}s`);
  console.log(`Parallel: ${(parallelMs / 1000).toFixed(2)}s`);
  console.log(`Speedup: ${(sequentialMs / parallelMs).toFixed(2)}x`);
}

if (isMain(import.meta)) await main(Number(process.argv[2] ?? 500));
