import { EOFError, NotSendableError } from '../base/errors.ts';

/** What a caller gets whose result cannot be sent. */
export function unsendableResult(error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new NotSendableError(`the result of the call cannot be sent back: ${why}`, { cause: error });
}

/** What every pending and later call ends with once the server is gone. */
export function serverGone(name: string): EOFError {
  return new EOFError(`${name} has ended: its objects are gone; start another manager, and make them anew`);
}

/** What calls through a connection end with that was given up here. */
export function serverLeft(name: string): EOFError {
  return new EOFError(`${name} was shut down in this process, and its proxies with it; connect another manager`);
}
