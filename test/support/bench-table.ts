import type { Row } from '../../bench/report/rows.ts';
import { shown } from '../../bench/report/table.ts';
import { readPage } from './readme.js';

/** Stands in the column of goals where a ratio is shown, and no more. */
export const NO_GOAL = 'none';

/** What the kept runs of the bench have measured, as the documentation's tables show it: a missed goal says so. */
export function measuredRows(): string[][] {
  const rows = ['latest', 'scale'].flatMap((run) => {
    const report = readPage(`docs/benchmarks/${run}.json`);
    return (JSON.parse(report) as { rows: Row[] }).rows;
  });
  return rows.map(measuredRow);
}

export function measuredRow({ name, unit, ours, against, againstName, ratio, goal, met }: Row): string[] {
  return [
    name,
    `${shown(ours)} ${unit}`,
    ['allowed', 'required'].includes(againstName) ? `${shown(against)} ${againstName}` : shown(against),
    shown(ratio),
    goal === null ? NO_GOAL : `≥ ${shown(goal)}${met ? '' : ', **missed**'}`,
  ];
}
