/** What a run came to, whichever of its two summary shapes k6 gave it in. */
export interface Report {
  readonly title: string;
  /** UNKNOWN: this shape carries no thresholds; k6's exit code has the verdict. */
  readonly verdict: 'PASS' | 'FAIL' | 'UNKNOWN';
  /** By name. */
  readonly rows: readonly Row[];
  readonly checks: readonly Check[];
}

export interface Row {
  /** `metric` or `metric{tag:value,…}`. */
  readonly name: string;
  readonly isTime: boolean;
  /** Times in milliseconds. */
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds: readonly Threshold[];
}

export interface Threshold {
  readonly expression: string;
  readonly ok: boolean;
}

export interface Check {
  readonly name: string;
  readonly passes: number;
  readonly fails: number;
}

/** The shape that handleSummary has had since k6 0.30: metrics by name, thresholds with them, checks in groups. */
interface GroupedSummary {
  readonly metrics: Readonly<Record<string, GroupedMetric>>;
  readonly root_group?: CheckGroup;
}
interface GroupedMetric {
  readonly contains: string;
  readonly values: object;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}
interface CheckGroup {
  readonly checks: readonly Check[];
  readonly groups: readonly CheckGroup[];
}

/** The shape of `--new-machine-readable-summary`, schema 1.0.0: lists, and no thresholds. */
interface ListedSummary {
  readonly results: {
    readonly metrics: ReadonlyArray<{ readonly name: string; readonly contains: string; readonly values: object }>;
    readonly checks?: { readonly results?: readonly Check[] };
  };
}

/** @throws Error when k6 gives a shape that is neither. */
export function readReport(title: string, data: unknown): Report {
  if (isObject(data) && isObject(data['metrics'])) return readGrouped(title, data as unknown as GroupedSummary);
  if (isObject(data) && isObject(data['results'])) return readListed(title, data as unknown as ListedSummary);
  throw new Error('handleSummary was given a summary of a shape that is not known here');
}

function readGrouped(title: string, { metrics, root_group: root }: GroupedSummary): Report {
  const rows = Object.entries(metrics).map(([name, { contains, values, thresholds = {} }]) => ({
    name,
    isTime: contains === 'time',
    values: numbersOf(values),
    thresholds: Object.entries(thresholds).map(([expression, { ok }]) => ({ expression, ok })),
  }));
  const kept = rows.every((row) => row.thresholds.every(({ ok }) => ok));
  return { title, verdict: kept ? 'PASS' : 'FAIL', rows: sorted(rows), checks: root ? checksOf(root) : [] };
}

function readListed(title: string, { results }: ListedSummary): Report {
  const rows = results.metrics.map(({ name, contains, values }) => ({
    name,
    isTime: contains === 'time',
    values: numbersOf(values),
    thresholds: [],
  }));
  return { title, verdict: 'UNKNOWN', rows: sorted(rows), checks: results.checks?.results ?? [] };
}

function checksOf({ checks, groups }: CheckGroup): readonly Check[] {
  return [...checks, ...groups.flatMap(checksOf)];
}

/** k6's own order is that of a Go map: another in every run. */
function sorted(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** How the listed shape spells percentiles where k6 hands it over as Go values rather than as JSON. */
const PERCENTILE = /^p(\d+)$/;

/** k6 may hand over Go values, which have methods and absent numbers among their keys: only numbers are kept. */
function numbersOf(values: object): Readonly<Record<string, number>> {
  const numbers = Object.entries(values)
    .filter(([, value]) => value !== null && typeof value !== 'function' && Number.isFinite(Number(value)))
    .map(([name, value]) => [name.replace(PERCENTILE, 'p($1)'), Number(value)] as const);
  return Object.fromEntries(numbers);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
