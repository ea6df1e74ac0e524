import type { StartMethod } from '../../helpers/matrix.ts';
import type { Crew } from './crew.ts';
import type { Call, Submit } from './submits.ts';

/** When something goes wrong: as the message is written, as the function runs, as the message is read, or around it all. */
export type Phase = 'serialise' | 'run' | 'deserialise' | 'life';

/** Something that goes wrong: a row of the matrix. */
export interface Fault {
  readonly title: string;
  readonly phase: Phase;
  /** Class of the error that the caller gets, or the text of a value that is none. */
  readonly expected: string | ((submit: Submit) => string);
  /** Lets it happen. What is thrown at once counts like a rejection. */
  run(crew: Crew, submit: Submit): PromiseLike<unknown>;
  /** Ways and start methods for which there is no such cell, with the reason. */
  readonly without?: Partial<Record<Submit | StartMethod, string>>;
}

/** Thrown by inputs and given as reason for an end on purpose. */
export class StopError extends Error {
  override readonly name = 'StopError';
}

/** A fault of the task itself. */
export interface TaskFault extends Omit<Fault, 'run'> {
  readonly call: Call;
}
