// The first file of the thread by which a process without shared memory talks to its parent: see `process/uplink.ts`.
import type { OpenedLibrary } from '../process/compiled-code.ts' with { 'resolution-mode': 'import' };
import type * as processUplink from '../process/uplink.ts' with { 'resolution-mode': 'import' };

const { workerData } = process.getBuiltinModule('node:worker_threads');
// Written by this version of the library.
const { open } = require('./library.cjs') as { open: (numbers: undefined) => OpenedLibrary };
const { load } = open(undefined);
// What this file exports.
const { uplink } = load('../process/uplink.js') as typeof processUplink;

// Written by `join-wire.ts` of the same version of this library.
uplink(workerData as processUplink.UplinkData);
