// `npm start`: makes everything ready and runs the main job; `npm start -- map …` runs that command of the tool.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, setup } from './steps.mjs';

setup();
const args = process.argv.slice(2);
const job = join(root, 'dist', 'cli', 'start-job.js');
const tool = join(root, 'dist', 'cli', 'main.js');
const program = args.length === 0 && existsSync(job) ? job : tool;

if (existsSync(program)) runProgram();
else
  process.stderr.write('Everything is built. There is no command line tool yet: import the package as `manycore`.\n');

function runProgram() {
  const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; a supervisor sends SIGTERM to this process only. The child decides when to end.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else endAs(signal);
  });
}

/** Whoever started this sees the same end as if it had started the program itself. */
function endAs(signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
