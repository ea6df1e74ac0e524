import { inspect } from 'node:util';
import { checkString } from '../../base/options.ts';

/** Named attributes in a manager's server. */
export class ManagedNamespace {
  readonly #attributes = new Map<string, unknown>();

  constructor(attributes: Readonly<Record<string, unknown>> = {}) {
    for (const [name, value] of Object.entries(attributes)) this.set(name, value);
  }

  get(name: string): unknown {
    return this.#attributes.get(name);
  }

  set(name: string, value: unknown): void {
    checkString('Namespace', 'name', name);
    this.#attributes.set(name, value);
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  delete(name: string): boolean {
    return this.#attributes.delete(name);
  }

  keys(): string[] {
    return [...this.#attributes.keys()];
  }

  /** All attributes as an object of the caller's own. */
  copy(): Record<string, unknown> {
    return Object.fromEntries(this.#attributes);
  }

  /** As people read it; names that start with an underscore are nobody's business. */
  text(): string {
    const shown = [...this.#attributes].filter(([name]) => !name.startsWith('_'));
    return `Namespace(${shown.map(([name, value]) => `${name}=${inspect(value)}`).join(', ')})`;
  }
}
