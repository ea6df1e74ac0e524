import { hideOwnFrames } from './error-codec.ts';

/** Frames of this library between the user's call and the capture, at most. */
const OWN_FRAMES = 6;
/** Where methods that return a promise wait for the first line of their own. */
const PROMISE_FRAME = /^ +at new Promise \(<anonymous>\)\n/m;

/** The place in the program from which something was submitted; its text is made when an error asks for it. */
export class CallSite {
  readonly #holder: { readonly stack?: string } = {};
  #text: string | undefined;

  /** Captures the calling stack: some microseconds, so not once per task. */
  constructor() {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = limit + OWN_FRAMES;
    Error.captureStackTrace(this.#holder, CallSite);
    Error.stackTraceLimit = limit;
  }

  /** The user's frames, one a line, below a line with a message. */
  get text(): string {
    this.#text ??= hideOwnFrames(this.#holder.stack ?? '').replace(PROMISE_FRAME, '');
    return this.#text;
  }
}
