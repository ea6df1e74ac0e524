// Functions that the tests of this folder run in children.
import { getLogger, Process, type StartMethod } from 'manycore';

export function nothing(): void {}

/** The level that counts here. */
export function effectiveLevel(): string {
  return getLogger().getEffectiveLevel();
}

export function ownLevel(): string {
  return getLogger().level;
}

export function logNumbers(count: number): void {
  for (let i = 0; i < count; i++) getLogger().info('number %d', i);
}

export function logAtEveryLevel(): void {
  const logger = getLogger();
  logger.debug('a debug message');
  logger.info('an info message');
  logger.warning('a warning');
  logger.error('an error', new RangeError('of this kind'));
  logger.critical('the end');
}

export function logAndDie(): void {
  getLogger().info('last words');
  process.exit(3);
}

/** Logs in a child of this child, which has the same start method. */
export async function logInGrandchild(method: StartMethod): Promise<void> {
  getLogger().info('the child');
  const grandchild = new Process({ target: logNumbers, args: [1], name: 'Grandchild', context: method });
  grandchild.start();
  await grandchild.join();
}

export function logLongText(length: number): void {
  getLogger().info('x'.repeat(length));
}

export function logWhereItStands(): void {
  getLogger().warning('here');
}
