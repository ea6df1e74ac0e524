import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { constants } from 'node:os';
import { Channel, IN_PARCEL, recordOf } from '../connection/channel.ts';
import { RootHost, type Makers } from '../connection/root-host.ts';
import { RootLine } from '../connection/root-line.ts';
import { encodeRecord, WireReader, type WireRecord } from '../connection/wire.ts';
import { useThreadKit } from '../native/portable.ts';
import { OWN_MODE } from '../native/load.ts';
import { Parker, setCreator } from '../shared-memory/parker.ts';
import { BOOT_VARIABLE, type BootNumbers } from './boot.ts';
import { Notes } from './margin.ts';
import { ANSWER, ASK, FOR_SERVICE, NOTE, SERVICE } from './relay-kinds.ts';
import { ENTRY, refusal } from './popen-spawn.ts';
import { watchStart } from './start-watch.ts';
import { noteStderr } from './stderr-tail.ts';

/*
 * Without the addon a process shares no memory with its parent. Each has a heap of its own, and two threads carry records
 * between them:
 *
 *   parent process                                           child process
 *   parent thread ══ channel ══ relay (this file) ── fd 3 ──► uplink (`uplink.ts`) ══ channel ══ main thread
 *                                                 ◄─ fd 4 ──
 *
 * So neither end knows of it, and both may block. The relay is the child in the eyes of its parent; the uplink is the parent in
 * the eyes of the child. Some records are for the relay itself: what the child's error stream got, and what its services need.
 */

/** What a relay is started with. */
export interface RelayData {
  readonly numbers: BootNumbers;
  /** The Node that runs. */
  readonly node: string;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** The relay as a service sees it. */
export interface RelayLine {
  /** The parent's end of the channel, for what the service says itself. */
  readonly channel: Channel;
  toChild(record: WireRecord): void;
}

/** What a relay does for one kind of child besides carrying records. */
export interface RelayService {
  /** A record of the child's for this service. */
  take(record: WireRecord): void;
  /** A record is about to go to the parent. */
  passing(record: WireRecord): void;
  /** It is visible there. */
  passed(record: WireRecord): void;
  /** Something happened in this process. */
  poll(): void;
}

/** Services by name: what the child has to say, and how the service begins. */
export type RelayServices = Readonly<Record<string, (line: RelayLine, data: unknown) => RelayService>>;

/** What a relay can do for its child. */
export interface RelayOffers {
  readonly services: RelayServices;
  /** What a child without shared memory can have in the program's first process. */
  readonly makers: Makers;
}

/** The program of a relay. */
export function relay(data: RelayData, offers: RelayOffers): void {
  const { numbers } = data;
  if (numbers.kit) useThreadKit(numbers.kit);
  setCreator(numbers.creator);
  const channel = Channel.open(numbers.channel);
  const notes = new Notes(channel.margin);
  let child: ChildProcess;
  try {
    child = startChild(data);
    watchStart(child, data, channel.margin);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'none';
    noteStderr(channel.margin, `${code} ${error instanceof Error ? error.message : String(error)}`);
    notes.pid = -1;
    channel.notify();
    return;
  }
  new Relay(channel, child, offers).begin();
}

function startChild({ numbers, node, flags, env }: RelayData): ChildProcess {
  const { spawn } = process.getBuiltinModule('node:child_process');
  const { kit: _kit, ...boot } = numbers;
  const child = spawn(node, [...flags, ENTRY], {
    // Also where the addon could be had: the two of them must do alike.
    env: { ...env, ...OWN_MODE, [BOOT_VARIABLE]: JSON.stringify({ ...boot, ownRings: boot.ownRings ?? 0 }) },
    stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'],
    windowsHide: true,
  });
  // A start that failed is reported by the missing number; later errors concern signals to a child that is gone.
  child.on('error', () => {});
  if (child.pid === undefined)
    throw refusal(node) ?? new Error('the system had no room for another process at that moment');
  return child;
}

class Relay implements RelayLine {
  readonly channel: Channel;
  readonly #child: ChildProcess;
  readonly #services: RelayServices;
  readonly #host: RootHost;
  readonly #notes: Notes;
  readonly #down: Writable;
  readonly #reader = new WireReader();
  #service: RelayService | undefined;
  /** Records that were passed on and are not visible yet. */
  #passing: WireRecord[] = [];
  #status: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
  #isSilent = false;

  constructor(channel: Channel, child: ChildProcess, { services, makers }: RelayOffers) {
    this.channel = channel;
    this.#child = child;
    this.#services = services;
    this.#host = new RootHost(makers);
    this.#notes = new Notes(channel.margin);
    // As `startChild` asks for them.
    this.#down = child.stdio[3] as Writable;
  }

  begin(): void {
    const up = this.#child.stdio[4] as Readable; // As above.
    this.#notes.pid = this.#child.pid ?? -1;
    this.channel.notify();
    // The child's end: its exit event tells.
    this.#down.on('error', () => {});
    up.on('error', () => {});
    up.on('data', (chunk: Uint8Array) => {
      for (const record of this.#reader.push(chunk)) this.#fromChild(record);
    });
    up.on('close', () => {
      this.#isSilent = true;
      this.#endIfOver();
    });
    this.#child.on('exit', (code, signal) => {
      this.#status = { code, signal };
      this.#endIfOver();
    });
    const parker = Parker.current();
    parker.hold();
    parker.add(() => this.#poll());
    this.#poll();
  }

  toChild(record: WireRecord): void {
    this.#down.write(encodeRecord(record));
  }

  #poll(): void {
    this.channel.receiveRecords((record) => this.toChild(record));
    if (this.channel.flush()) {
      for (const record of this.#passing.splice(0)) this.#service?.passed(record);
    }
    this.#service?.poll();
    this.#endIfOver();
  }

  #fromChild(record: WireRecord): void {
    this.#notes.noteBegun();
    const { bytes } = record;
    const kind = record.kind & ~IN_PARCEL;
    if (kind === ASK) void this.#ask(record.id, bytes); // Its errors are in the answer.
    else if (kind === NOTE) this.#note(bytes);
    else if (kind === SERVICE) this.#serve(bytes);
    else if (kind >= FOR_SERVICE) this.#service?.take(record);
    else this.#pass(record);
  }

  #pass(record: WireRecord): void {
    this.#service?.passing(record);
    if (this.channel.sendRecord(record)) this.#service?.passed(record);
    else this.#passing.push(record);
  }

  async #ask(id: number, bytes: Uint8Array): Promise<void> {
    const line = RootLine.current();
    const answer = line ? await line.forward(bytes) : await this.#host.answer(bytes);
    this.toChild(recordOf(ANSWER, id, { bytes: answer, buffers: [] }));
  }

  /** The margin of the child's own channel: the last words, and how many there were. */
  #note(bytes: Uint8Array): void {
    this.channel.margin.set(bytes.subarray(0, 4));
    this.channel.margin.set(bytes.subarray(4), 64);
  }

  #serve(bytes: Uint8Array): void {
    // Written by `askRelay` of the same version of this library.
    const [name, data] = JSON.parse(Buffer.from(bytes).toString()) as [string, unknown];
    this.#service = this.#services[name]?.(this, data);
    this.#service?.poll();
  }

  /** Everything that the child said is with the parent: now it may hear of its end. */
  #endIfOver(): void {
    if (!this.#status || !this.#isSilent || !this.channel.flush()) return;
    const { code, signal } = this.#status;
    // What the child used is let go of, here or in the first process.
    this.#host.close();
    RootLine.current()?.tell({ op: 'leave', object: 0, data: this.#child.pid });
    this.#notes.ending = signal === null ? (code ?? 0) : -constants.signals[signal];
    this.channel.notify();
    process.exit(code ?? 1);
  }
}
