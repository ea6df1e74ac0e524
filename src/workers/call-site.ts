import { hideOwnFrames } from '../reduction/error-codec.ts';

/** Frames of this library between the user's call and the capture, at most. */
const OWN_FRAMES = 6;
/** Where methods that return a promise wait for the first line of their own. */
const PROMISE_FRAME = /^ +at new Promise \(<anonymous>\)\n/m;
/** A function that is submitted again within this time is taken to come from the same place. */
const SAME_PLACE_MS = 1;

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

/** The sites of many small submissions, captured now and then only. */
export class CallSites {
  #subject: object | undefined;
  /** Held by the tasks that came from there: a captured stack keeps alive what its functions have on theirs. */
  #site: WeakRef<CallSite> | undefined;
  #atMs = -Infinity;

  /** The site from which `subject` is being submitted, or was a moment ago. */
  of(subject: object): CallSite {
    const now = performance.now();
    if (this.#subject === subject && now - this.#atMs < SAME_PLACE_MS) {
      const known = this.#site?.deref();
      if (known) return known;
    }
    const site = new CallSite();
    this.#subject = subject;
    this.#atMs = now;
    this.#site = new WeakRef(site);
    return site;
  }
}
