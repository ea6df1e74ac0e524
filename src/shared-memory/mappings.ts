import { sharedState } from '../base/globals.ts';
import { RETIRED_WORD } from './heap.ts';
import { Region, type RegionHandle } from './region.ts';

/** Regions of others that this thread has mapped, by inode: a mapping made once is kept and used again. */
export class Mappings {
  readonly #regions = new Map<number, Region>();

  static current(): Mappings {
    return sharedState('shared-memory.mappings.1', () => new Mappings());
  }

  /**
   * The region behind `handle`.
   *
   * @throws An error with code `ENOENT` or `ESTALE` when its holder is gone.
   */
  open(handle: RegionHandle): Region {
    const known = this.#regions.get(handle[2]);
    if (known) return known;
    this.#dropRetired();
    const region = Region.open(handle);
    this.#regions.set(handle[2], region);
    return region;
  }

  /** Lets go of what its owner has given up; views that user code still holds keep their memory. */
  #dropRetired(): void {
    for (const [inode, region] of this.#regions) {
      if (Atomics.load(region.words, RETIRED_WORD) === 0) continue;
      this.#regions.delete(inode);
      region.close();
    }
  }
}
