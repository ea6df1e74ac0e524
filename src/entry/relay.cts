// The first file of the threads that carry records to a process without shared memory: see `process/relay.ts`.
import type * as taskRelay from '../workers/task-relay.ts' with { 'resolution-mode': 'import' };
import type * as queueHost from '../queues/queue-host.ts' with { 'resolution-mode': 'import' };
import type * as pipeHost from '../connection/pipe-host.ts' with { 'resolution-mode': 'import' };
import type { OpenedLibrary } from '../process/compiled-code.ts' with { 'resolution-mode': 'import' };
import type { Makers } from '../connection/root-host.ts' with { 'resolution-mode': 'import' };
import type * as processStorm from '../process/storm.ts' with { 'resolution-mode': 'import' };
import type * as processRelay from '../process/relay.ts' with { 'resolution-mode': 'import' };

const { workerData } = process.getBuiltinModule('node:worker_threads');
// Written by this version of the library.
const { open } = require('./library.cjs') as { open: (numbers: undefined) => OpenedLibrary };
const { load } = open(undefined);
// What these files export.
const { relay } = load('../process/relay.js') as typeof processRelay;

const queues = (): Makers => (load('../queues/queue-host.js') as typeof queueHost).queueMakers;
const storm = (): Makers => (load('../process/storm.js') as typeof processStorm).descendantMakers;
const pipes = (): Makers => (load('../connection/pipe-host.js') as typeof pipeHost).pipeMakers;

// Written by `popen-relay.ts` of the same version of this library.
relay(workerData as processRelay.RelayData, {
  services: {
    tasks: (line, data) => (load('../workers/task-relay.js') as typeof taskRelay).serveTasks(line, data),
  },
  makers: {
    queue: (data) => queues()['queue']?.(data) ?? [],
    openQueue: (data) => queues()['openQueue']?.(data) ?? [],
    pair: (data) => pipes()['pair']?.(data) ?? [],
    descendant: (data) => storm()['descendant']?.(data) ?? [],
    openEnd: (data) => pipes()['openEnd']?.(data) ?? [],
  },
});
