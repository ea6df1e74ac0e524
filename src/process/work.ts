/** What a `Process` sends to its child. */
export interface Work {
  readonly target: ((...args: never[]) => unknown) | undefined;
  readonly args: readonly unknown[];
  /** Present when `run` is a subclass's own. */
  readonly instance?: { readonly Class: Function; readonly fields: object };
}
