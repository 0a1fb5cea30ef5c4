import type { Row } from './report.ts';

/** In the order in which people read them; others follow. */
const STATISTICS = ['count', 'rate', 'value', 'min', 'med', 'avg', 'p(90)', 'p(95)', 'p(99)', 'max'];

/** `med=12.1 ms p(95)=40 ms`. */
export function valuesOf({ values, isTime }: Row): string {
  return Object.entries(values)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${shortNumber(value)}${isTime ? ' ms' : ''}`)
    .join(' ');
}

/** At most three significant digits behind the point. */
export function shortNumber(value: number): string {
  return String(Number(value.toFixed(3)));
}

function rank(statistic: string): number {
  const at = STATISTICS.indexOf(statistic);
  return at === -1 ? STATISTICS.length : at;
}
