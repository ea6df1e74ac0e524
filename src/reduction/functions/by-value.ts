import type { Located } from './locate.ts';
import type { ValueFunction } from './node.ts';
import { NotSendableError } from '../../base/errors.ts';
export function takeByValue(fn: Function, located: Located | undefined): Omit<ValueFunction, 'token'> {
  void located;
  throw new NotSendableError(`cannot send function '${fn.name}' by value`);
}
