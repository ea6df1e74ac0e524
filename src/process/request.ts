import type { ResourceLimits } from 'node:worker_threads';
import type { Packed } from '../reduction/pack.ts';
import type { Profile, StartMethod } from './boot.ts';

/** What a start needs to know. */
export interface LaunchRequest {
  readonly method: StartMethod;
  /** Module whose export `main(channel, payload)` runs in the child. */
  readonly main: URL;
  readonly payload: Packed;
  readonly profile: Profile;
  readonly authkey: Uint8Array;
  readonly options: LaunchOptions;
}

/** What users may say about a start. */
export interface LaunchOptions {
  /** Added to the environment of this process; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Node's own arguments instead of those of this process. */
  readonly execArgv?: readonly string[] | undefined;
  /** Modules that the child loads first, in place of those that this process was started with. */
  readonly preload?: readonly (string | URL)[] | undefined;
  /** Limits of a thread's memory. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Bytes of each of the channel's two rings; a power of two. */
  readonly ringBytes?: number | undefined;
}
