// oxlint-disable typescript/no-unsafe-declaration-merging -- `installMethods` defines what the interfaces declare.
import { QueueClosedError } from '../../base/errors.ts';
import { checkBoolean, checkOptions } from '../../base/options.ts';
import type { SyncWait, Wait } from '../../base/types.ts';
import type { ManagedQueue } from '../objects/managed-queue.ts';
import { BaseProxy } from './base-proxy.ts';
import { installMethods } from './install.ts';
import type { Blocking, Remote } from './proxy-types.ts';
import { waitFor, waitForSync } from './waiting.ts';

interface ShutdownOptions {
  /** Whether what nobody got is thrown away. */
  readonly immediate?: boolean | undefined;
}

function isImmediate(options: ShutdownOptions): boolean {
  checkOptions('Queue.shutdown', options, ['immediate']);
  const { immediate = false } = options;
  checkBoolean('Queue.shutdown', 'immediate', immediate);
  return immediate;
}

type Asking = 'qsize' | 'empty' | 'full';

/** Proxy of a queue. Whoever waits in it holds nobody else up. */
export class QueueProxy<T = unknown> extends BaseProxy<object> {
  /** @throws QueueFullError when there was no room in time; QueueClosedError. */
  async put(item: T, wait?: Wait): Promise<void> {
    await waitFor(this, 'put', [item], wait);
  }

  putSync(item: T, wait?: SyncWait): void {
    waitForSync(this, 'put', [item], wait);
  }

  /** @throws QueueEmptyError when no item came in time; QueueClosedError. */
  async get(wait?: Wait): Promise<T> {
    return (await waitFor(this, 'get', [], wait)) as T; // what was put
  }

  getSync(wait?: SyncWait): T {
    return waitForSync(this, 'get', [], wait) as T; // what was put
  }

  putNoWait(item: T): Promise<void> {
    return this.put(item, 0);
  }

  putNoWaitSync(item: T): void {
    this.putSync(item, 0);
  }

  getNoWait(): Promise<T> {
    return this.get(0);
  }

  getNoWaitSync(): T {
    return this.getSync(0);
  }

  /** No more items are taken; what is in it can still be got, unless `immediate`. */
  async shutdown(options: ShutdownOptions = {}): Promise<void> {
    await this.callMethod('shutdown', [isImmediate(options)]);
  }

  shutdownSync(options: ShutdownOptions = {}): void {
    this.callMethodSync('shutdown', [isImmediate(options)]);
  }

  /** Items as they come, until the queue was shut down and is empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      try {
        yield await this.get();
      } catch (error) {
        if (error instanceof QueueClosedError) return;
        throw error;
      }
    }
  }
}
export interface QueueProxy<T = unknown>
  extends Remote<Pick<ManagedQueue<T>, Asking>>, Blocking<Pick<ManagedQueue<T>, Asking>> {}

/** Proxy of a queue that counts the items whose work is not done. */
export class JoinableQueueProxy<T = unknown> extends QueueProxy<T> {
  /** Waits until the work of all items is done. @returns `false` when the time was over first. */
  async join(wait?: Wait): Promise<boolean> {
    return (await waitFor(this, 'join', [], wait)) === true;
  }

  joinSync(wait?: SyncWait): boolean {
    return waitForSync(this, 'join', [], wait) === true;
  }

  /** Says that the work of one item is done. */
  async taskDone(): Promise<void> {
    await this.callMethod('taskDone');
  }

  taskDoneSync(): void {
    this.callMethodSync('taskDone');
  }
}

installMethods(QueueProxy, ['qsize', 'empty', 'full']);
