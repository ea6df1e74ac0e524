/**
 * What becomes of a callback of the user that is an async function.
 *
 * @param returned What it has given. For a promise, one of the two is called when it settles, later.
 * @returns Whether it is a promise.
 */
export function later(returned: unknown, settled: () => void, failed: (error: unknown) => void): boolean {
  if (!isThenable(returned)) return false;
  // It may be any kind of promise: this gives it the manners of an ordinary one.
  void Promise.resolve(returned).then(
    () => settled(),
    (error: unknown) => failed(error),
  );
  return true;
}

/** As {@link later}, for whoever only wants to hear of a failure. */
export function whenLaterFails(returned: unknown, failed: (error: unknown) => void): void {
  later(returned, () => {}, failed);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
