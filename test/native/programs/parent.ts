// Starts a child that is tied to this process and loops, and waits for its own end.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { native } from '#internal/native/addon.js';

const loop = fileURLToPath(new URL('./loop.js', import.meta.url));
const [pid, fd, inode, where] = process.argv.slice(2).map(String);
spawn(
  process.execPath,
  [loop, pid ?? '', fd ?? '', inode ?? '', where ?? '', String(process.pid), String(native().startTime(process.pid))],
  {
    stdio: 'inherit',
  },
);
