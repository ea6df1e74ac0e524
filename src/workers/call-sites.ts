import { CallSite } from '../reduction/call-site.ts';

/** A function that is submitted again within this time is taken to come from the same place. */
const SAME_PLACE_MS = 1;

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
