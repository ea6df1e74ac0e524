// Compiles the sources and builds the addon; fails on type errors.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, setup } from './steps.mjs';

if (process.argv.includes('--clean')) {
  for (const folder of ['dist', '.build', 'prebuilds', '.cache/stamps']) {
    rmSync(join(root, folder), { recursive: true, force: true });
  }
}
const { compiled } = setup();
if (!compiled) process.exitCode = 1;
