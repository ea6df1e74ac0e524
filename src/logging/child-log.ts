import { logInfo, type LogInheritance } from '../base/log.ts';
import { inheritLogger } from './get-logger.ts';

/** Makes the logger of a child as its parent wants it; the child's own life is the first that it tells of. */
export function beginLog(log: LogInheritance): void {
  inheritLogger(log);
  logInfo(() => 'the process runs its work');
  process.once('exit', (code) => logInfo(() => `the process exits with exit code ${code}`));
}
