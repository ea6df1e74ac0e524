/** A module as programs have it: storages whose stores travel, and tasks that look at them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { carryContext, task } from 'manycore';

export interface Request {
  readonly id: string;
  readonly tags: Set<string>;
}

export const request: AsyncLocalStorage<Request> = carryContext(new AsyncLocalStorage<Request>(), 'test.request');
export const user: AsyncLocalStorage<string> = carryContext(new AsyncLocalStorage<string>(), 'test.user');

export function current(_item: number): Request | undefined {
  return request.getStore();
}

export async function currentLater(_item: number): Promise<Request | undefined> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return request.getStore();
}

export function currentId(_item: number): string {
  return request.getStore()?.id ?? 'none';
}

export async function currentIdLater(_item: number): Promise<string> {
  await new Promise((resolve) => setImmediate(resolve));
  return request.getStore()?.id ?? 'none';
}

export function both(): [string, string | undefined] {
  return [request.getStore()?.id ?? 'none', user.getStore()];
}

export function bothInSecondRun(): [string, string | undefined] {
  if (task().attempt === 1) process.exit(3);
  return both();
}
