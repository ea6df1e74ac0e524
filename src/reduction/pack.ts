import { NotSendableError } from '../base/errors.ts';
import { CompactTarget, writeCompact } from './compact.ts';
import { GraphWriter } from './graph-writer.ts';
import { withLoans } from './loans.ts';
import { COMPACT, GRAPH, type PackOptions, type Packed } from './message.ts';
import { isOverflow } from './overflow.ts';
import { specialists } from './write-objects.ts';

export type { PackOptions, Packed } from './message.ts';

const COMPACT_SIZE = 16_384;
/** Bytes before a graph: the format, and where the table of references is. */
const HEADER = 8;
const NO_BUFFERS: readonly Uint8Array[] = [];

// Taken while in use: a getter or a reduce method may pack something itself.
let idleTarget: CompactTarget | undefined;
let idleWriter: GraphWriter | undefined;

/**
 * Turns a value into bytes.
 *
 * Own enumerable properties travel, those of getters as the data they give (a getter may be asked twice). What an object
 * allows (frozen, not extensible) does not travel, nor do names given to a typed array of no subclass. Views share a buffer at the
 * receiver when the first of them covers all of it, or the memory is shared; a slice comes alone.
 *
 * @returns Bytes of the caller's own, and views on big buffers of the value, which were not copied.
 * @throws NotSendableError naming the part that cannot be sent, and what to do; or what a getter or reduce method threw.
 */
export function pack(value: unknown, options: PackOptions = {}): Packed {
  const bytes = typeof value === 'function' ? undefined : packCompact(value);
  if (bytes !== undefined) return { bytes, buffers: NO_BUFFERS };
  const writer = idleWriter ?? new GraphWriter(specialists);
  idleWriter = undefined;
  try {
    const { result, loans } = withLoans(() => packGraph(writer, value, options), options.keep);
    return loans.length === 0 ? result : { ...result, loans };
  } catch (error) {
    if (isOverflow(error)) throw tooDeep(options, error);
    throw error;
  } finally {
    // Whatever happened, nothing of the value may be kept alive.
    writer.start({});
    idleWriter = writer;
  }
}

function packCompact(value: unknown): Uint8Array | undefined {
  const target = idleTarget ?? new CompactTarget(new ArrayBuffer(COMPACT_SIZE));
  idleTarget = undefined;
  try {
    const end = writeCompact(target, 1, COMPACT_SIZE, value);
    if (end < 0) return undefined;
    target.bytes[0] = COMPACT;
    return target.bytes.slice(0, end);
  } finally {
    idleTarget = target;
  }
}

function packGraph(writer: GraphWriter, value: unknown, options: PackOptions): Packed {
  writer.start(options);
  writer.reserve(HEADER);
  writer.target.bytes.fill(0, 0, HEADER);
  writer.target.bytes[0] = GRAPH;
  writer.offset = HEADER;
  writer.write(value);
  const { buffers, references } = writer;
  if (references.length > 0) {
    const start = writer.offset;
    if (start >= 2 ** 32)
      throw new NotSendableError(`cannot send ${options.name ?? 'value'} to another process: it is larger than 4 GiB`);
    writer.target.view.setUint32(4, start, true);
    writer.text(JSON.stringify(references));
  }
  return { bytes: writer.finish(), buffers };
}

function tooDeep(options: PackOptions, cause: unknown): NotSendableError {
  return new NotSendableError(`cannot send ${options.name ?? 'value'} to another process: it is nested too deeply`, {
    cause,
  });
}
