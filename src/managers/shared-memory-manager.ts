import { Finalize } from '../base/finalize.ts';
import { checkInteger, checkIterable } from '../base/options.ts';
import { ShareableList, type Shareable } from '../shared-memory/shareable-list.ts';
import { SharedMemory } from '../shared-memory/shared-memory.ts';
import { BaseManager } from './base-manager.ts';
import type { ManagerOptions } from './options.ts';
import type { ProxyOf } from './proxies/auto-proxy.ts';

/** In the server: the blocks that it made, which end with it. */
export class Segments {
  readonly #blocks: SharedMemory[] = [];

  constructor() {
    new Finalize(() => this.#unlinkAll(), { priority: 0 });
  }

  /** @returns The name of a new block. */
  create(size: number): string {
    const block = new SharedMemory({ create: true, size });
    this.#blocks.push(block);
    return block.name;
  }

  createList(items: readonly Shareable[]): string {
    const { shm } = new ShareableList(items);
    this.#blocks.push(shm);
    return shm.name;
  }

  #unlinkAll(): void {
    for (const block of this.#blocks) {
      block.close();
      try {
        block.unlink();
      } catch (error) {
        // Its user may have unlinked it before.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
    }
  }
}

/**
 * Owns blocks of shared memory with names: all are unlinked when it is shut down, or when its scope ends.
 *
 * @see Python `multiprocessing.managers.SharedMemoryManager`
 *
 * @example
 * ```ts
 * await using manager = await new SharedMemoryManager().start();
 * const block = await manager.SharedMemory(1024);
 * ```
 */
export class SharedMemoryManager extends BaseManager {
  #segments: Promise<ProxyOf<Segments>> | undefined;

  constructor(options: ManagerOptions = {}) {
    super(options);
  }

  /** A new block of at least `size` bytes. @throws ProcessError before the start and after the end. */
  async SharedMemory(size: number): Promise<SharedMemory> {
    checkInteger('SharedMemoryManager.SharedMemory', 'size', size, 1);
    return new SharedMemory({ name: await (await this.#server()).create(size), track: false });
  }

  /** A new list of values in shared memory. */
  async ShareableList<T extends Shareable>(items: Iterable<T>): Promise<ShareableList<T>> {
    checkIterable('SharedMemoryManager.ShareableList', 'items', items);
    return new ShareableList<T>(undefined, { name: await (await this.#server()).createList([...items]) });
  }

  async #server(): Promise<ProxyOf<Segments>> {
    // Not remembered when it fails: the manager may be started later.
    const segments = this.#segments ?? this.create(Segments);
    const made = await segments;
    this.#segments = segments;
    // Fails when the manager was shut down.
    await this.numberOfObjects();
    return made;
  }
}
