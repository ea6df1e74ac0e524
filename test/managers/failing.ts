// A module that can be loaded in the thread of the tests only.
if (Reflect.get(globalThis, 'mayLoadFailing') !== true) throw new RangeError('not here');

export class Failing {
  readonly loaded = true;
}
