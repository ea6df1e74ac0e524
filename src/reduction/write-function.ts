import type { Capture, FunctionNode } from './functions/node.ts';
import type { GraphWriter } from './graph-writer.ts';
import * as tag from './graph-tags.ts';

/** Writes a function or class as the port describes it; what it captures is part of the graph. */
export function writeFunction(writer: GraphWriter, fn: Function): void {
  const node = describe(writer, fn);
  if (node.kind === 'reference') {
    writer.byte(tag.FUNCTION_REFERENCE);
    writer.register(fn);
    writer.uint(writer.references.length);
    writer.references.push(node);
    return;
  }
  writer.byte(tag.FUNCTION);
  writer.register(fn);
  const captures = 'captures' in node ? node.captures : [];
  const fields = Object.entries(node).filter(([key]) => key !== 'captures');
  writer.uint(fields.length);
  for (const [key, value] of fields) {
    writer.text(key);
    writer.part({ kind: 'entry', text: `[${key}]` }, value);
  }
  writer.uint(captures.length);
  for (const capture of captures) writeCapture(writer, fn, capture);
}

function writeCapture(writer: GraphWriter, fn: Function, capture: Capture): void {
  writer.text(capture.name);
  writer.byte(capture.assigned ? 1 : 0);
  writer.part({ kind: 'capture', variable: capture.name, owner: fn.name || 'anonymous' }, capture.value);
}

function describe(writer: GraphWriter, fn: Function): FunctionNode {
  const port = writer.options.functions;
  if (port === undefined) throw writer.refusal('it is a function, and only data can be sent this way');
  const { at } = writer.place();
  try {
    return port.describe(fn, at);
  } catch (error) {
    throw writer.withCapture(error);
  }
}
