import type { StartMethod } from '../../helpers/matrix.ts';
import { PROMISED_MS, TOLERANCE } from '../../pool/support.ts';
import { Crew } from './crew.ts';
import type { Fault, TaskFault } from './fault.ts';
import { LIFE_FAULTS } from './life-faults.ts';
import { makeCall, SUBMITS, type Submit } from './submits.ts';
import { TASK_FAULTS } from './task-faults.ts';

/** All rows of the matrix. */
export const FAULTS: readonly Fault[] = [...TASK_FAULTS.map(asFault), ...LIFE_FAULTS];

/** One cell: how it went, or why there is none. */
export type Cell =
  | { readonly kind: 'ok'; readonly ms: number }
  | { readonly kind: 'wrong'; readonly why: string }
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'later' };

export interface Row {
  readonly fault: Fault;
  readonly cells: readonly Cell[];
}

/**
 * Lets everything go wrong in every way, one after the other, and sees that each call settles as it should and that the next
 * four tasks succeed.
 *
 * @param isWanted Picks cells, by their numbers; the others are left for the long run.
 */
export async function runMatrix(
  method: StartMethod,
  isWanted: (row: number, column: number) => boolean,
): Promise<readonly Row[]> {
  await using crew = new Crew(method);
  const rows: Row[] = [];
  for (const [row, fault] of FAULTS.entries()) {
    const cells: Cell[] = [];
    for (const [column, submit] of SUBMITS.entries()) {
      const why = fault.without?.[submit] ?? fault.without?.[method];
      if (why !== undefined) cells.push({ kind: 'none', why });
      else if (isWanted(row, column)) cells.push(await runCell(crew, fault, submit));
      else cells.push({ kind: 'later' });
    }
    rows.push({ fault, cells });
  }
  return rows;
}

function asFault({ call, ...rest }: TaskFault): Fault {
  return { ...rest, run: (crew, submit) => makeCall(submit, crew, call) };
}

async function runCell(crew: Crew, fault: Fault, submit: Submit): Promise<Cell> {
  const { expected } = fault;
  const wanted = typeof expected === 'function' ? expected(submit) : expected;
  const start = performance.now();
  const got = await inTime(describe(async () => fault.run(crew, submit)));
  const ms = performance.now() - start;
  if (got !== wanted) return { kind: 'wrong', why: `got ${got} instead of ${wanted}` };
  const work = await inTime(describe(async () => crew.work(submit)));
  return work === 'undefined' ? { kind: 'ok', ms } : { kind: 'wrong', why: `the next four tasks: ${work}` };
}

/** Class of the error that `run` ends with, or the text of its value. */
async function describe(run: () => Promise<unknown>): Promise<string> {
  try {
    return String(await run());
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

async function inTime(outcome: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    const limitMs = PROMISED_MS * TOLERANCE;
    timer = setTimeout(() => resolve(`nothing within ${limitMs} ms`), limitMs);
  });
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}
