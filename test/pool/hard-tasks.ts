/** Functions that misbehave in harder ways, beside those of `tasks.ts`. */
import { parentProcess, Pool, registerReducer, task } from 'manycore';
import { after, pid, runsOutOfMemory, square } from './tasks.ts';

export * from './tasks.ts';

export function aborts(): never {
  process.abort();
}

/** An error with a field that cannot be sent. */
export function throwsUnsendable(): never {
  throw Object.assign(new RangeError('with a secret'), { secret: new WeakMap() });
}

export function misbehave(how: Misdeed): void {
  if (how === 'exit') process.exit(5);
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
  if (how === 'throw') throw new RangeError('it misbehaved on purpose');
  // oxlint-disable-next-line no-throw-literal -- what the test is about
  if (how === 'throw undefined') throw undefined;
  if (how === 'loop') for (;;);
  if (how === 'run out of memory') runsOutOfMemory();
}

export type Misdeed = 'none' | 'throw' | 'throw undefined' | 'exit' | 'kill' | 'loop' | 'run out of memory';

/** Misbehaves when it is written or read, in a worker or in the program. */
export class Trap {
  readonly where: 'worker' | 'program';
  readonly whenWritten: Misdeed;
  readonly whenRead: Misdeed;

  constructor(where: 'worker' | 'program', whenWritten: Misdeed, whenRead: Misdeed) {
    this.where = where;
    this.whenWritten = whenWritten;
    this.whenRead = whenRead;
  }

  get isHere(): boolean {
    return this.where === (parentProcess() === null ? 'program' : 'worker');
  }
}

registerReducer(
  Trap,
  (trap) => {
    if (trap.isHere) misbehave(trap.whenWritten);
    const parts: ConstructorParameters<typeof Trap> = [trap.where, trap.whenWritten, trap.whenRead];
    return parts;
  },
  makeTrap,
);

export function makeTrap(parts: ConstructorParameters<typeof Trap>): Trap {
  const trap = new Trap(...parts);
  if (trap.isHere) misbehave(trap.whenRead);
  return trap;
}

export function givesTrap(parts: ConstructorParameters<typeof Trap>): Trap {
  return new Trap(...parts);
}

export function exitsAt(item: number): number {
  if (item === 7) process.exit(4);
  return item;
}

const seen: WeakRef<object>[] = [];

/** How many of the arguments of earlier calls are gone; makes garbage, so that there is a reason to collect. */
export function remembered(argument: object): number {
  const garbage = Array.from({ length: 200_000 }, (_, i) => ({ i }));
  seen.push(new WeakRef(argument));
  return seen.filter((ref) => ref.deref() === undefined).length + (garbage.length - 200_000);
}

export async function recallLater(ms: number): Promise<unknown> {
  const { state } = task();
  await after(ms);
  return state['value'];
}

export function append(argument: { readonly list: number[] }, item: number): object {
  argument.list.push(item);
  return argument;
}

export function setGlobal(name: string): void {
  Reflect.set(globalThis, name, true);
}

export function exitsNow(): never {
  process.exit(1);
}

/** Remembers a word in the state of the worker. */
export function note(word: string): number {
  const { state, workerId } = task();
  const words = Array.isArray(state['words']) ? (state['words'] as string[]) : [];
  state['words'] = [...words, word];
  return workerId;
}

/** What {@link note} has remembered. */
export function notes(): string {
  const { state, workerId } = task();
  return `${workerId}: ${(state['words'] as string[]).join(' ')}`;
}

export function environment(name: string): string | undefined {
  return process.env[name];
}

/** Sum of the squares below 10, by a pool of its own. */
export async function poolInside(method: string): Promise<number> {
  await using pool = new Pool({ processes: 2, context: { getStartMethod: () => method } });
  const squares = await pool.map(square, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  return squares.reduce((a, b) => a + b);
}

export function second<T>(_first: unknown, value: T): T {
  return value;
}

/** Ends its worker in its first run. */
export function exitsOnce(value: number): number {
  return task().attempt === 1 ? process.exit(1) : value;
}

/** Starts a pool of one process, which lives as long as this worker; its pid. */
export async function startsPool(name: string): Promise<number> {
  const pool = new Pool({ processes: 1, context: 'spawn' });
  task().state[name] = pool;
  return pool.apply(pid);
}

/** A number, and which run of its task this is. */
export async function attemptOf(i: number): Promise<[number, number]> {
  const { attempt } = task();
  await after(3);
  return [i, attempt];
}

export function exitsWith(_argument: unknown): never {
  process.exit(1);
}

/** Ends its worker in the first run of item 3, and in the first two of item 7; else the number of the run. */
export function attemptThatSucceeds(item: number): number {
  const { attempt } = task();
  if ((item === 3 && attempt < 2) || (item === 7 && attempt < 3)) process.exit(1);
  return attempt;
}

/** An error that can be sent, and cannot be made again. */
export class TrapError extends Error {
  override readonly name = 'TrapError';
  readonly trap = new Trap('program', 'none', 'throw');
}

export function throwsTrap(): never {
  throw new TrapError('with a trap');
}
