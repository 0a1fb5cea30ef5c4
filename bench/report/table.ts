import type { Row } from './rows.ts';

/** For a terminal. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['', 'ours', 'against', 'unit', 'ratio', 'goal', ''];
  const body = rows.map(({ name, ours, against, unit, ratio, goal, met }) => [
    name,
    shown(ours),
    shown(against),
    unit,
    shown(ratio),
    ...(goal === null ? ['none', ''] : [`≥ ${shown(goal)}`, met ? 'met' : 'MISSED']),
  ]);
  const lines = [head, ...body];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => pad(cell, widths[column] ?? 0, column))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const NUMERIC_COLUMNS = new Set([1, 2, 4, 5]);

function pad(cell: string, width: number, column: number): string {
  return NUMERIC_COLUMNS.has(column) ? cell.padStart(width) : cell.padEnd(width);
}

export function shown(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: value >= 1000 ? 6 : 3 });
}
