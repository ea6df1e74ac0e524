// The entry guard. Python: `if __name__ == "__main__":`.
//
// Workers import the file of a function that they are sent. What stands at the top level of that file runs in each of them; what
// must run once, in the program, stands behind the guard. Without it a worker that imports this file would want a pool of its own, and
// so on without end; manycore refuses that with a BootstrapError that names the line.

import { Pool, isMain, setStartMethod } from 'manycore';

// Runs in the program and once in each worker that imports this file.
const greeting = isMain(import.meta) ? 'program' : 'worker';

export function whoAmI(item: number): string {
  return `item ${item} was handled by a ${greeting}`;
}

// Node's own idioms are understood too: `import.meta.main` (Node 24) and, in CommonJS, `require.main === module`; see 07-entry-guard.cjs.
if (isMain(import.meta)) {
  // One start method for the whole program. It is the default; 'forkserver' starts faster where there is the addon.
  setStartMethod('spawn');

  console.log(`This is the ${greeting}`);
  await using pool = new Pool(2);
  for (const line of await pool.map(whoAmI, [1, 2, 3])) console.log(line);
}
