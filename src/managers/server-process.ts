import { ProcessError } from '../base/errors.ts';
import type { Wait } from '../base/types.ts';
import { checkWait } from '../base/deadline.ts';
import type { Address } from '../connection/address.ts';
import type { Child } from '../process/children.ts';
import { unavailable } from '../native/load.ts';
import { methodOf } from '../process/methods.ts';
import type { ProcessOptions } from '../process/options.ts';
import { packPayload } from '../process/pack-payload.ts';
import { openPayload } from '../process/payload.ts';
import { startBehind, type Process } from '../process/process.ts';
import { SIGKILL, SIGTERM } from '../process/signals.ts';
import { Parker } from '../shared-memory/parker.ts';
import { leaves } from '../shared-memory/reach.ts';
import { FAILED, type ServerPayload } from './server-main.ts';

const MAIN = new URL('./server-main.js', import.meta.url);

interface FirstWord {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly buffers: readonly ArrayBuffer[];
}

/** The process of a manager's server, as the process that started it sees it. */
export class ServerProcess {
  readonly #child: Child;
  /** Where it listens; `undefined` when only processes of the program can use it. */
  readonly address: Address | undefined;

  private constructor(child: Child, address: Address | undefined) {
    this.#child = child;
    this.address = address;
  }

  /** @throws What the initializer threw; the system's error for an address; ProcessError when it died before it ran. */
  static async start(options: ProcessOptions, payload: ServerPayload): Promise<ServerProcess> {
    const method = methodOf('Manager', options.context);
    if (leaves(method)) throw unavailable('Manager');
    const packed = packPayload(payload, 'manager', method);
    // Not a daemon, because its objects may start processes; it ends with its parent all the same.
    const child = startBehind({ ...options, daemon: false }, { main: MAIN, payload: packed });
    const word = await firstWordOf(child);
    if (word === undefined) {
      const { exitCode } = child.popen.status ?? { exitCode: '?' };
      const tail = child.popen.stderr;
      throw new ProcessError(
        `${payload.name}: its server ended with code ${exitCode} before it ran${tail && `:\n${tail}`}`,
      );
    }
    const content = await openPayload(word);
    if (word.kind === FAILED) throw content;
    child.popen.unref();
    return new ServerProcess(child, (content as { address?: Address }).address); // what `server-main` sent
  }

  /** As `activeChildren` shows it. */
  get process(): Process {
    return this.#child.owner as Process; // every owner is one
  }

  onExit(listener: () => void): void {
    this.#child.popen.onExit(listener);
  }

  /** Waits for its end. @returns Whether it has ended. */
  async join(timeout: Wait | undefined): Promise<boolean> {
    const isBefore = this.#child.isAlive();
    await this.#child.join(checkWait('Manager.join', timeout));
    if (isBefore) this.#child.popen.unref();
    return !this.#child.isAlive();
  }

  /** Waits for the end of a server that was asked to end, and makes it end otherwise. */
  async end(graceMs: number): Promise<void> {
    if (await this.join(graceMs)) return;
    this.#child.signal(SIGTERM);
    if (await this.join(graceMs)) return;
    this.#child.signal(SIGKILL);
    await this.join(undefined);
  }
}

async function firstWordOf(child: Child): Promise<FirstWord | undefined> {
  const parker = Parker.current();
  const { channel } = child.popen;
  let poll: () => void = () => {};
  parker.hold();
  try {
    return await new Promise((resolve) => {
      poll = () => channel.receive((kind, _id, bytes, buffers) => resolve({ kind, bytes: bytes.slice(), buffers }), 1);
      parker.add(poll);
      poll();
      child.popen.onExit(() => resolve(undefined));
    });
  } finally {
    parker.delete(poll);
    parker.release();
  }
}
