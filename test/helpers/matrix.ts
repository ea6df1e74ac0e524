import { describe } from 'node:test';
import { withoutAddon } from './without-addon.ts';

/** How a child comes to be. */
export type StartMethod = 'spawn' | 'forkserver' | 'thread';

const KNOWN: readonly StartMethod[] = ['spawn', 'forkserver', 'thread'];
const DEFAULT = 'spawn';

/** The start methods of this run: `MANYCORE_TEST_METHODS=spawn,thread`. */
export const startMethods: readonly StartMethod[] = (process.env['MANYCORE_TEST_METHODS'] ?? DEFAULT)
  .split(',')
  .map((word) => {
    const method = KNOWN.find((one) => one === word.trim());
    if (method === undefined) throw new Error(`MANYCORE_TEST_METHODS: '${word}' is none of ${KNOWN.join(', ')}`);
    return method;
  });

/** One `describe` per start method, so that a test is written once and runs on all. */
export function eachStartMethod(title: string, body: (method: StartMethod) => void): void {
  for (const method of startMethods) {
    describe(`${title} [${method}]`, () => body(method));
  }
}

/** As {@link eachStartMethod}, for what children share: without the addon only threads do. */
export function eachSharingMethod(title: string, body: (method: StartMethod) => void): void {
  for (const method of startMethods) {
    const skip = method !== 'thread' && withoutAddon('crossing');
    describe(`${title} [${method}]`, { skip }, () => body(method));
  }
}

/** Whether a child may outlive the tests: the fork server's prepared processes, which end with the program. */
export function isSpare(method: StartMethod, commandLine: string): boolean {
  return method === 'forkserver' && commandLine.includes('/entry/process');
}
