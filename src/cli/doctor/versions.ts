import { release, type } from 'node:os';
import { platformName } from '../../base/platform.ts';
import type { Finding } from './finding.ts';

/** Oldest Node on which the suite runs; `engines` of the manifest says the same. */
const OLDEST_NODE = [20, 19] as const;

/** @param own Version of this package. */
export function versionFindings(own: string): Finding[] {
  const { node, napi, modules, v8 } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  const advice = `install Node ${OLDEST_NODE.join('.')} or newer`;
  const section = 'versions';
  return [
    { section, name: 'manycore', verdict: 'ok', value: own },
    {
      section,
      name: 'node',
      verdict: isOld ? 'problem' : 'ok',
      value: `${node} (Node-API ${napi ?? '?'}, modules ${modules}, V8 ${v8})`,
      ...(isOld && { advice }),
    },
    { section, name: 'system', verdict: 'ok', value: `${platformName}, ${type()} ${release()}, ${libc()}` },
  ];
}

/** Which C library Node runs on: that of musl does not say its version. */
function libc(): string {
  // Interfaces of the network are slow to list, and nobody asked for them.
  Reflect.set(process.report, 'excludeNetwork', true);
  const report: unknown = process.report.getReport();
  const header: unknown = typeof report === 'object' && report !== null ? Reflect.get(report, 'header') : undefined;
  const version: unknown =
    typeof header === 'object' && header !== null ? Reflect.get(header, 'glibcVersionRuntime') : undefined;
  return typeof version === 'string' ? `glibc ${version}` : 'no glibc (musl?)';
}
