/** Functions whose results travel many in one record. */
import { task } from 'manycore';

/** Kills its process in the middle of equal results. */
export function nothingUntil(item: number): undefined {
  if (item !== 5000) return undefined;
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

/** Ends its worker in the first run of one item. */
export function numberInSecondRun(item: number): number {
  if (item === 300 && task().attempt === 1) process.exit(3);
  return item / 2;
}

/** Says something now and then between results that are equal. */
export function reportsNowAndThen(item: number): true {
  if (item % 100 === 50) task().report(item);
  return true;
}

/** Results of every kind, among long rows of equal ones. */
export function changing(item: number): unknown {
  if (item % 500 === 250) throw new RangeError(`not ${item}`);
  if (item % 500 === 350) return Promise.resolve(item);
  if (item % 500 === 400) return [item];
  if (item % 500 > 450) return item % 2 === 0 ? 0 : -0;
  return item % 500 > 200 ? item : undefined;
}
