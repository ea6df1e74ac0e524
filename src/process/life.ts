import { type CheckedWait, type Deadline } from '../base/deadline.ts';
import { ProcessError } from '../base/errors.ts';
import { waitFor } from '../base/wait-for.ts';
import { native } from '../native/addon.ts';
import { Registry } from '../shared-memory/registry.ts';
import { ownIdent, processState, type ParentInfo } from './state.ts';

/** What stands behind a `Process` object: a child, this process itself, or the one that started it. */
export interface Life {
  readonly pid: number;
  readonly ident: number;
  /** `null` while it runs, and for processes that are not children. */
  exitCode(): number | null;
  isAlive(): boolean;
  signal(number: number): void;
  join(wait: CheckedWait): Promise<void>;
  joinSync(deadline: Deadline): void;
}

/** The process that asks. */
export class OwnLife implements Life {
  readonly pid: number = process.pid;
  readonly ident: number = ownIdent();

  exitCode(): null {
    return null;
  }

  isAlive(): boolean {
    return true;
  }

  signal(number: number): void {
    const { endBySignal } = processState();
    if (endBySignal) endBySignal(number);
    else process.kill(this.pid, number);
  }

  /** @throws ProcessError always: nobody can wait for its own end. */
  async join(): Promise<void> {
    this.joinSync();
  }

  joinSync(): void {
    throw new ProcessError('a process cannot join itself; only the one that started it can');
  }
}

/** The process that started this one. Its end is this one's end too, so nobody sees a wait for it succeed. */
export class ParentLife implements Life {
  readonly pid: number;
  readonly ident: number;
  readonly #startTime: number;
  readonly #participant: number;

  constructor({ pid, startTime, participant }: ParentInfo) {
    this.pid = pid;
    this.ident = pid;
    this.#startTime = startTime;
    this.#participant = participant;
  }

  exitCode(): null {
    return null;
  }

  isAlive(): boolean {
    return native().isAlive(this.pid, this.#startTime) && Registry.current().isAlive(this.#participant);
  }

  signal(number: number): void {
    if (this.isAlive()) process.kill(this.pid, number);
  }

  async join(wait: CheckedWait): Promise<void> {
    if (this.isAlive()) await waitFor(wait, () => () => {});
  }

  joinSync(deadline: Deadline): void {
    if (this.isAlive()) native().waitExit(this.pid, deadline.remainingOrForever());
  }
}
