import { Deadline } from '../base/deadline.ts';
import { ProcessError } from '../base/errors.ts';
import { Channel } from '../connection/channel.ts';
import { heapKit } from '../native/portable.ts';
import { OWN_MODE } from '../native/load.ts';
import { useRootPort } from '../native/root-port.ts';
import { Parker, setCreator } from '../shared-memory/parker.ts';
import { ProgramHeap } from '../shared-memory/program-heap.ts';
import { home } from '../shared-memory/reach.ts';
import type { BootNumbers } from './boot.ts';
import { Notes } from './margin.ts';
import { ANSWER_WORDS, OFFSET_UNIT, type UplinkData } from './uplink.ts';

const ENTRY = new URL('../entry/uplink.cjs', import.meta.url);
const PATIENCE_MS = 60_000;
/** How long the end of this process waits for its last messages. */
const LAST_WORDS_MS = 10_000;

/** Joins a child without shared memory to its parent. @returns What is its parent here: the uplink, and the channel with it. */
export function joinByWire({ ownRings = 0 }: BootNumbers): { readonly creator: number; readonly channel: Channel } {
  const { MessageChannel, Worker } = process.getBuiltinModule('node:worker_threads');
  ProgramHeap.current();
  const answer = new Int32Array(new SharedArrayBuffer(4 * ANSWER_WORDS));
  const { port1, port2 } = new MessageChannel();
  const workerData: UplinkData = { kit: heapKit(), ringBytes: ownRings, answer, root: port1 };
  useRootPort(port2);
  // Nothing of the user's runs in it.
  const worker = new Worker(ENTRY, {
    workerData,
    transferList: [port1],
    execArgv: [],
    env: { ...OWN_MODE },
  });
  worker.unref();
  if (Atomics.wait(answer, ANSWER_WORDS - 1, 0, PATIENCE_MS) === 'timed-out') {
    throw new ProcessError('the parent sent no boot message in time');
  }
  const [creator = 0, offset = 0, byteLength = 0] = answer;
  setCreator(creator);
  const channel = Channel.open([offset * OFFSET_UNIT, byteLength]);
  channel.settle = () => settle(channel);
  settleAtEnd(channel);
  home.isApart = true;
  return { creator, channel };
}

/** Waits until all that was said has left this process. */
function settle(channel: Channel): void {
  channel.notify();
  const notes = new Notes(channel.margin);
  const isSettled = (): boolean => {
    // The uplink wakes this thread when it has read.
    channel.writer.wantRoom();
    return channel.flush() && channel.writer.isDrained && notes.textIsSent;
  };
  if (!isSettled()) Parker.current().wait(isSettled, Deadline.after(LAST_WORDS_MS));
}

/** Whatever way this process ends by itself, its last words are out. */
function settleAtEnd(channel: Channel): void {
  const end: unknown = Reflect.get(process, 'reallyExit');
  Reflect.set(process, 'reallyExit', (code: number) => {
    settle(channel);
    if (typeof end === 'function') Reflect.apply(end, process, [code]);
  });
  process.on('exit', () => settle(channel));
}
