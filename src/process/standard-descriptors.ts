import { closeSync, fstatSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

const STANDARD = [0, 1, 2];

/**
 * Called before every start: the program may have closed its own standard streams. libuv aborts when a pipe of its own gets
 * such a number, and a child would inherit whatever file got it; so the numbers are taken for good.
 */
export function fillStandardDescriptors(): void {
  if (STANDARD.every(isOpen)) return;
  // Each opening takes the lowest free number.
  for (;;) {
    const fd = openSync(devNull, 'r+');
    if (STANDARD.includes(fd)) continue;
    closeSync(fd);
    return;
  }
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
