import { availableParallelism } from 'node:os';
import { setImmediate, setTimeout } from 'node:timers/promises';

import { EXIT, UsageError, messageOf } from './exit.ts';
import { openInputs } from './inputs.ts';
import type { ItemSource } from './inputs.ts';
import { Joblog } from './joblog.ts';
import type { MapOptions } from './map-options.ts';
import { MapJob } from './map-job.ts';
import type { MapPolicy, MapSummary } from './map-job.ts';
import type { ModuleReply } from './map-task.ts';
import { resolveModule } from './module-spec.ts';
import type { ModuleSpec } from './module-spec.ts';
import { nearest } from '../base/nearest.ts';
import { LineWriter, OutputClosedError, logSink, openFile, openStdout } from './output.ts';
import type { Sink } from './output.ts';
import { openProgress } from '../pool/progress.ts';
import type { ProgressState } from '../pool/progress.ts';
import { failureLine } from './report.ts';
import { openPoolRunner } from './runner.ts';
import type { Runner } from './runner.ts';

/** How long a run that was stopped waits for a reader that does not read. */
const FLUSH_MS = 1000;

/**
 * `manycore map`: everything from the words of the command line to the exit code.
 *
 * @throws UsageError before anything runs; InputError when input or output break on the way.
 */
export async function runMap(moduleSpec: string, inputs: readonly string[], options: MapOptions): Promise<number> {
  if (options.resume === true && options.joblog === undefined)
    throw new UsageError('--resume needs --joblog FILE: it reads there what is done');
  const cwd = process.cwd();
  const spec = resolveModule(moduleSpec, cwd);
  const source = await openInputs(inputs, options.input, process.stdin, cwd);
  const jobs = options.jobs ?? availableParallelism();
  const runner = openPoolRunner([spec.url, spec.exportName, spec.loader], jobs);
  try {
    await checkFunction(runner, spec);
    if (inputs.length === 0 && process.stdin.isTTY)
      process.stderr.write('manycore: reading items from the terminal; Ctrl-D ends them\n');
    const code = await runJob(runner, spec, source, policyOf(options, jobs), options);
    await runner.close();
    return code;
  } finally {
    // After close() there is nothing left to end; after a failure this is what ends the workers.
    await runner.terminate();
  }
}

function policyOf(options: MapOptions, jobs: number): MapPolicy {
  const { chunkSize, keepOrder = false, retries, timeout, halt, tag = false } = options;
  return { jobs, chunkSize, keepOrder, retries, timeoutMs: timeout, halt, tag };
}

async function checkFunction(runner: Runner, spec: ModuleSpec): Promise<void> {
  let reply: ModuleReply;
  try {
    reply = await runner.check();
  } catch (error) {
    throw new UsageError(`the worker ended while it imported ${spec.given}: ${messageOf(error)}`);
  }
  if (reply.kind === 'ready') return;
  if (reply.kind === 'import-failed') {
    const { code, stack, name, message } = reply.failure;
    const hint =
      code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
        ? `\nNode only strips types; to compile this syntax: npm install --save-dev tsx, and NODE_OPTIONS='--import tsx' manycore …`
        : '';
    throw new UsageError(`cannot import ${spec.given}: ${stack ?? `${name}: ${message}`}${hint}`);
  }
  throw new UsageError(exportMissing(spec, reply.functions));
}

function exportMissing(spec: ModuleSpec, functions: readonly string[]): string {
  if (functions.length === 0) return `${spec.given}: the module exports no function`;
  const list = `it exports ${functions.join(', ')}`;
  if (spec.exportName === '')
    return `${spec.given} has no default export; name a function, as in ${spec.given}#${functions[0]}: ${list}`;
  const near = nearest(spec.exportName, functions);
  return `${spec.given}: no function \`${spec.exportName}\`${near === undefined ? '' : `; did you mean \`${near}\`?`} (${list})`;
}

async function runJob(
  runner: Runner,
  spec: ModuleSpec,
  source: ItemSource,
  policy: MapPolicy,
  options: MapOptions,
): Promise<number> {
  const { resume = false } = options;
  const joblog = options.joblog === undefined ? undefined : await Joblog.open(options.joblog, spec.given, resume);
  const writer = new LineWriter(await openOutput(options, (lines) => view.log(lines)));
  const job: MapJob = new MapJob(policy, {
    batches: source.batches(),
    runner,
    writer,
    joblog,
    report: (item, seq, attempts, failure) => view.log(failureLine(options.errors, item, seq, attempts, failure)),
  });
  const read = (): ProgressState => {
    const state = job.progress;
    return { ...state, total: source.total, fraction: source.fraction(state.done) };
  };
  const view = openProgress(options.progress, read, process.stderr);
  const signals = listen(job, runner);
  try {
    await job.run();
  } catch (error) {
    if (!(error instanceof OutputClosedError)) throw error;
    return EXIT.ok;
  } finally {
    // What was handed to the writer is whole; it goes out unless nobody takes it.
    if (job.isStopped) await Promise.all([runner.terminate(), Promise.race([writer.flush(), setTimeout(FLUSH_MS)])]);
    else await writer.close();
    // One turn, so that the last lines written reach the log.
    await setImmediate();
    await joblog?.close();
    view.stop();
    signals.close();
  }
  return conclude(job.summary, signals.exitCode, options);
}

async function openOutput(
  { output, resume = false, progress }: MapOptions,
  log: (lines: string) => void,
): Promise<Sink> {
  if (output !== undefined) return openFile(output, resume);
  // On one terminal results would run through the bar: there they are written above it.
  if (progress === 'bar' && process.stdout.isTTY && process.stderr.isTTY) return logSink(log);
  return openStdout(process.stdout, 1);
}

interface Signals {
  readonly exitCode: number | undefined;
  close(): void;
}

/** Ctrl-C and SIGTERM end the run; a second one ends the program whatever it is doing. */
function listen(job: MapJob, runner: Runner): Signals {
  let exitCode: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const code = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
    if (exitCode !== undefined) process.exit(code);
    exitCode = code;
    job.stop();
    // Workers end now, not when the output is flushed; the end of the run waits for this as well.
    void runner.terminate();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    get exitCode() {
      return exitCode;
    },
    close: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}

function conclude(
  { done, failed, skipped, halted }: MapSummary,
  exitCode: number | undefined,
  options: MapOptions,
): number {
  const counts = `${done} done, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  const say = (text: string): void => {
    if (options.errors === 'text') process.stderr.write(`manycore: ${text}\n`);
  };
  if (exitCode !== undefined) {
    say(`${exitCode === EXIT.interrupted ? 'interrupted' : 'terminated'}: ${counts}`);
    return exitCode;
  }
  if (failed === 0) return EXIT.ok;
  say(halted ? `halted after a failure: ${counts}` : counts);
  return EXIT.failed;
}
