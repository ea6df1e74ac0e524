import { sharedState } from '../base/globals.ts';
import { blocksUnused, returnBlocksOf } from './heap.ts';
import { CHUNK_HEADER_BYTES, dropUser, HEADER_BYTES, isInUse } from './shared-block.ts';
import {
  BIG_BLOCK,
  BIG_OBJECT,
  CHUNK_BYTES,
  OBJECTS,
  ProgramHeap,
  REGION,
  SMALL_BLOCKS,
  type Run,
} from './program-heap.ts';
import { Registry } from './registry.ts';

/**
 * Gives back what a process had that has ended: its slots in the registry and its memory.
 *
 * Called by its parent. Memory that others still read stays; it is looked at again when the next one ends.
 */
export function releaseProcess(pid: number): void {
  release(Registry.current().participantsOf(pid));
}

/** As {@link releaseProcess}, for threads of this process that have ended. */
export function releaseThreads(ids: readonly number[]): void {
  release(ids);
}

function release(ids: readonly number[]): void {
  const registry = Registry.current();
  // Participants that are gone and whose memory is not free yet, because others still use some of it.
  const dead = sharedState<(readonly number[])[]>('shared-memory.dead.2', () => []);
  for (const id of ids) {
    sweepObjects(id);
    sweepBlocks(id);
    registry.releaseId(id);
  }
  if (ids.length > 0) dead.push(ids);
  // Children of the dead end with it, but some instructions later: until then they write to memory it gave them.
  const ready = dead.filter((one) => registry.childrenOf(new Set(one)).length === 0);
  const owners = new Set(ready.flat());
  if (owners.size > 0 && releaseRuns(owners))
    dead.splice(0, dead.length, ...dead.filter((one) => !ready.includes(one)));
}

/** Gives back the messages that a participant, which died, had taken and not read. */
function sweepBlocks(id: number): void {
  for (const run of ProgramHeap.current().runs()) {
    if (run.kind === SMALL_BLOCKS || run.kind === BIG_BLOCK) returnBlocksOf(id, run);
  }
}

/** @returns Whether nothing of these owners is left. */
function releaseRuns(owners: ReadonlySet<number>): boolean {
  const heap = ProgramHeap.current();
  let isAllFree = true;
  for (const run of heap.runs()) {
    if (!owners.has(run.owner)) continue;
    if (isUnused(run)) heap.release(run.first, run.count);
    else isAllFree = false;
  }
  return isAllFree;
}

function isUnused(run: Run): boolean {
  // Shared objects have users of their own, whoever made them.
  if (run.kind === OBJECTS || run.kind === BIG_OBJECT) return objectsUnused(run);
  if (run.kind === REGION || run.kind === 0) return true;
  return blocksUnused(run, (id) => Registry.current().isAlive(id));
}

/** Offsets of the headers in a run of objects. */
function* headersIn({ first, kind }: Run): Generator<number> {
  const start = first * CHUNK_BYTES;
  if (kind === BIG_OBJECT) {
    yield start;
    return;
  }
  const { words } = ProgramHeap.current().chunk(first);
  const stride = HEADER_BYTES + (words[0] ?? 0);
  for (let at = CHUNK_HEADER_BYTES; at + stride <= CHUNK_BYTES; at += stride) yield start + at;
}

/** Takes a participant that died out of all objects, and frees those that it alone used. */
function sweepObjects(participant: number): void {
  for (const run of ProgramHeap.current().runs()) {
    if (run.kind !== OBJECTS && run.kind !== BIG_OBJECT) continue;
    for (const header of headersIn(run)) dropUser(header, participant);
  }
}

/** Whether a chunk of objects, whose maker died, holds none that is in use. */
function objectsUnused(run: Run): boolean {
  for (const header of headersIn(run)) {
    if (isInUse(header)) return false;
  }
  return true;
}
