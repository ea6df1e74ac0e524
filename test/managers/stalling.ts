// A module that a thread may be made to stop in while it loads it: the thread says that it is there, and goes no further.
const stall: unknown = Reflect.get(globalThis, 'stallHere');
if (stall instanceof Int32Array) {
  Atomics.store(stall, 0, 1);
  for (;;);
}

export class Stalling {
  readonly loaded = true;
}
