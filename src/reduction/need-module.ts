import type { GraphWriter } from './graph-writer.ts';

/** Has the receiver load a module of this library before it reads the message. */
export function needModule(writer: GraphWriter, url: string, name: string): void {
  if (writer.references.some((reference) => reference.url === url)) return;
  writer.references.push({ kind: 'reference', url, path: [], via: 'exports', cjs: false, hash: '', name });
}
