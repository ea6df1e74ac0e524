import type { Row, Cell } from './matrix.ts';
import { SUBMITS } from './submits.ts';

const TITLE_WIDTH = 44;
const PHASE_WIDTH = 12;
const CELL_WIDTH = 14;

/** The matrix as lines of text, and below it what its dashes and failures mean. */
export function printMatrix(rows: readonly Row[]): string[] {
  const notes = new Set<string>();
  const lines = rows.map(({ fault, cells }) => {
    for (const [i, cell] of cells.entries()) {
      if (cell.kind === 'none') notes.add(`- ${fault.title}, ${SUBMITS[i]}: no such case, because ${cell.why}`);
      if (cell.kind === 'wrong') notes.add(`WRONG ${fault.title}, ${SUBMITS[i]}: ${cell.why}`);
    }
    return [fault.title.padEnd(TITLE_WIDTH), fault.phase.padEnd(PHASE_WIDTH), ...cells.map(show)].join('');
  });
  const head = ['what goes wrong'.padEnd(TITLE_WIDTH), 'while'.padEnd(PHASE_WIDTH), ...SUBMITS.map(column)].join('');
  return [head, ...lines, ...notes, summary(rows)];
}

/** Every cell that is not as it should be. */
export function failures(rows: readonly Row[]): string[] {
  return rows.flatMap(({ fault, cells }) =>
    cells.flatMap((cell, i) => (cell.kind === 'wrong' ? [`${fault.title}, ${SUBMITS[i]}: ${cell.why}`] : [])),
  );
}

function summary(rows: readonly Row[]): string {
  const times = rows.flatMap(({ cells }) => cells.flatMap((cell) => (cell.kind === 'ok' ? [cell.ms] : [])));
  const all = rows.reduce((sum, { cells }) => sum + cells.filter(({ kind }) => kind !== 'none').length, 0);
  const slowest = Math.max(...times).toFixed(0);
  return `${times.length} of ${all} cells ran as they should; the slowest settled after ${slowest} ms`;
}

function show(cell: Cell): string {
  if (cell.kind === 'ok') return column(`ok ${cell.ms.toFixed(0)} ms`);
  return column({ wrong: 'WRONG', none: '-', later: '.' }[cell.kind]);
}

function column(text: string): string {
  return text.padStart(CELL_WIDTH);
}
