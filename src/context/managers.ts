import { SyncManager } from '../managers/sync-manager.ts';
import { makePool } from './make-pool.ts';

// Managers lie below pools and know none: the type that needs one is added here, as users add theirs.
SyncManager.register('Pool', makePool);

export { Manager, SyncManager } from '../managers/sync-manager.ts';
