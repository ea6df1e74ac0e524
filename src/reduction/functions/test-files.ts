import { readFileSync } from 'node:fs';

import { isOwnFile, pathOf } from './loaded-modules.ts';

/** A test that is declared where a file runs; strings and comments that look like one only cost the reference. */
const DECLARES_TESTS = /^[ \t]*(?:describe|it|suite|test)(?:\.\w+)*\s*\(/m;
const known = new Map<string, boolean>();

/**
 * Whether `url` is a file of tests of the runner that this process belongs to: a child that imported it would declare the tests anew, or fail for
 * want of the runner's functions.
 */
export function isTestFile(url: string): boolean {
  if (!underRunner() || isOwnFile(url)) return false;
  const before = known.get(url);
  if (before !== undefined) return before;
  const answer = declaresTests(url);
  known.set(url, answer);
  return answer;
}

/** Mocha, Jest and Vitest give their functions to everybody; Node says it to the processes that it starts. */
function underRunner(): boolean {
  const { describe, it } = globalThis as { describe?: unknown; it?: unknown };
  if (typeof describe === 'function' && typeof it === 'function') return true;
  return process.env['NODE_TEST_CONTEXT'] !== undefined || process.execArgv.includes('--test');
}

function declaresTests(url: string): boolean {
  try {
    return DECLARES_TESTS.test(readFileSync(pathOf(url), 'utf8'));
  } catch {
    // No file: nothing that a child could import by its path either.
    return false;
  }
}
