import { createRequire } from 'node:module';
import { native } from '../native/addon.ts';
import { sharesMemory } from '../native/load.ts';

/** Flags by which Node writes something when it ends. */
const WRITES_AT_END = /^--(?:cpu-prof|heap-prof|prof|trace-event|report|experimental-test-coverage)/;

/**
 * Lets this process end without taking Node apart, which costs 4 to 17 milliseconds: listeners of `exit` run, output is out,
 * and the kernel frees the rest. Addons of the user's may have more to do at the end, so with such Node ends as ever.
 */
export function endQuickly(): void {
  // Without the addon nothing can end it so.
  if (!sharesMemory()) return;
  if (process.env['NODE_V8_COVERAGE'] !== undefined || process.execArgv.some((flag) => WRITES_AT_END.test(flag)))
    return;
  const end: unknown = Reflect.get(process, 'reallyExit');
  Reflect.set(process, 'reallyExit', (code: number) => {
    if (onlyOurs()) native().exitNow(code);
    if (typeof end === 'function') Reflect.apply(end, process, [code]);
  });
  process.on('beforeExit', () => {
    // Others may give the loop something to do; they come after this one.
    if (process.listenerCount('beforeExit') === 1) process.exit();
  });
}

function onlyOurs(): boolean {
  const { cache } = createRequire(import.meta.url);
  return Object.keys(cache).filter((file) => file.endsWith('.node')).length <= 1;
}
