import type { BlockHandle } from '../shared-memory/shared-block.ts';
import { SharedBlock } from '../shared-memory/shared-block.ts';

/** What a constructor of this library gets instead of its arguments when the object came in a message. */
export class Opened<Extra = undefined> {
  readonly block: SharedBlock;
  readonly extra: Extra;

  constructor(block: SharedBlock, extra: Extra) {
    this.block = block;
    this.extra = extra;
  }
}

const instances = new WeakMap<SharedBlock, object>();

/** Remembers which object stands for a block, so that it is itself when it comes back in a message. */
export function remember(block: SharedBlock, instance: object): void {
  instances.set(block, instance);
}

/**
 * The object of this thread for the memory that a message names: the one that is there, else a new one.
 *
 * There is never more than one, as it keeps the line of the thread's waiting tasks.
 *
 * @param make Is of the class that `take` was written for, so the type holds.
 */
export function reopen<Instance extends object>(handle: BlockHandle, make: (block: SharedBlock) => Instance): Instance {
  const block = SharedBlock.open(handle);
  const known = instances.get(block) as Instance | undefined;
  if (known) return known;
  const made = make(block);
  instances.set(block, made);
  return made;
}
