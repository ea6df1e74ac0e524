import { isMainThread } from 'node:worker_threads';
import { type CheckedWait, Deadline } from '../base/deadline.ts';
import { runFinalizers } from '../base/finalize.ts';
import { sharedState } from '../base/globals.ts';
import { waitFor } from '../base/wait-for.ts';
import { Registry } from '../shared-memory/registry.ts';
import type { Life } from './life.ts';
import type { Popen } from './popen.ts';
import { SIGKILL, SIGTERM } from './signals.ts';

/** How long children may take to end by themselves once their parent ends. */
const GRACE_MS = 1000;

/** A child that runs, or that ended and is still of interest. */
export class Child implements Life {
  readonly popen: Popen;
  readonly daemon: boolean;
  /** The `Process` that users see. */
  readonly owner: object;
  #holds = 0;

  constructor(popen: Popen, daemon: boolean, owner: object) {
    this.popen = popen;
    this.daemon = daemon;
    this.owner = owner;
    // A daemon does not keep its parent from ending; an ordinary child does, as if it were joined.
    if (daemon) popen.unref();
    register(this);
  }

  get pid(): number {
    return this.popen.pid;
  }

  get ident(): number {
    return this.popen.ident;
  }

  exitCode(): number | null {
    return this.popen.poll()?.exitCode ?? null;
  }

  isAlive(): boolean {
    return this.popen.poll() === undefined;
  }

  signal(number: number): void {
    this.popen.signal(number);
  }

  async join(wait: CheckedWait): Promise<void> {
    wait.signal?.throwIfAborted();
    if (!this.isAlive() || wait.deadline.expired) return;
    await waitFor(wait, (callback) => this.whenEnded(callback));
  }

  joinSync(deadline: Deadline): void {
    this.popen.waitSync(deadline);
  }

  /** Calls back when it has ended and keeps the event loop alive until then. Returns how to stop that. */
  whenEnded(callback: () => void): () => void {
    if (this.#holds++ === 0) this.popen.ref();
    this.popen.onExit(callback);
    let stopped = false;
    return () => {
      if (stopped) return;
      stopped = true;
      this.popen.offExit(callback);
      if (--this.#holds === 0 && this.daemon) this.popen.unref();
    };
  }
}

/** Children of this thread that have not ended, oldest first, after a look at each. */
export function liveChildren(): Child[] {
  return [...table()].filter((child) => child.isAlive());
}

function table(): Set<Child> {
  return sharedState('process.children.1', () => {
    // First of all exit listeners: finalizers of lower priority are for when the children have ended.
    process.prependListener('exit', endChildren);
    return new Set<Child>();
  });
}

function register(child: Child): void {
  const live = table();
  live.add(child);
  noteCount(live);
  child.popen.onExit(() => {
    live.delete(child);
    noteCount(live);
  });
}

/** For {@link Registry.descendants}. */
function noteCount(live: ReadonlySet<Child>): void {
  Registry.current().noteChildren(live.size);
}

/**
 * The program's end is the end of its children: of the daemons always, of the others when the program did not wait for
 * them but called `process.exit` or failed.
 */
function endChildren(): void {
  runFinalizers(0);
  // No exit listener may run any more: they start replacements, or settle promises that nobody awaits.
  const children = [...table()].map((child) => child.popen).filter((popen) => popen.status === undefined);
  for (const popen of children) popen.signal(SIGTERM);
  const deadline = Deadline.after(GRACE_MS);
  const stubborn = children.filter((popen) => !popen.isOver(deadline));
  for (const popen of stubborn) popen.signal(SIGKILL);
  if (isMainThread) return;
  // The process lives on, and no event loop will take them.
  const end = Deadline.after(GRACE_MS);
  for (const popen of children) if (popen.isOver(end)) popen.reap();
}
