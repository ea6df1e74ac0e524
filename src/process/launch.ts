import { BootstrapError, ProcessError } from '../base/errors.ts';
import type { Packed } from '../reduction/pack.ts';
import { BOOT_VARIABLE, type Profile } from './boot.ts';
import type { Popen } from './popen.ts';
import { SpawnPopen } from './popen-spawn.ts';
import { processState } from './state.ts';

/** Names of the ways to start a process. */
export type StartMethod = 'spawn';

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
  /** Bytes of each of the channel's two rings; a power of two. */
  readonly ringBytes?: number | undefined;
}

/** The engines. A start method is a line here, and nothing above knows more about it than its name. */
const ENGINES: Readonly<Record<StartMethod, (request: LaunchRequest) => Popen>> = {
  spawn: (request) => SpawnPopen.start(request),
};

/**
 * Starts a child. It is on its way when this returns, with its process id.
 *
 * @throws ProcessError when the system refuses, or when this process is a daemon; nothing is left open then.
 */
export function launch(request: LaunchRequest): Popen {
  if (process.env[BOOT_VARIABLE] !== undefined) {
    throw new BootstrapError(
      'tried to start a process while this child process was still loading what `--import` or `--require` names; ' +
        'modules that are preloaded must not start processes',
    );
  }
  const { name, daemon } = processState().profile;
  if (daemon) {
    throw new ProcessError(
      `cannot start ${request.profile.name}: ${name} is a daemonic process, and those may not have children; ` +
        'start it with `daemon: false`',
    );
  }
  return ENGINES[request.method](request);
}
