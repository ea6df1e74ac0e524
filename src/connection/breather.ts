import { sharedState } from '../base/globals.ts';
import { Received } from './received.ts';

/** After so many messages in a row that were there already, and after so many bytes of them, the event loop gets its turn. */
const MESSAGES = 2048;
const BYTES = 32 << 20;

/**
 * Lets a thread's event loop run although there is always a next message: timers and other tasks would starve, and
 * memory that was lent to this thread would not go back.
 */
export class Breather {
  #messages = 0;
  #bytes = 0;

  static current(): Breather {
    return sharedState('connection.breather.1', () => new Breather());
  }

  /** Counts a message that was taken, or sent, without waiting. @returns Whether it is time to {@link breathe}. */
  count(taken: unknown): boolean {
    if (taken instanceof Received) for (const { byteLength } of taken.buffers) this.#bytes += byteLength;
    return ++this.#messages >= MESSAGES || this.#bytes >= BYTES;
  }

  async breathe(): Promise<void> {
    this.#messages = 0;
    this.#bytes = 0;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
