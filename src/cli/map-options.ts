import type { ProgressMode } from '../pool/progress.ts';
import type { InputKind } from './inputs.ts';
import type { HaltMode } from './map-job.ts';
import type { ErrorFormat } from './report.ts';

/** The options of `manycore map`, checked. */
export interface MapOptions {
  readonly input: InputKind;
  readonly jobs: number | undefined;
  readonly chunkSize: number;
  readonly keepOrder?: boolean;
  readonly tag?: boolean;
  readonly output: string | undefined;
  readonly retries: number;
  readonly timeout: number | undefined;
  readonly halt: HaltMode;
  readonly joblog: string | undefined;
  readonly resume?: boolean;
  readonly progress: ProgressMode;
  readonly errors: ErrorFormat;
}
