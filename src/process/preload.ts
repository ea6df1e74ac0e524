import { sharedState } from '../base/globals.ts';
import { checkOneOf, checkOptions } from '../base/options.ts';
import { moduleUrls } from './module-urls.ts';

/** What happens when a module to preload cannot be loaded. */
export type PreloadPolicy = 'ignore' | 'warn' | 'fail';

export interface PreloadOptions {
  /** `warn` by default; `fail` makes later starts throw. */
  readonly onError?: PreloadPolicy | undefined;
}

interface Preloads {
  urls: readonly string[];
  onError: PreloadPolicy;
  /** Counts the calls, so that processes which were prepared before are not used any more. */
  generation: number;
}

/** What processes that are prepared from now on load. */
export function preloads(): Preloads {
  return sharedState('process.preloads.1', () => ({ urls: [], onError: 'warn', generation: 0 }));
}

/**
 * Modules that prepared processes of the start method `forkserver` load ahead, so that their children need not.
 *
 * They are loaded before a child's environment and working directory are known: what depends on these belongs into
 * functions. Counts for processes that are prepared after the call.
 *
 * This saves time and nothing else. What has to be there in every child, whatever its start method, is named by the option `preload` of processes
 * and pools.
 *
 * @param modules URLs or absolute paths.
 * @throws TypeError for what is no string, RangeError for a relative path.
 * @see Python `multiprocessing.set_forkserver_preload`
 */
export function setForkserverPreload(modules: readonly (string | URL)[], options: PreloadOptions = {}): void {
  const owner = 'setForkserverPreload';
  const urls = moduleUrls(owner, 'modules', modules);
  checkOptions(owner, options, ['onError']);
  if (options.onError !== undefined) checkOneOf(owner, 'onError', options.onError, ['ignore', 'warn', 'fail']);
  const state = preloads();
  Object.assign(state, { urls, onError: options.onError ?? 'warn', generation: state.generation + 1 });
}
