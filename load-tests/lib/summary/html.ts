import { barChart, type Bar } from './chart.ts';
import { valuesOf } from './format.ts';
import type { Check, Report, Row } from './report.ts';
import { escapeXml } from './xml.ts';

const STYLE = `
  body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem; color: #1c1c1c; background: #fff }
  table { border-collapse: collapse }
  th, td { padding: .25rem .75rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top }
  svg { max-width: 100%; height: auto } svg text { font-size: 12px; fill: currentColor } svg line { stroke: #1c1c1c }
  .good { color: #146c2e; fill: #4f9d69 } .bad { color: #b00020; fill: #d1495b }
`;

const VERDICTS: Readonly<Record<Report['verdict'], string>> = {
  PASS: '<p class="good">PASS: every threshold holds.</p>',
  FAIL: '<p class="bad">FAIL: a threshold is crossed.</p>',
  UNKNOWN: '<p>This summary has no thresholds in it: the exit code of k6 says whether they hold.</p>',
};

/** One page for a browser: charts and tables, self-contained. */
export function html({ title, verdict, rows, checks }: Report): string {
  const name = escapeXml(title);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${name}</title><style>${STYLE}</style></head>
<body>
<h1>${name}</h1>
${VERDICTS[verdict]}
${barChart('Latency, 95th percentile', ' ms', latencies(rows))}
${barChart('Failed answers', ' %', failures(rows))}
${table('Metrics', ['Metric', 'Values', 'Thresholds'], rows.map(metricCells))}
${table('Checks', ['Check', 'Passed', 'Failed'], checks.map(checkCells))}
</body>
</html>
`;
}

/** By operation and scenario where there are thresholds for them, else of all requests. */
function latencies(rows: readonly Row[]): Bar[] {
  const measured = rows.filter(({ name, values }) => name.startsWith('http_req_duration') && 'p(95)' in values);
  const promised = measured.filter(({ thresholds }) => thresholds.length > 0);
  return (promised.length > 0 ? promised : measured).map((row) => ({
    ...bar(row, row.values['p(95)'] ?? 0, /^p\(95\)<=?/, 1),
    label: tagsOf(row.name) ?? 'all requests',
  }));
}

function failures(rows: readonly Row[]): Bar[] {
  return rows
    .filter(({ name, values }) => /^(http_req_failed|graphql_errors|graphql_refusals)\b/.test(name) && 'rate' in values)
    .map((row) => bar(row, (row.values['rate'] ?? 0) * 100, /^rate<=?/, 100));
}

/** `scenario:login,name:login`: the heading says of what. */
function tagsOf(selector: string): string | undefined {
  return /\{(.+)\}$/.exec(selector)?.[1];
}

function bar({ name, thresholds }: Row, value: number, limited: RegExp, scale: number): Bar {
  const expression = thresholds.map((one) => one.expression.replace(/\s/g, '')).find((one) => limited.test(one));
  return expression === undefined
    ? { label: name, value }
    : { label: name, value, limit: Number(expression.replace(limited, '')) * scale };
}

function metricCells(row: Row): readonly string[] {
  const thresholds = row.thresholds.map(
    ({ expression, ok }) =>
      `<span class="${ok ? 'good' : 'bad'}">${ok ? 'PASS' : 'FAIL'} ${escapeXml(expression)}</span>`,
  );
  return [escapeXml(row.name), escapeXml(valuesOf(row)), thresholds.join('<br>')];
}

function checkCells({ name, passes, fails }: Check): readonly string[] {
  return [escapeXml(name), String(passes), fails > 0 ? `<span class="bad">${fails}</span>` : '0'];
}

/** @param lines cells that are HTML already */
function table(heading: string, columns: readonly string[], lines: ReadonlyArray<readonly string[]>): string {
  if (lines.length === 0) return '';
  const head = columns.map((column) => `<th>${column}</th>`).join('');
  const body = lines.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<h2>${heading}</h2>\n<table>\n<tr>${head}</tr>\n${body}\n</table>`;
}
