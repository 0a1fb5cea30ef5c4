import type { CheckCounts } from './modules/core.ts';
import { statisticsOf, type Metric, type Metrics } from './metrics.ts';
import type { Judged } from './thresholds.ts';

/** What a run leaves for handleSummary. */
export interface RunResults {
  readonly metrics: Metrics;
  readonly checks: ReadonlyMap<string, CheckCounts>;
  readonly judged: readonly Judged[];
}

/** k6 has two shapes of summary, chosen on its command line: a script has to cope with both. */
export function summaryShapes(results: RunResults): Readonly<Record<string, object>> {
  return {
    'grouped by name': groupedSummary(results),
    'listed (--new-machine-readable-summary)': listedSummary(results),
  };
}

function groupedSummary({ metrics, checks, judged }: RunResults): object {
  const selectors = judged.map(({ threshold }) => threshold.selector);
  const names = new Set([...metrics.fed().map(({ name }) => name), ...selectors]);
  const entries = [...names].flatMap((name) => {
    const metric = metrics.select(name);
    return metric ? [[name, groupedMetric(name, metric, judged)] as const] : [];
  });
  return {
    root_group: { name: '', path: '', id: '', groups: [], checks: listed(checks) },
    options: { summaryTimeUnit: '', noColor: true },
    state: { isStdOutTTY: false, isStdErrTTY: false, testRunDurationMs: 1 },
    metrics: Object.fromEntries(entries),
  };
}

function groupedMetric(name: string, metric: Metric, judged: readonly Judged[]): object {
  const thresholds = judged
    .filter(({ threshold }) => threshold.selector === name)
    .map(({ threshold, outcome }) => [threshold.expression, { ok: outcome !== 'crossed' }] as const);
  return {
    type: metric.type,
    contains: contentsOf(metric),
    values: statisticsOf(metric),
    ...(thresholds.length > 0 && { thresholds: Object.fromEntries(thresholds) }),
  };
}

/** Schema 1.0.0: no thresholds, no metric of a tag, and other names in the values. */
function listedSummary({ metrics, checks }: RunResults): object {
  const list = metrics.fed().map((metric) => ({
    name: metric.name,
    type: metric.type,
    contains: contentsOf(metric),
    values: listedValues(metric),
  }));
  return {
    version: '1.0.0',
    metadata: { generatedAt: '1970-01-01T00:00:00Z', k6Version: '0.0.0' },
    config: { execution: 'local', duration: 0 },
    results: { metrics: list, checks: { metrics: [], results: listed(checks) } },
  };
}

function listedValues(metric: Metric): object {
  const { count, rate, passes = 0, fails = 0, ...others } = statisticsOf(metric);
  if (metric.type === 'counter') return { count };
  if (metric.type === 'rate') return { matches: passes, total: passes + fails, rate };
  return others;
}

function contentsOf({ isTime }: Metric): string {
  return isTime ? 'time' : 'default';
}

function listed(checks: ReadonlyMap<string, CheckCounts>): object[] {
  return [...checks].map(([name, counts]) => ({ name, ...counts }));
}
