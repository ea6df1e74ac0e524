import { createRequire } from 'node:module';
import { ProcessError } from '../base/errors.ts';
import type { LogInheritance } from '../base/log.ts';
import { Channel } from '../connection/channel.ts';
import { native } from '../native/addon.ts';
import { useThreadKit } from '../native/portable.ts';
import { sharesMemory, unavailable } from '../native/load.ts';
import { enterChild } from '../reduction/functions/importing.ts';
import { setCreator } from '../shared-memory/parker.ts';
import { Registry } from '../shared-memory/registry.ts';
import { BOOT, BOOT_VARIABLE, PAYLOAD, type BootNumbers, type BootRecord, type Payload } from './boot.ts';
import type * as wire from './join-wire.ts';
import { knowCompiledCode } from './compiled-code.ts';
import { Notes } from './margin.ts';
import { becomeChild } from './state.ts';

const require = createRequire(import.meta.url);

/** Exit code of a child whose creator was gone before it began; as if it had been killed, but nobody is there to see it. */
const ORPHAN = 137;

/** What every module that a child can run exports: the child's work. The channel's further messages are its own to read. */
export type Main = (channel: Channel, payload: Payload) => unknown;

/** A child that knows who it is. */
export interface Begun {
  readonly channel: Channel;
  /** URL of the module with {@link Main}. */
  readonly main: string;
  readonly payload: Payload;
  /** What it is to log; absent when its parent has no logger. */
  readonly log?: LogInheritance | undefined;
}

/** A child that has found its parent. */
export interface Joined {
  readonly numbers: BootNumbers;
  readonly channel: Channel;
}

/** Ties the life of this process to that of the one that started it, and joins the program's shared memory. */
export function joinParent(): Joined {
  const numbers = takeNumbers();
  if (numbers.ownRings !== undefined) return joinWire(numbers);
  if (!sharesMemory()) throw unavailable('this child of a process that has it');
  native().lifeline(numbers.parent, numbers.parentStart);
  joinProgram(numbers);
  return join(numbers);
}

/** Makes this thread a child of the one that started it. It cannot outlive its process, so nothing ties its life. */
export function beginThread(numbers: BootNumbers, endBySignal: (notes: Notes, signal: number) => void): Begun {
  delete process.env[BOOT_VARIABLE];
  if (numbers.kit !== undefined) useThreadKit(numbers.kit);
  return begin(join(numbers), endBySignal);
}

/** The child of a process with which it shares no memory. What that needs is loaded here, as others do without. */
function joinWire(numbers: BootNumbers): Joined {
  // What the file exports.
  const { joinByWire } = require('./join-wire.js') as typeof wire;
  const { creator, channel } = joinByWire(numbers);
  enterChild();
  return { numbers: { ...numbers, creator }, channel };
}

function join(numbers: BootNumbers): Joined {
  setCreator(numbers.creator);
  const channel = Channel.open(numbers.channel);
  // From here on the creator's end is noticed by whoever cleans up after it; this child may have begun too late for that.
  if (Registry.current().pidOf(numbers.creator) === 0) native().exitNow(ORPHAN);
  enterChild();
  knowCompiledCode(numbers);
  return { numbers, channel };
}

/** Takes the messages that tell this child who it is and what it does. */
export function begin({ numbers, channel }: Joined, endBySignal?: (notes: Notes, signal: number) => void): Begun {
  const { record, payload } = takeRecords(channel);
  if (record.env) changeEnvironment(record.env);
  if (record.cwd !== undefined && record.cwd !== process.cwd()) process.chdir(record.cwd);
  const { parent: pid, parentStart: startTime, creator: participant } = numbers;
  const notes = new Notes(channel.margin);
  becomeChild({
    profile: record.profile,
    parent: { pid, startTime, name: record.parentName, participant },
    preload: record.preload,
    authkey: new Uint8Array(Buffer.from(record.authkey, 'base64')),
    method: record.method,
    ...(endBySignal && { endBySignal: (signal: number) => endBySignal(notes, signal) }),
  });
  return {
    channel,
    main: record.main,
    payload: { ...payload, opening: () => notes.noteOpened() },
    log: record.log,
  };
}

function changeEnvironment(changes: Readonly<Record<string, string | null>>): void {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
}

function takeNumbers(): BootNumbers {
  const text = process.env[BOOT_VARIABLE];
  // Children of this one get their own, and programs that it starts otherwise are none of ours.
  delete process.env[BOOT_VARIABLE];
  if (text === undefined) throw new ProcessError('this file is started by manycore only; import `manycore` instead');
  // Written by `spawnNode` of the same version of this library.
  return JSON.parse(text) as BootNumbers;
}

function joinProgram({ program }: BootNumbers): void {
  const inForce = native().claimProgram(...program);
  if (inForce[2] === program[2]) return;
  throw new ProcessError(
    'a module that `--import` or `--require` preloads used manycore before this child had begun; ' +
      'such modules may import it, but not make shared objects or start processes',
  );
}

function takeRecords(channel: Channel): { record: BootRecord; payload: Payload } {
  let record: BootRecord | undefined;
  let payload: Payload | undefined;
  channel.receive((kind, _id, bytes, buffers) => {
    // Written by `sendBoot` of the same version of this library.
    if (kind === BOOT) record = JSON.parse(Buffer.from(bytes).toString()) as BootRecord;
    // The bytes are the channel's; a message must outlive this call.
    if (kind === PAYLOAD) payload = { bytes: bytes.slice(), buffers };
  }, 2);
  if (record && payload) return { record, payload };
  throw new ProcessError('the parent sent no boot message; parent and child must use the same version of manycore');
}
