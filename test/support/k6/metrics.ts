export type MetricType = 'counter' | 'gauge' | 'rate' | 'trend';
export type Tags = Readonly<Record<string, string>>;

export interface Sample {
  readonly value: number;
  readonly tags: Tags;
}

export interface Metric {
  readonly name: string;
  readonly type: MetricType;
  readonly isTime: boolean;
  readonly samples: Sample[];
}

/** What k6 measures by itself. */
const BUILT_IN: readonly (readonly [name: string, type: MetricType, isTime: boolean])[] = [
  ['http_reqs', 'counter', false],
  ['http_req_failed', 'rate', false],
  ['http_req_duration', 'trend', true],
  ['checks', 'rate', false],
  ['iterations', 'counter', false],
  ['iteration_duration', 'trend', true],
  ['dropped_iterations', 'counter', false],
];

/** Fed by k6's executors alone: whether a threshold on it holds takes a real k6. */
const EXECUTORS_OWN = 'dropped_iterations';

/** Whether a threshold on it can be judged here: not on times, which nobody measures, and not on what k6 alone feeds. */
export function isJudgeable({ name, isTime }: Metric): boolean {
  return !isTime && name !== EXECUTORS_OWN;
}

/** Whether the script's doing feeds it. */
export function isFedByScripts({ name }: Metric): boolean {
  return name !== EXECUTORS_OWN;
}

/** The metrics of a run, and every sample of them. */
export class Metrics {
  readonly #byName = new Map<string, Metric>();

  constructor() {
    for (const [name, type, isTime] of BUILT_IN) this.declare(name, type, isTime);
  }

  /** The same metric for every VU that declares it. @returns undefined when it has another type already. */
  declare(name: string, type: MetricType, isTime: boolean): Metric | undefined {
    const known = this.#byName.get(name);
    if (known) return known.type === type ? known : undefined;
    const metric = { name, type, isTime, samples: [] };
    this.#byName.set(name, metric);
    return metric;
  }

  add(name: string, value: number, tags: Tags): void {
    this.#byName.get(name)?.samples.push({ value, tags });
  }

  /** `metric` or `metric{tag:value,…}`: the metric with those of its samples that carry the tags. */
  select(selector: string): Metric | undefined {
    const [, name = '', tagList = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(selector) ?? [];
    const metric = this.#byName.get(name);
    const wanted = tagList.split(',').flatMap((pair) => {
      const [, tag, value] = /^\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(pair) ?? [];
      return tag === undefined ? [] : [[tag, value] as const];
    });
    if (!metric || (wanted.length === 0 && selector !== name)) return undefined;
    const samples = metric.samples.filter(({ tags }) => wanted.every(([tag, value]) => tags[tag] === value));
    return { ...metric, samples };
  }

  /** Those that have samples. */
  fed(): readonly Metric[] {
    return [...this.#byName.values()].filter(({ samples }) => samples.length > 0);
  }
}

/** The statistics of a metric, as k6 names them. A time is always the same number: it is not measured. */
export function statisticsOf({ type, samples }: Metric): Readonly<Record<string, number>> {
  const values = samples.map(({ value }) => value).sort((a, b) => a - b);
  const sum = values.reduce((total, value) => total + value, 0);
  const percentile = (percent: number): number =>
    values[Math.min(values.length - 1, Math.floor((percent / 100) * values.length))] ?? 0;
  const average = values.length === 0 ? 0 : sum / values.length;
  const [min = 0, max = 0] = [values[0], values.at(-1)];
  switch (type) {
    case 'counter':
      return { count: sum, rate: 0 };
    case 'gauge':
      return { value: samples.at(-1)?.value ?? 0, min, max };
    case 'rate':
      return { rate: average, passes: sum, fails: values.length - sum };
    case 'trend':
      return { avg: average, min, med: percentile(50), max, 'p(90)': percentile(90), 'p(95)': percentile(95) };
  }
}
