import { readFileSync } from 'node:fs';

/**
 * Memory of a process in MiB: RSS counts shared pages in full, PSS by share.
 *
 * @param {number} pid @returns {Record<string, number>}
 */
export function memoryOf(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const read = (/** @type {string} */ name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
  return { 'RSS MiB': read('Rss'), 'PSS MiB': read('Pss') };
}

/** The highest RSS of this process so far, in MiB. */
export function peakMemory() {
  return process.resourceUsage().maxRSS / 1024;
}
