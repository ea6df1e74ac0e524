/**
 * Something that becomes ready once and can be waited for together with others.
 *
 * @see Python `multiprocessing.connection.wait`
 */
export interface Waitable {
  /** Whether it is ready now. Never waits. */
  isReady(): boolean;
  /**
   * Calls `callback` once it is ready; at once when it is already. Keeps the event loop alive until then.
   *
   * @returns A function that forgets the callback.
   */
  whenReady(callback: () => void): () => void;
}
