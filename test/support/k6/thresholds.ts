import type { Problems } from './failure.ts';
import { isFedByScripts, isJudgeable, statisticsOf, type Metric, type Metrics, type MetricType } from './metrics.ts';
import type { ScriptOptions } from './options.ts';

/** One promise about one metric: `rate<=0.01` of `http_req_failed{scenario:login}`. */
export interface Threshold {
  readonly selector: string;
  readonly expression: string;
  readonly statistic: string;
  readonly operator: Operator;
  readonly limit: number;
}

type Operator = keyof typeof OPERATORS;

const OPERATORS = {
  '<=': (a: number, b: number) => a <= b,
  '<': (a: number, b: number) => a < b,
  '>=': (a: number, b: number) => a >= b,
  '>': (a: number, b: number) => a > b,
  '===': (a: number, b: number) => a === b,
  '==': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
} as const;

/** The statistics that a threshold may name, by type of metric; a trend has percentiles too. */
const STATISTICS: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ['count', 'rate'],
  gauge: ['value'],
  rate: ['rate'],
  trend: ['avg', 'min', 'max', 'med'],
};

const EXPRESSION = /^\s*(\w+|p\(\s*[\d.]+\s*\))\s*(<=|<|>=|>|===|==|!=)\s*(\d+(?:\.\d+)?)\s*$/;
const PERCENTILE = /^p\(\s*([\d.]+)\s*\)$/;

/** All thresholds of a script's options. @throws Refusal for one that k6 would refuse */
export function readThresholds(options: ScriptOptions, metrics: Metrics, problems: Problems): readonly Threshold[] {
  return Object.entries(options.thresholds ?? {}).flatMap(([selector, list]) => {
    const metric = metrics.select(selector);
    if (!metric) return problems.refuse('options', `a threshold on '${selector}': there is no such metric`);
    return list.map((one) => parse(selector, typeof one === 'string' ? one : one.threshold, metric.type, problems));
  });
}

function parse(selector: string, expression: string, type: MetricType, problems: Problems): Threshold {
  const [, statistic = '', operator = '', limit = ''] = EXPRESSION.exec(expression) ?? [];
  if (!isOperator(operator))
    return problems.refuse('options', `a threshold on '${selector}': '${expression}' cannot be read`);

  const percentile = Number(PERCENTILE.exec(statistic)?.[1] ?? Number.NaN);
  const known = type === 'trend' && percentile >= 0 && percentile <= 100;
  if (!known && !STATISTICS[type].includes(statistic))
    return problems.refuse('options', `a threshold on '${selector}': a ${type} has no '${statistic}'`);
  return { selector, expression, statistic, operator, limit: Number(limit) };
}

function isOperator(text: string): text is Operator {
  return text in OPERATORS;
}

export interface Judged {
  readonly threshold: Threshold;
  /** `unjudged`: it takes a real k6. */
  readonly outcome: 'kept' | 'crossed' | 'unjudged';
}

/** Notes every threshold that is crossed, and every one that no sample ever fed: k6 would pass that one unseen. */
export function judge(thresholds: readonly Threshold[], metrics: Metrics, problems: Problems): readonly Judged[] {
  return thresholds.map((threshold) => {
    const { selector, expression } = threshold;
    const metric = metrics.select(selector);
    if (!metric) return problems.refuse('options', `a threshold on '${selector}': there is no such metric`);
    if (metric.samples.length === 0 && isFedByScripts(metric)) {
      problems.note(
        'threshold',
        `'${selector}: ${expression}' was never fed: no sample has that metric and those tags`,
      );
      return { threshold, outcome: 'crossed' };
    }
    const outcome = outcomeOf(threshold, metric);
    if (outcome === 'crossed')
      problems.note('threshold', `'${selector}: ${expression}' is crossed: ${JSON.stringify(statisticsOf(metric))}`);
    return { threshold, outcome };
  });
}

function outcomeOf({ statistic, operator, limit }: Threshold, metric: Metric): Judged['outcome'] {
  const value = statisticsOf(metric)[statistic];
  const needsTime = metric.type === 'counter' && statistic === 'rate';
  if (!isJudgeable(metric) || needsTime || value === undefined) return 'unjudged';
  return OPERATORS[operator](value, limit) ? 'kept' : 'crossed';
}
