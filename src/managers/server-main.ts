import type { Channel } from '../connection/channel.ts';
import type { Address } from '../connection/address.ts';
import type { ListenerOptions } from '../connection/listener.ts';
import { logInfo } from '../base/log.ts';
import type { AnyFunction } from '../base/types.ts';
import { packThrown } from '../reduction/error-codec.ts';
import { enterTask } from '../reduction/functions/importing.ts';
import { functionPort } from '../reduction/functions/port.ts';
import type { Payload } from '../process/boot.ts';
import { packPayload } from '../process/pack-payload.ts';
import { openPayload } from '../process/payload.ts';
import type { BlockHandle } from '../shared-memory/shared-block.ts';
import { BUILTIN_TYPES } from './builtin-types.ts';
import { Door } from './local/door.ts';
import { LocalHost } from './local/host.ts';
import { RemoteHost } from './remote/host.ts';
import { localRoute } from './routes.ts';
import { Collector } from './server/collector.ts';
import { localProxyMaker } from './server/local-proxies.ts';
import { ManagerServer } from './server/server.ts';
import { TypeTable, type TypeRule } from './server/type-table.ts';

/** Kinds of the server's first message to the process that started it: it runs, or why it does not. */
export const RUNNING = 1;
export const FAILED = 2;

/** What a server is started with. */
export interface ServerPayload {
  readonly uid: string;
  readonly name: string;
  readonly door: BlockHandle;
  readonly hasBuiltins: boolean;
  /** Types of the user's. */
  readonly types: readonly (readonly [typeid: string, rule: TypeRule])[];
  /** Absent: only processes of the program can use it. */
  readonly listen: ListenerOptions | undefined;
  readonly initializer: AnyFunction | undefined;
  readonly initArgs: readonly unknown[];
}

/** The program of a manager's process. */
export async function main(channel: Channel, packed: Payload): Promise<void> {
  // Ctrl-C is for the program: it decides when its manager ends.
  process.on('SIGINT', () => {});
  enterTask();
  let hosts: readonly { close(): void }[];
  let server: ManagerServer;
  try {
    // Written by `BaseManager.start` of the same version of this library.
    const payload = (await openPayload(packed)) as ServerPayload;
    const { initializer, initArgs } = payload;
    await initializer?.(...(initArgs as never[])); // given together
    const known: { address: Address | undefined } = { address: undefined };
    const door = Door.open(payload.door);
    const maker = localProxyMaker(localRoute(payload.name, door, () => known.address));
    server = new ManagerServer(payload.uid, typesOf(payload), maker);
    const remote = payload.listen && (await RemoteHost.listen(server, payload.listen));
    known.address = remote?.address;
    hosts = [new LocalHost(server, door), ...(remote ? [remote] : [])];
    channel.send(RUNNING, 0, packPayload(known, 'address'));
    const { address } = known;
    const began = server;
    new Collector(() => began.requests).start();
    logInfo(() => `the manager serves${address === undefined ? '' : ` at ${String(address)}`}`);
  } catch (error) {
    channel.send(FAILED, 0, packThrown(error, { functions: functionPort('auto') }));
    process.exit(1);
  }
  await server.stopped;
  logInfo(() => 'the manager was asked to end');
  for (const host of hosts) host.close();
  process.exit(0);
}

/** The types of a server: its own copy of the library's, and those of the user. */
export function typesOf({ hasBuiltins, types }: Pick<ServerPayload, 'hasBuiltins' | 'types'>): TypeTable {
  return new TypeTable(new Map([...(hasBuiltins ? BUILTIN_TYPES : []), ...types]));
}
