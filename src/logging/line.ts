import { Finalize } from '../base/finalize.ts';
import type { LogPlace } from '../base/log.ts';
import { codecFor } from '../connection/codec.ts';
import { Lane, WRITTEN } from '../connection/lane.ts';
import { LANE_WORDS } from '../connection/lane-layout.ts';
import { discard, Encoder } from '../connection/lane-message.ts';
import { NOTHING, Received } from '../connection/received.ts';
import { Parker } from '../shared-memory/parker.ts';
import { Registry } from '../shared-memory/registry.ts';
import { type BlockHandle, SharedBlock } from '../shared-memory/shared-block.ts';
import type { LogRecord } from './record.ts';

/*
 * How records of children come to the one who collects them: through a lane in the program's shared memory, which all of
 * its descendants write. A record is there before the call that logged it returns, so none is lost with its process, and
 * all are in the order in which they were written.
 */

/** Records that may wait, in bytes, while their reader is busy. Above that, children write to their own error streams. */
const MOST_WAITING = 16 << 20;
/** Below all that users give: what children log while they are ended is still taken. */
const LAST = -1_000_000;

/** The end to which children write. */
export class LogLine {
  readonly #block: SharedBlock;
  readonly #lane: Lane;
  readonly #reader: number;
  #isDue = false;

  private constructor(block: SharedBlock, reader: number) {
    this.#block = block;
    this.#lane = new Lane(block, 0, 0, { records: Infinity, weight: MOST_WAITING });
    this.#reader = reader;
  }

  /** In a child. @returns `undefined` where it shares no memory with the one who collects. */
  static open({ reader, block }: LogPlace): LogLine | undefined {
    try {
      // Written by `toChild`.
      return new LogLine(SharedBlock.open(block as BlockHandle), reader);
    } catch {
      return undefined; // There is no addon, and this is a process.
    }
  }

  /** Makes a line that this thread reads. @param take Called in turns of the event loop, and at exit. */
  static create(take: (record: LogRecord) => void): LogLine {
    const parker = Parker.current();
    const line = new LogLine(SharedBlock.allocate(4 * LANE_WORDS), parker.id);
    const drain = (): void => line.drain(take);
    parker.add(() => {
      // Handlers are user code, which does not run while the thread blocks.
      if (line.#isDue || line.#lane.isEmpty) return;
      line.#isDue = true;
      // Before the continuations of promises that are settled by what came after it.
      process.nextTick(drain);
    });
    new Finalize(drain, { priority: LAST });
    return line;
  }

  /** Takes what is there; in the thread that made it. */
  drain(take: (record: LogRecord) => void): void {
    this.#isDue = false;
    for (const record of this.#read()) take(record);
  }

  /** What a child needs to open it. */
  toChild(): LogPlace {
    return { reader: this.#reader, block: this.#block.send() };
  }

  /** @returns Whether there was room. */
  write(record: LogRecord): boolean {
    try {
      const message = Encoder.current().encode(JSON.stringify(record), 'log record');
      if (this.#lane.write(message) !== WRITTEN) {
        discard(message);
        return false;
      }
    } catch {
      return false; // There is no memory for it.
    }
    Registry.current().wake(this.#reader);
    return true;
  }

  *#read(): Generator<LogRecord> {
    for (let taken = this.#lane.read(false, false); taken !== NOTHING; taken = this.#lane.read(false, false)) {
      const text = taken instanceof Received ? codecFor('program').open(taken) : taken;
      // Written by `write` of the same version of this library.
      yield JSON.parse(String(text)) as LogRecord;
    }
  }
}
