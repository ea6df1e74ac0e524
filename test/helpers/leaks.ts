import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { collectGarbage } from './gc.ts';
import { isSpare, startMethods } from './matrix.ts';
import { descendants, memoryFileMappings, openDescriptors, ownNamedBlocks } from './proc.ts';
import type { ProcessFacts } from './proc.ts';

const PATIENCE_MS = 5_000;
const LONGEST_PAUSE_MS = 50;

/** Requests and queued callbacks come and go by themselves; what lasts is a handle or a timer. */
const PASSING = /^(Immediate|TickObject|FSReq|GetAddrInfoReq|WriteWrap|ShutdownWrap|CloseReq)/;

/** What a test may leave behind and does not. */
export interface Resources {
  readonly children: readonly string[];
  readonly descriptors: readonly string[];
  readonly mappings: readonly string[];
  readonly blocks: readonly string[];
  readonly handles: readonly string[];
}

export interface LeakOptions {
  /**
   * Run once before the first count: whatever the library keeps for its whole life (registry, parker, caches) is made here,
   * and is then not taken for a leak.
   */
  readonly warmUp?: () => unknown;
  /** Children that may stay, besides the spares of a fork server. */
  readonly mayStay?: (child: ProcessFacts) => boolean;
  /** Milliseconds for what ends by itself soon: an exiting child, a closing handle, garbage. */
  readonly timeout?: number;
}

/** Counts before the tests of the current `describe` (or file) and proves after them that nothing was left behind. */
export function trackLeaks(options: LeakOptions = {}): void {
  let start: Resources | undefined;
  before(async () => {
    await options.warmUp?.();
    start = openResources(options);
  });
  after(async () => {
    if (start !== undefined) await assertNoLeaks(start, options);
  });
}

/** What is open now. */
export function openResources({ mayStay = () => false }: LeakOptions = {}): Resources {
  // The standard streams open their handles at the first use, which may be a message of the test runner.
  void process.stdout;
  void process.stderr;
  return {
    children: descendants()
      .filter((child) => !mayStay(child) && !startMethods.some((method) => isSpare(method, child.commandLine)))
      .map(({ pid, state, commandLine }) => `${pid} (${state}) ${commandLine}`),
    descriptors: openDescriptors(),
    mappings: memoryFileMappings(),
    blocks: ownNamedBlocks(),
    handles: process.getActiveResourcesInfo().filter((name) => !PASSING.test(name)),
  };
}

/** Waits until nothing is open that was not open at `start`; fails with the list of what is. */
export async function assertNoLeaks(start: Resources, options: LeakOptions = {}): Promise<void> {
  const end = performance.now() + (options.timeout ?? PATIENCE_MS);
  for (let pauseMs = 1; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    const left = difference(start, openResources(options));
    if (left.length === 0) return;
    if (performance.now() > end) assert.fail(`left behind:\n  ${left.join('\n  ')}`);
    collectGarbage();
    await new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
  }
}

function difference(start: Resources, now: Resources): string[] {
  return [
    ...added(start.children, now.children).map((text) => `child ${text}`),
    ...added(start.descriptors, now.descriptors).map((text) => `descriptor ${text}`),
    ...added(start.mappings, now.mappings).map((text) => `mapping ${text}`),
    ...added(start.blocks, now.blocks).map((text) => `named block ${text}`),
    ...added(start.handles, now.handles).map((text) => `handle ${text}`),
  ];
}

/** The entries of `now` beyond those of `start`, each as often as it is there. */
function added(start: readonly string[], now: readonly string[]): string[] {
  const known = new Map<string, number>();
  for (const entry of start) known.set(entry, (known.get(entry) ?? 0) + 1);
  return now.filter((entry) => {
    const count = known.get(entry) ?? 0;
    known.set(entry, count - 1);
    return count <= 0;
  });
}
