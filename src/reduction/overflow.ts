/** Whether an error says that the stack is used up: a value is nested too deeply, or a caller was deep already. */
export function isOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}
