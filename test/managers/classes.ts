// What the managers of these tests own. Imported by servers and children.
import { BaseProxy, IteratorProxy } from 'manycore';

export class Foo {
  f(): string {
    return 'f()';
  }

  g(): never {
    throw new RangeError('wrong value');
  }

  _h(): string {
    return '_h()';
  }
}

export class Counter {
  #n: number;

  constructor(start = 0) {
    this.#n = start;
  }

  add(by: number): number {
    return (this.#n += by);
  }

  async addLater(by: number): Promise<number> {
    await Promise.resolve();
    return this.add(by);
  }

  *upTo(end: number): Generator<number, string> {
    for (let i = this.#n; i < end; i++) yield i;
    return 'end';
  }

  twin(): Counter {
    return new Counter(this.#n);
  }
}

export function* squares(): Generator<number> {
  for (let i = 0; i < 10; i++) yield i * i;
}

/** A proxy with a word of its own. */
export class FooProxy extends BaseProxy<Foo> {
  async shout(): Promise<string> {
    return String(await this.callMethod('f')).toUpperCase();
  }
}

export { IteratorProxy };

export function noteStart(file: string): void {
  process.env['MANAGER_TEST'] = file;
}

export class Environment {
  get(name: string): string | undefined {
    return process.env[name];
  }

  pid(): number {
    return process.pid;
  }

  ignore(signal: NodeJS.Signals): void {
    process.on(signal, () => {});
  }

  hang(): void {
    for (;;) {
      // For ever.
    }
  }
}

/** Shares one queue under a name. */
export class Shared {
  readonly #items: unknown[] = [];

  put(item: unknown): void {
    this.#items.push(item);
  }

  get(): unknown {
    return this.#items.shift();
  }
}
