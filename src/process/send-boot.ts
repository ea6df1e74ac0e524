import { ProcessError } from '../base/errors.ts';
import { logHook } from '../base/log.ts';
import type { Channel } from '../connection/channel.ts';
import { native } from '../native/addon.ts';
import { Parker } from '../shared-memory/parker.ts';
import { BOOT, PAYLOAD, type BootNumbers, type BootRecord } from './boot.ts';
import { compiledCode } from './compiled-code.ts';
import { moduleUrls } from './module-urls.ts';
import type { LaunchRequest } from './request.ts';
import { ownStartTime, processState } from './state.ts';

/** What a child needs to find this thread and its end of `channel`. */
export function bootNumbers(channel: Channel): BootNumbers {
  const program = native().program();
  if (!program) throw new ProcessError('the program has no shared memory, although a channel was made in it');
  return {
    parent: process.pid,
    parentStart: ownStartTime(),
    creator: Parker.current().id,
    program,
    channel: channel.handle,
    code: compiledCode(),
  };
}

/** May be written before the child exists, so that it need not wait for it. */
export function sendBoot(
  channel: Channel,
  { main, payload, profile, authkey, method, options }: LaunchRequest,
  changes: Pick<BootRecord, 'env' | 'cwd'> = {},
): void {
  const state = processState();
  const record: BootRecord = {
    profile,
    main: main.href,
    parentName: state.profile.name,
    method,
    preload: options.preload === undefined ? state.preload : moduleUrls('Process', 'preload', options.preload),
    ...changes,
    log: logHook.toChild(),
    authkey: Buffer.from(authkey).toString('base64'),
  };
  channel.send(BOOT, 0, { bytes: Buffer.from(JSON.stringify(record)), buffers: [] });
  channel.send(PAYLOAD, 0, payload);
}
