import { sharedState } from '../base/globals.ts';
import { native } from '../native/addon.ts';
import type { Profile } from './boot.ts';

/** The process that started this one. */
export interface ParentInfo {
  readonly pid: number;
  readonly startTime: number;
  readonly name: string;
}

/** Who this process is, and what its children inherit. */
export interface ProcessState {
  /** Its user may rename it; the rest stays. */
  profile: Profile;
  readonly parent: ParentInfo | undefined;
  /** Proves to other processes of the program that this is one of them; made at first use. */
  authkey: Uint8Array | undefined;
  /** Number of the last `Process` that was constructed here. */
  lastChild: number;
}

const ROOT: Profile = { name: 'MainProcess', identity: [], daemon: false };
const KEY = 'process.state.1';

/** The state of the calling thread's process; the program's first process unless {@link becomeChild} said otherwise. */
export function processState(): ProcessState {
  return sharedState(KEY, () => ({ profile: ROOT, parent: undefined, authkey: undefined, lastChild: 0 }));
}

/** Called once by the first file of a child, before any code of the user's. */
export function becomeChild(profile: Profile, parent: ParentInfo, authkey: Uint8Array): void {
  sharedState<ProcessState>(KEY, () => ({ profile, parent, authkey, lastChild: 0 }));
}

/** The key of the program; random, made by its first process. */
export function ownAuthkey(): Uint8Array {
  const state = processState();
  state.authkey ??= new Uint8Array(process.getBuiltinModule('node:crypto').randomBytes(32));
  return state.authkey;
}

/** When this process started, as its children check it. */
export function ownStartTime(): number {
  return sharedState('process.start-time.1', () => native().startTime(process.pid));
}

/** Identity of the next child: its number below this process's own. */
export function nextIdentity(): readonly number[] {
  const state = processState();
  return [...state.profile.identity, ++state.lastChild];
}
