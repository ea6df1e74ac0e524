/** The compact format: small values in some ten nanoseconds, straight into shared memory. */
export { readCompact, type Cursor } from './compact-read.ts';
export { CompactTarget } from './compact-target.ts';
export { SLACK } from './compact-tags.ts';
export { writeCompact } from './compact-write.ts';
