// Functions that the tests of this folder run in children.
import { fstatSync, readdirSync, writeFileSync } from 'node:fs';
import { activeChildren, currentProcess, parentProcess, Process } from '#internal/process/process.js';

export function nothing(): void {}

export function exitWith(code?: number | null): void {
  process.exit(code);
}

export function setExitCode(code: number): void {
  process.exitCode = code;
}

export function throwError(message: string): void {
  throw new RangeError(message);
}

export function throwValue(value: unknown): void {
  throw value;
}

export function throwInTimer(message: string): void {
  setTimeout(() => {
    throw new RangeError(message);
  }, 1);
}

/** Lives until it is killed. */
export async function live(): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 2 ** 31 - 1));
}

export async function liveWith(_held: unknown): Promise<void> {
  await live();
}

/** Writes when it comes back from a wait that the event loop holds, after the target returned. */
export function writeLater(file: string, text: string): void {
  setTimeout(() => writeFileSync(file, text), 20);
}

export function writeAtExit(file: string, text: string): void {
  process.on('exit', (code) => writeFileSync(file, `${text} ${code}`));
}

export function catchInterrupt(file: string): void {
  const timer = setTimeout(() => {}, 2 ** 31 - 1);
  process.once('SIGINT', () => {
    clearTimeout(timer);
    process.exitCode = 5;
  });
  writeFileSync(file, 'ready');
}

export function ignoreTerm(file: string): void {
  setTimeout(() => {}, 2 ** 31 - 1);
  process.on('SIGTERM', () => {});
  writeFileSync(file, 'ready');
}

export function killSelf(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
}

/** Who a child thinks it is. */
export interface Identity {
  readonly pid: number;
  readonly name: string;
  readonly daemon: boolean;
  readonly alive: boolean;
  readonly exitCode: number | null;
  readonly authkey: Uint8Array;
  readonly parent: { readonly pid: number | undefined; readonly name: string; readonly alive: boolean } | null;
  readonly args: readonly unknown[];
  readonly argv1: string | undefined;
  readonly boot: string | undefined;
  readonly variable: string | undefined;
  readonly active: number;
}

export function identify(...args: readonly unknown[]): Identity {
  const self = currentProcess();
  const parent = parentProcess();
  return {
    pid: process.pid,
    name: self.name,
    daemon: self.daemon,
    alive: self.isAlive(),
    exitCode: self.exitCode,
    authkey: self.authkey,
    parent: parent && { pid: parent.pid, name: parent.name, alive: parent.isAlive() },
    args,
    argv1: process.argv[1],
    boot: process.env['MANYCORE_BOOT'],
    variable: process.env['TEST_VARIABLE'],
    active: activeChildren().length,
  };
}

export function identifyInto(file: string, ...args: readonly unknown[]): void {
  writeFileSync(file, JSON.stringify({ ...identify(...args), authkey: [...currentProcess().authkey] }));
}

export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return fstatSync(Number(fd)).size >= 0;
    } catch {
      return false;
    }
  }).length;
}

/** Writes its place in the tree, then starts two children below it, one after the other. */
export async function tree(file: string, place: string, depth: number): Promise<void> {
  writeFileSync(file, `${place} `, { flag: 'a' });
  if (depth === 0) return;
  for (const side of ['L', 'R']) {
    const child = new Process({ target: tree, args: [file, place + side, depth - 1] });
    child.start();
    await child.join();
  }
}

/** What happens when a daemon starts a process. */
export function startOne(): string {
  const child = new Process({ target: nothing });
  try {
    child.start();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  return 'started';
}

export function startOneInto(file: string): void {
  writeFileSync(file, startOne());
}

export function sayAndExit(line: string, code: number): void {
  console.error(line);
  process.exit(code);
}

export function sayManyAndExit(count: number): void {
  for (let i = 0; i < count; i++) process.stderr.write(`this is line ${i} ${'.'.repeat(180)}\n`);
  process.exit(1);
}

/** Disturbs its parent while that waits for it. */
export function signalParent(signal: NodeJS.Signals, times: number): void {
  for (let i = 0; i < times; i++) process.kill(process.ppid, signal);
  process.exit(6);
}

export async function throwInTimerAndLive(message: string): Promise<void> {
  throwInTimer(message);
  await live();
}

export function promiseInside(): unknown {
  return { later: Promise.resolve() };
}

export function leaveTimer(): string {
  setTimeout(() => {}, 2 ** 31 - 1);
  return 'left';
}

export function bigArray(length: number): Float64Array {
  return new Float64Array(length).fill(7);
}

export class Squares extends Process {
  readonly file: string;
  readonly numbers: readonly number[];

  constructor(file: string, numbers: readonly number[]) {
    super({ name: 'squares' });
    this.file = file;
    this.numbers = numbers;
    constructed.count++;
  }

  override run(): void {
    const squares = this.numbers.map((x) => this.square(x));
    const isSelf = currentProcess() === this;
    writeFileSync(
      this.file,
      JSON.stringify({ squares, isSelf, name: this.name, pid: this.pid, made: constructed.count }),
    );
  }

  square(x: number): number {
    return x * x;
  }
}

/** How often the constructor ran in this process. */
export const constructed = { count: 0 };

/** Notes the daemon flags of itself and of processes that it makes without one, and with either. */
export function writeFlags(file: string): void {
  const made = [new Process(), new Process({ daemon: false }), new Process({ daemon: true })];
  writeFileSync(file, JSON.stringify([currentProcess(), ...made].map(({ daemon }) => daemon)));
}
