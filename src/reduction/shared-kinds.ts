/** Kinds of memory that several processes share, and travel by reference in every message. */
import { sharedState } from '../base/globals.ts';
import { damaged } from './compact-read.ts';
import type { GraphWriter } from './graph-writer.ts';
import { needModule } from './need-module.ts';

/** One kind of shared memory. */
export interface SharedKind {
  /** The same in every process. */
  readonly tag: string;
  /** URL of the module that registers this kind: a receiver that has not loaded it does so first. */
  readonly home: string;
  /** Whether `buffer` is memory of this kind. */
  has(buffer: ArrayBufferLike): boolean;
  /** What the receiver finds it by, as a plain value; called once for each message. */
  describe(buffer: ArrayBufferLike): unknown;
  /** The same memory in this process. */
  open(handle: unknown): ArrayBufferLike;
}

/** One list for all copies of the library in a thread: loaders may load it twice, as `require` and as `import`. */
const kinds = sharedState<SharedKind[]>('reduction.shared-kinds.1', () => []);

/** Lets buffers of this kind travel by reference, and so all views on them. A tag that is known is replaced. */
export function registerSharedKind(kind: SharedKind): void {
  const index = kinds.findIndex(({ tag }) => tag === kind.tag);
  if (index >= 0) kinds[index] = kind;
  else kinds.push(kind);
}

/** Whether `buffer` travels by reference in this message. */
export function isShared(writer: GraphWriter, buffer: ArrayBufferLike): boolean {
  const port = writer.options.shared;
  return port === undefined ? kinds.some((kind) => kind.has(buffer)) : port.describe(buffer) !== undefined;
}

/** The handle of a buffer, as a plain value; `undefined` when it is not shared. */
export function describeShared(writer: GraphWriter, buffer: ArrayBufferLike): unknown {
  const port = writer.options.shared;
  if (port !== undefined) return port.describe(buffer);
  const kind = kinds.find((one) => one.has(buffer));
  if (kind === undefined) return undefined;
  needModule(writer, kind.home, kind.tag);
  return [kind.tag, kind.describe(buffer)];
}

/** The buffer that {@link describeShared} described. */
export function openShared(handle: unknown): ArrayBufferLike {
  const [tag, plain]: readonly unknown[] = Array.isArray(handle) ? handle : [];
  const kind = kinds.find((one) => one.tag === tag);
  if (kind === undefined) throw damaged('there is shared memory in it of a kind that is not known here');
  return kind.open(plain);
}
