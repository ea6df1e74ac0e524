import { sharedState } from '../base/globals.ts';
import { native } from '../native/addon.ts';
import type { Profile, StartMethod } from './boot.ts';

/** The process or thread that started this one. */
export interface ParentInfo {
  readonly pid: number;
  readonly startTime: number;
  readonly name: string;
  /** Participant id of the thread that called `start`. */
  readonly participant: number;
}

/** Who this process (or thread of the library) is, and what its children inherit. */
export interface ProcessState {
  /** Its user may rename it; the rest stays. */
  profile: Profile;
  readonly parent: ParentInfo | undefined;
  /** Proves to other processes of the program that this is one of them; made at first use. */
  authkey: Uint8Array | undefined;
  /** Number of the last `Process` that was constructed here. */
  lastChild: number;
  /** URLs of modules that it loaded first, and that its children load first. */
  readonly preload: readonly string[];
  /** The start method where none is named; not decided yet when absent. */
  method: StartMethod | undefined;
  /** Ends this thread as if it had been sent that signal; absent in processes, which have real signals. */
  readonly endBySignal?: (signal: number) => void;
}

const ROOT: Profile = { name: 'MainProcess', identity: [], daemon: false };
const KEY = 'process.state.2';

/** The state of the calling thread's process; the program's first process unless {@link becomeChild} said otherwise. */
export function processState(): ProcessState {
  return sharedState(KEY, () => ({
    profile: ROOT,
    parent: undefined,
    authkey: undefined,
    lastChild: 0,
    preload: [],
    method: undefined,
  }));
}

/** Called once by the first file of a child, before any code of the user's. */
export function becomeChild(state: Omit<ProcessState, 'lastChild'>): void {
  sharedState<ProcessState>(KEY, () => ({ ...state, lastChild: 0 }));
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

/** The number of this process, or of this thread when the library started it as one. */
export function ownIdent(): number {
  if (processState().endBySignal === undefined) return process.pid;
  return process.getBuiltinModule('node:worker_threads').threadId;
}

/** Identity of the next child: its number below this process's own. */
export function nextIdentity(): readonly number[] {
  const state = processState();
  return [...state.profile.identity, ++state.lastChild];
}
