import { describe } from 'node:test';

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

/** Whether the suite runs without the addon; such tests skip what needs memory shared between processes. */
export const isNativeOff: boolean = process.env['MANYCORE_NATIVE'] === 'off';

/** One `describe` per start method, so that a test is written once and runs on all. */
export function eachStartMethod(title: string, body: (method: StartMethod) => void): void {
  for (const method of startMethods) {
    describe(`${title} [${method}]`, () => body(method));
  }
}

/** Whether a child may outlive the tests: the fork server's prepared processes, which end with the program. */
export function isSpare(method: StartMethod, commandLine: string): boolean {
  return method === 'forkserver' && commandLine.includes('/entry/process');
}
