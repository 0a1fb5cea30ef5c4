import { valuesOf } from './format.ts';
import type { Report } from './report.ts';

const NAME_COLUMNS = 58;

/** For a terminal: the promises first, then the checks that failed, then everything that was measured. */
export function text({ title, verdict, rows, checks }: Report): string {
  const promises = rows.flatMap(({ name, thresholds }) =>
    thresholds.map(({ expression, ok }) => `  ${ok ? 'PASS' : 'FAIL'} ${name.padEnd(NAME_COLUMNS)} ${expression}`),
  );
  const failed = checks
    .filter(({ fails }) => fails > 0)
    .map(({ name, passes, fails }) => `  FAIL ${name.padEnd(NAME_COLUMNS)} ${fails} of ${passes + fails}`);
  const measured = rows.map((row) => `  ${row.name.padEnd(NAME_COLUMNS)} ${valuesOf(row)}`);
  const lines = [
    `${title}: ${verdict}`,
    ...section('Promises', promises),
    ...section('Failed checks', failed),
    ...section('Measured', measured),
  ];
  return `${lines.join('\n')}\n`;
}

function section(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', heading, ...lines];
}
