/** The far end of the futex baseline. */
import { built } from '../lib/manycore.mjs';

const [pid, fd, inode] = process.argv.slice(2).map(Number);
const { native } = await built('native/addon.js', 'native');
const addon = native();
const { map, buffer } = addon.openRegion(pid, fd, inode);
const words = new Int32Array(buffer);
process.stdout.write('ready');
for (let turn = 0; ; turn++) {
  while (Atomics.load(words, 0) === turn) addon.waitWord(map, 0, turn, -1);
  Atomics.store(words, 16, turn + 1);
  addon.wakeWord(map, 16, 1);
}
