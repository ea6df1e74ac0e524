import { isDeepStrictEqual } from 'node:util';
import { type ExecutorOptions, ProcessPoolExecutor } from './executor.ts';

let current:
  | { readonly executor: ProcessPoolExecutor; readonly options: ExecutorOptions; size: number | undefined }
  | undefined;

/**
 * One executor for the whole program: the same one as long as it works and is asked for with the same options.
 *
 * Another `maxWorkers` resizes it (more workers start when they are needed, surplus ones end when their call has ended); other options, a shutdown or a break make a new one.
 *
 * @see loky `get_reusable_executor`
 */
export function getReusableExecutor(options: ExecutorOptions = {}): ProcessPoolExecutor {
  const { maxWorkers, ...rest } = options;
  if (current && !current.executor.isShutDown && isDeepStrictEqual(rest, current.options)) {
    if (maxWorkers !== undefined && maxWorkers !== current.size) {
      current.executor.resize(maxWorkers);
      current.size = maxWorkers;
    }
    return current.executor;
  }
  // The old one ends by itself when its calls are made.
  if (current) void current.executor.shutdown({ wait: false });
  current = { executor: new ProcessPoolExecutor(options), options: rest, size: maxWorkers };
  return current.executor;
}
