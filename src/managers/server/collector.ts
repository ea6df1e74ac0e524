import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { foreignProxies } from '../proxies/base-proxy.ts';

/** Milliseconds between two looks. A server that got no request in between has time. */
const LOOK_MS = 100;
/** The collector may take this part of the time of a server that has nothing else to do. */
const SHARE = 0.02;

/**
 * Collects a server's garbage when it has nothing to do.
 *
 * What a server's objects hold of other managers' objects is given back when it was collected. A server that is not used makes no
 * garbage, and so would wait for ever.
 */
export class Collector {
  readonly #requests: () => number;
  readonly #collect: () => void;
  #seen = 0;
  #isDue = false;
  #notBefore = 0;

  /** @param requests How many requests the server has got. */
  constructor(requests: () => number, collect: () => void = collector()) {
    this.#requests = requests;
    this.#collect = collect;
  }

  /** Looks now and then, as long as the thread lives. */
  start(): void {
    setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** Collects if there is something to give back, nothing else to do, and the last time was long enough ago. */
  look(now: number = performance.now()): void {
    const requests = this.#requests();
    if (requests !== this.#seen) {
      this.#seen = requests;
      this.#isDue = true;
      return;
    }
    if (!this.#isDue || now < this.#notBefore || foreignProxies() === 0) return;
    this.#isDue = false;
    const start = performance.now();
    this.#collect();
    this.#notBefore = now + (performance.now() - start) / SHARE;
  }
}

function collector(): () => void {
  let collect: (() => void) | undefined;
  return () => {
    collect ??= findCollector();
    collect();
  };
}

/** V8 gives the function to contexts that are made while the flag is set. */
function findCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  // Without it, garbage is collected when V8 sees fit.
  return typeof found === 'function' ? () => void Reflect.apply(found, undefined, []) : () => {};
}
