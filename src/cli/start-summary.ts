import { createHash } from 'node:crypto';

import type { FileReport } from './start-tasks.ts';

const TOP = 10;
/** Tiny files compress to nothing or to more than they were; they would win every list. */
const MIN_BYTES = 4096;

/** One hash over all reports, whatever the order in which they came. */
export function fingerprint(reports: readonly FileReport[]): string {
  const hash = createHash('sha256');
  for (const report of byPath(reports)) {
    const { path, bytes, compressedBytes, words, identifiers, counts } = report;
    hash.update(`${path}\n${bytes} ${compressedBytes} ${words}\n${report.hash}\n${identifiers}\n${counts.join(' ')}\n`);
  }
  return hash.digest('hex');
}

/** The findings as lines for a terminal. */
export function summarize(reports: readonly FileReport[]): string[] {
  const bytes = sum(reports, (report) => report.bytes);
  const compressed = sum(reports, (report) => report.compressedBytes);
  const words = sum(reports, (report) => report.words);
  const identifiers = countAll(reports);
  const occurrences = [...identifiers.values()].reduce((total, count) => total + count, 0);
  return [
    `${number(reports.length)} files, ${megabytes(bytes)}, compressed to ${megabytes(compressed)} (${percent(compressed, bytes)})`,
    `${number(words)} words, ${number(occurrences)} identifiers, ${number(identifiers.size)} different ones`,
    '',
    'Most frequent identifiers',
    ...[...identifiers]
      .toSorted(([a, countA], [b, countB]) => countB - countA || compare(a, b))
      .slice(0, TOP)
      .map(
        ([name, count], index) =>
          `  ${String(index + 1).padStart(2)}. ${name.padEnd(24)} ${number(count).padStart(10)}`,
      ),
    '',
    `Most compressible files (of at least ${number(MIN_BYTES)} bytes)`,
    ...byPath(reports)
      .filter((report) => report.bytes >= MIN_BYTES)
      .toSorted((a, b) => a.compressedBytes / a.bytes - b.compressedBytes / b.bytes)
      .slice(0, TOP)
      .map(({ path, bytes: size, compressedBytes }) => `  ${percent(compressedBytes, size).padStart(7)}  ${path}`),
  ];
}

function countAll(reports: readonly FileReport[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const { identifiers, counts } of reports) {
    if (identifiers === '') continue;
    for (const [index, name] of identifiers.split('\n').entries())
      all.set(name, (all.get(name) ?? 0) + (counts[index] ?? 0));
  }
  return all;
}

function byPath(reports: readonly FileReport[]): FileReport[] {
  return reports.toSorted((a, b) => compare(a.path, b.path));
}

/** By code units: the order must not depend on the language of the machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sum(reports: readonly FileReport[], pick: (report: FileReport) => number): number {
  return reports.reduce((total, report) => total + pick(report), 0);
}

function number(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function percent(part: number, whole: number): string {
  return `${((part / Math.max(1, whole)) * 100).toFixed(1)} %`;
}
