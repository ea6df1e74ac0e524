/** A module that is not the same in workers: there it does not load, or one of its exports is missing. */
const mode = process.env['MANYCORE_TEST_IMPORT'];
if (mode === 'throw') throw new RangeError('this module does not load in a worker');

export function square(x: number): number {
  return x * x;
}

export const holder: { gone?: (x: number) => number } = {};
if (mode === undefined)
  holder.gone = function gone(x: number): number {
    return x;
  };

/** A function that workers do not have. */
export function maybe(): (x: number) => number {
  if (!holder.gone) throw new Error('only the host asks');
  return holder.gone;
}
