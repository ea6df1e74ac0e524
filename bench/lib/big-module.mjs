import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const BYTES = 9_000_000;

/**
 * Writes a module of 9 MB of code that runs when it is imported, as bundles of large programs do.
 *
 * @returns {string} its URL; the file is removed when the program ends
 */
export function bigModule() {
  const folder = mkdtempSync(join(tmpdir(), 'manycore-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const lines = ['export const table = {};'];
  for (let index = 0, bytes = 0; bytes < BYTES; index++) {
    const line = `table.f${index} = (function (a, b) { const sum = a + b + ${index}; return { sum, text: \`\${sum}\` }; });`;
    lines.push(line);
    bytes += line.length + 1;
  }
  lines.push(
    'export function stampNow(stamp) { stamp[0] = Number(process.hrtime.bigint()); }',
    'if (process.send) process.send(String(process.hrtime.bigint()), () => process.disconnect());',
  );
  const file = join(folder, 'big.mjs');
  writeFileSync(file, lines.join('\n'));
  return pathToFileURL(file).href;
}
