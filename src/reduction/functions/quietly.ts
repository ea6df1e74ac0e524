/** Runs `body` without the experimental warnings that contain `part`; they concern this library's choice, not the user's. */
export function quietly<Result>(part: string, body: () => Result): Result {
  const { emitWarning } = process;
  const filter = (warning: string | Error, ...rest: unknown[]): void => {
    if (rest.includes('ExperimentalWarning') && String(warning).includes(part)) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  process.emitWarning = filter;
  try {
    return body();
  } finally {
    process.emitWarning = emitWarning;
  }
}
