import { NotSendableError } from '../base/errors.ts';
import type { FunctionNode, ReferencedFunction } from '../reduction/functions/node.ts';
import { loadModules, loadModulesSync } from '../reduction/functions/load.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { pack } from '../reduction/pack.ts';
import type { CaptureCycle, FunctionPort, ModuleRef } from '../reduction/ports.ts';
import { modulesOf, unpack } from '../reduction/unpack.ts';
import type { Received } from './received.ts';

/**
 * Whom a connection leads to. `program`: another process of this program, from which everything is taken. `peer`: somebody
 * who proved to know the key: data, and functions by reference to files. `anybody`: data only.
 */
export type Trust = 'program' | 'peer' | 'anybody';

/** How the values of one connection become messages, and messages values. */
export interface Codec {
  isReady(received: Received): boolean;
  /** Its modules must be there. */
  open(received: Received): unknown;
  openLoading(received: Received): Promise<unknown>;
  openLoadingSync(received: Received): unknown;
}

/** Functions that cross a socket: only such as both sides have in a file. */
class SocketPort implements FunctionPort {
  readonly #port = functionPort({ by: 'reference' });
  readonly #isAllowed: boolean;

  constructor(isAllowed: boolean) {
    this.#isAllowed = isAllowed;
  }

  describe(fn: Function, at: string): FunctionNode {
    if (this.#isAllowed) return this.#port.describe(fn, at);
    throw new NotSendableError(
      `cannot send function '${fn.name}' to a peer without a key: only data can be sent; give both sides an \`authkey\``,
    );
  }

  missing(node: ReferencedFunction): ModuleRef | undefined {
    // What has no text is a class of this library, whose objects are places in the memory of one program.
    if (node.hash === '') {
      throw new NotSendableError(
        `a ${node.name} cannot cross a socket: it lies in memory that only one program shares`,
      );
    }
    if (this.#isAllowed && node.url.startsWith('file:')) return this.#port.missing(node);
    throw refusal(node.name, this.#isAllowed);
  }

  build(node: FunctionNode, cycle: CaptureCycle): Function {
    if (this.#isAllowed && (node.kind === 'reference' || node.kind === 'registered'))
      return this.#port.build(node, cycle);
    throw refusal('name' in node ? node.name : node.kind, this.#isAllowed);
  }

  patch(fn: Function, name: string, value: unknown): void {
    this.#port.patch(fn, name, value);
  }
}

function refusal(name: string, isAllowed: boolean): NotSendableError {
  const rule = isAllowed
    ? 'only functions of files are accepted from a socket'
    : 'only data is accepted from a peer without a key';
  return new NotSendableError(`the function '${name}' that came is refused: ${rule}`);
}

const ports: Readonly<Record<Trust, () => FunctionPort>> = {
  program: () => functionPort('auto'),
  peer: () => new SocketPort(true),
  anybody: () => new SocketPort(false),
};

const codecs: Partial<Record<Trust, Codec>> = {};

/** The codec of connections that lead to `trust`. */
export function codecFor(trust: Trust): Codec {
  return (codecs[trust] ??= makeCodec(ports[trust]()));
}

function makeCodec(functions: FunctionPort): Codec {
  const open = ({ bytes, buffers }: Received): unknown => unpack(bytes, buffers, { functions, copy: false });
  return {
    isReady: ({ bytes }) => modulesOf(bytes, functions).length === 0,
    open,
    openLoading: async (received) => {
      await loadModules(modulesOf(received.bytes, functions));
      return open(received);
    },
    openLoadingSync: (received) => {
      loadModulesSync(modulesOf(received.bytes, functions));
      return open(received);
    },
  };
}

/** A value as one piece of bytes, for a connection that leaves the program. @throws NotSendableError */
export function packForSocket(value: unknown, trust: Trust, name: string): Uint8Array {
  const functions = ports[trust]();
  const { bytes } = pack(value, { functions, outOfBand: Infinity, name });
  // Asks for every class of this library among what was packed, which the port refuses.
  modulesOf(bytes, functions);
  return bytes;
}
