// How long a file of three properties runs, and from where.

/** All of the file together; `MANYCORE_FUZZ_SECONDS` makes it longer, `MANYCORE_FUZZ_SEED` repeats a run. */
const totalMs = Number(process.env['MANYCORE_FUZZ_SECONDS'] ?? 5) * 1000;
const seed = process.env['MANYCORE_FUZZ_SEED'];

/** For each of the properties. */
export const each = {
  numRuns: 1e9,
  interruptAfterTimeLimit: totalMs / 3,
  markInterruptAsFailure: false,
  includeErrorInReport: true,
  ...(seed === undefined ? {} : { seed: Number(seed) }),
};
export const timeout: number = totalMs + 60_000;
