import { Process } from '#internal/process/process.js';
import type { StartMethod } from './matrix.ts';

/** Starts a child by that method. */
export function startChild<A extends readonly unknown[]>(
  method: StartMethod,
  target: (...args: A) => unknown,
  ...args: A
): Process<A> {
  // The methods of the matrix are tested as they come; the type lists those that are built.
  const child = new Process<A>({ target, args, context: method as 'spawn' });
  child.start();
  return child;
}
