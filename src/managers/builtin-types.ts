import { ManagedBarrier } from './objects/managed-barrier.ts';
import { ManagedCondition } from './objects/managed-condition.ts';
import { ManagedDict } from './objects/managed-dict.ts';
import { ManagedEvent } from './objects/managed-event.ts';
import { ManagedList } from './objects/managed-list.ts';
import { ManagedLock, ManagedRLock } from './objects/managed-lock.ts';
import { ManagedNamespace } from './objects/managed-namespace.ts';
import { ManagedJoinableQueue, ManagedQueue } from './objects/managed-queue.ts';
import { ManagedBoundedSemaphore, ManagedSemaphore } from './objects/managed-semaphore.ts';
import { ManagedSet } from './objects/managed-set.ts';
import { ManagedArray, ManagedValue } from './objects/managed-value.ts';
import { referentOf } from './proxies/marks.ts';
import type { TypeRule } from './server/type-table.ts';

const LOCK = ['acquire', 'release', 'locked', 'markConsistent'];
const QUEUE = ['put', 'get', 'qsize', 'empty', 'full', 'shutdown'];

/** Types of every `SyncManager`. The server makes them from its own copy of this table: their factories do not travel. */
export const BUILTIN_TYPES: ReadonlyMap<string, TypeRule> = new Map<string, TypeRule>([
  ['dict', { factory: ManagedDict }],
  ['list', { factory: ManagedList }],
  ['set', { factory: ManagedSet }],
  ['Namespace', { factory: ManagedNamespace }],
  ['Value', { factory: ManagedValue }],
  ['Array', { factory: ManagedArray }],
  ['Queue', { factory: ManagedQueue, exposed: QUEUE }],
  ['JoinableQueue', { factory: ManagedJoinableQueue, exposed: [...QUEUE, 'taskDone', 'join'] }],
  // What clients say about it must not reach the constructor, which has a parameter of its own.
  ['Lock', { factory: () => new ManagedLock(), exposed: LOCK }],
  ['RLock', { factory: () => new ManagedRLock(), exposed: LOCK }],
  ['Semaphore', { factory: (value?: number) => new ManagedSemaphore(value), exposed: [...LOCK, 'getValue'] }],
  ['BoundedSemaphore', { factory: ManagedBoundedSemaphore, exposed: [...LOCK, 'getValue'] }],
  [
    'Condition',
    {
      factory: (lock?: unknown) => new ManagedCondition(referentOf(lock)),
      exposed: [...LOCK, 'wait', 'notify', 'notifyAll'],
    },
  ],
  ['Event', { factory: ManagedEvent }],
  ['Barrier', { factory: ManagedBarrier }],
]);
