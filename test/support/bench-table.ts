import type { Row } from '../../bench/report/rows.ts';
import { shown } from '../../bench/report/table.ts';
import { readPage } from './readme.js';

/** What the kept runs of the bench have measured, as the documentation's tables show it: a missed goal says so. */
export function measuredRows(): string[][] {
  const rows = ['latest', 'scale'].flatMap((run) => {
    const report = readPage(`docs/benchmarks/${run}.json`);
    return (JSON.parse(report) as { rows: Row[] }).rows;
  });
  return rows.map(({ name, unit, ours, against, againstName, ratio, goal, met }) => [
    name,
    `${shown(ours)} ${unit}`,
    ['allowed', 'required'].includes(againstName) ? `${shown(against)} ${againstName}` : shown(against),
    shown(ratio),
    `≥ ${shown(goal)}${met ? '' : ', **missed**'}`,
  ]);
}
