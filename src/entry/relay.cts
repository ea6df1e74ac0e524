// The first file of the threads that carry records to a process without shared memory: see `process/relay.ts`.
import type * as taskRelay from '../workers/task-relay.ts' with { 'resolution-mode': 'import' };
import type * as processRelay from '../process/relay.ts' with { 'resolution-mode': 'import' };

const { workerData } = process.getBuiltinModule('node:worker_threads');
// What these files export.
const { relay } = require('../process/relay.js') as typeof processRelay;

// Written by `popen-relay.ts` of the same version of this library.
relay(workerData as processRelay.RelayData, {
  tasks: (line, data) => (require('../workers/task-relay.js') as typeof taskRelay).serveTasks(line, data),
});
