import { createRequire } from 'node:module';
import { BootstrapError, ProcessError } from '../base/errors.ts';
import { logInfo } from '../base/log.ts';
import { sharesMemory } from '../native/load.ts';
import { giveBack } from '../reduction/loans.ts';
import { BOOT_VARIABLE, type StartMethod } from './boot.ts';
import { leaves } from '../shared-memory/reach.ts';
import type { Popen } from './popen.ts';
import { startFromSpare } from './popen-forkserver.ts';
import type * as popenRelay from './popen-relay.ts';
import { SpawnPopen } from './popen-spawn.ts';
import { ThreadPopen } from './popen-thread.ts';
import type { LaunchRequest } from './request.ts';
import { fillStandardDescriptors } from './standard-descriptors.ts';
import { processState } from './state.ts';
import { countStart } from './storm.ts';

export type { StartMethod } from './boot.ts';
export type { LaunchRequest } from './request.ts';

const require = createRequire(import.meta.url);

/** The engines. A start method is a line here, and nothing above knows more about it than its name. */
const ENGINES: Readonly<Record<StartMethod, (request: LaunchRequest) => Popen>> = {
  spawn: (request) => (sharesMemory() ? SpawnPopen.start(request) : startRelayed(request)),
  forkserver: (request) => (sharesMemory() ? startFromSpare(request) : startRelayed(request)),
  thread: (request) => ThreadPopen.start(request),
};

/** A process that shares no memory with this one. Loaded when it is needed: where the addon is, it never is. */
function startRelayed(request: LaunchRequest): Popen {
  // What the file exports.
  const { RelayPopen } = require('./popen-relay.js') as typeof popenRelay;
  return RelayPopen.start(request);
}

/**
 * Starts a child. It is on its way when this returns, with its process id.
 *
 * @throws ProcessError when the system refuses, or when this process is a daemon; nothing is left open then.
 */
export function launch(request: LaunchRequest): Popen {
  const { loans } = request.payload;
  let popen: Popen;
  try {
    popen = launchChecked(request);
  } catch (error) {
    giveBack(loans);
    throw error;
  }
  // Where memory is not shared, its relay stands for the child.
  if (loans && !leaves(request.method)) popen.onExit(() => popen.hasOpened || giveBack(loans));
  return popen;
}

function launchChecked(request: LaunchRequest): Popen {
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
  const noteEnd = countStart(name);
  const popen = start(request, noteEnd);
  const who = `${request.profile.name} (pid ${popen.pid}${popen.ident === popen.pid ? '' : `, thread ${popen.ident}`})`;
  logInfo(() => `${who} was started by ${request.method}`);
  if (noteEnd) popen.onExit(noteEnd);
  popen.onExit(({ exitCode }) => logInfo(() => `${who} has ended with exit code ${exitCode}`));
  return popen;
}

function start(request: LaunchRequest, noteEnd: (() => void) | undefined): Popen {
  try {
    fillStandardDescriptors();
    return ENGINES[request.method](request);
  } catch (error) {
    noteEnd?.();
    throw error;
  }
}
