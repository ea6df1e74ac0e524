/** Two processes that wake each other through one futex word of shared memory each, through the library's own addon: the floor of every blocking call. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { drive } from '../lib/driver.mjs';
import { built } from '../lib/manycore.mjs';
import { roundTripsSync } from '../lib/timing.mjs';

await drive(import.meta, {
  roundTrip: async ({ count }) => {
    const { native } = await built('native/addon.js', 'native');
    const addon = native();
    const { map, fd, inode, buffer } = addon.createRegion(65_536);
    const words = new Int32Array(buffer);
    const farEnd = fileURLToPath(new URL('../tasks/futex.mjs', import.meta.url));
    const child = spawn(process.execPath, [farEnd, process.pid, fd, inode].map(String), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    let turn = 0;
    // Words a cache line apart: 0 is the question, 16 the answer.
    const call = () => {
      turn++;
      Atomics.store(words, 0, turn);
      addon.wakeWord(map, 0, 1);
      while (Atomics.load(words, 16) !== turn) addon.waitWord(map, 16, turn - 1, -1);
    };
    const times = roundTripsSync(call, { count });
    child.kill('SIGKILL');
    return times;
  },
});
