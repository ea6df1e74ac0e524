import { RemoteError } from '../../base/errors.ts';
import { checkArray, checkFunction, checkString } from '../../base/options.ts';
import { currentCall } from './call.ts';
import type { ObjectTable } from './object-table.ts';
import type { Programs } from './programs.ts';
import type { Factory, TypeTable } from './type-table.ts';

/** What the manager's object needs of its server. */
export interface Maker {
  readonly uid: string;
  readonly types: TypeTable;
  readonly objects: ObjectTable;
  readonly programs: Programs;
  create(typeid: string, args: readonly unknown[]): object;
  createFrom(factory: Factory, args: readonly unknown[]): object;
  stop(): void;
}

/** What `debugInfo` says of one object. */
export interface ObjectInfo {
  readonly id: number;
  readonly typeid: string;
  /** References of all clients, those on their way included. */
  readonly references: number;
}

/** Object 0 of every server: what clients ask of the manager itself. */
export class ManagerObject {
  readonly #server: Maker;
  readonly #isRemote: boolean;

  constructor(server: Maker, isRemote: boolean) {
    this.#server = server;
    this.#isRemote = isRemote;
  }

  /** @param program Name of the program that asks, for clients elsewhere. */
  uid(program?: unknown): string {
    if (this.#isRemote && program !== undefined) {
      checkString('manager.uid', 'program', program);
      this.#server.programs.enter(currentCall().owner, program);
    }
    return this.#server.uid;
  }

  create(typeid: unknown, args: unknown): object {
    checkString('manager.create', 'typeid', typeid);
    checkArray('manager.create', 'args', args);
    return this.#server.create(typeid, args);
  }

  createFrom(factory: unknown, args: unknown): object {
    if (this.#isRemote) throw new RemoteError('manager: over a socket only registered types can be made');
    checkFunction('manager.create', 'factory', factory);
    checkArray('manager.create', 'args', args);
    return this.#server.createFrom(factory, args);
  }

  types(): readonly string[] {
    return this.#server.types.names;
  }

  numberOfObjects(): number {
    return this.#server.objects.size;
  }

  debugInfo(): ObjectInfo[] {
    return [...this.#server.objects.entries()].map(({ id, typeid, holders, tickets }) => ({
      id,
      typeid,
      references: [...holders.values()].reduce((sum, count) => sum + count, tickets.size),
    }));
  }

  ping(): void {}

  shutdown(): void {
    // The answer goes out first.
    setImmediate(() => this.#server.stop());
  }
}
