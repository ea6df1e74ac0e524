// Calls every function with wrong arguments; those that end or block the process are left out.
import { native } from '#internal/native/addon.js';

const wrong: unknown[] = [
  undefined,
  null,
  -1,
  1.5,
  NaN,
  Infinity,
  1e300,
  2 ** 40,
  'x',
  {},
  [],
  () => 0,
  Symbol('x'),
  1n,
];
for (const [name, call] of Object.entries(native())) {
  if (['exitNow', 'lifeline', 'waitExit', 'closeFd', 'ring', 'setAffinity', 'createRegion'].includes(name)) continue;
  for (const first of wrong) {
    for (const second of wrong) {
      try {
        call(first, second, first, second);
      } catch (error) {
        if (!(error instanceof Error) || !('code' in error)) throw error;
      }
    }
  }
}
