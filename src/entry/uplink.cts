// The first file of the thread by which a process without shared memory talks to its parent: see `process/uplink.ts`.
import type * as processUplink from '../process/uplink.ts' with { 'resolution-mode': 'import' };

const { workerData } = process.getBuiltinModule('node:worker_threads');
// What this file exports.
const { uplink } = require('../process/uplink.js') as typeof processUplink;

// Written by `join-wire.ts` of the same version of this library.
uplink(workerData as processUplink.UplinkData);
