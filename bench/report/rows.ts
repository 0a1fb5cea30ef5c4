import { SERIES, type Results, type SeriesName } from '../series.ts';
import { median } from '../statistics.ts';

/** One line of the result. Every ratio is better when it is higher, and its goal, where it has one, is met from `goal` up. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  /** Median over the rounds. */
  readonly ours: number;
  /** What it is held against: a contender's median, or what is allowed. */
  readonly against: number;
  readonly againstName: string;
  readonly ratio: number;
  readonly goal: number | null;
  /** Also where there is nothing to miss. */
  readonly met: boolean;
}

/** At least so many times as many a second as a floor or a peer. */
interface RateGoal {
  readonly ours: SeriesName;
  readonly than: SeriesName;
  readonly atLeast: number;
}

const RATE_GOALS: readonly RateGoal[] = [
  { ours: 'login', than: 'rawHashing', atLeast: 0.85 },
  { ours: 'login', than: 'betterAuthSignIn', atLeast: 8 },
  { ours: 'login', than: 'parseLogIn', atLeast: 3 },
  { ours: 'signup', than: 'rawHashing', atLeast: 0.85 },
  { ours: 'signup', than: 'betterAuthSignIn', atLeast: 8 },
  { ours: 'signup', than: 'parseLogIn', atLeast: 3 },
  { ours: 'refresh', than: 'bareStatement', atLeast: 0.45 },
  { ours: 'refresh', than: 'betterAuthGetSession', atLeast: 1600 / 1151 },
  { ours: 'me', than: 'bareApollo', atLeast: 0.75 },
  { ours: 'me', than: 'betterAuthGetSession', atLeast: 4 },
  { ours: 'me', than: 'parseViewer', atLeast: 6 },
  { ours: 'sessions', than: 'betterAuthListSessions', atLeast: 3 },
  { ours: 'revoke', than: 'betterAuthRevokeSession', atLeast: 2 },
];

/** No slower than it was, as far as one run can tell; null: shown, and no more. */
const BEFORE_GOALS = { login: 0.97, signup: null, refresh: 0.97, me: null, sessions: null } as const;

const MEMORY_AFTER_START_MB = 180;
const MEMORY_AFTER_LOAD_MB = 300;
const FIRST_SEEN_MS = 1;
const HOSTILE_MS = 50;
const BUSY_TIMES_QUIET = 3;
const TELLING_APART_PERCENT = 2;
const VERIFY_A_SECOND = 5_000;

/** A difference of nothing would be infinitely better than what is allowed. */
const HIGHEST_RATIO = 99;

/** The rows whose contenders were all measured. */
export function judge(results: Results): Row[] {
  const rates = RATE_GOALS.flatMap((goal) => rateRow(results, goal) ?? []);
  return [...rates, ...beforeRows(results), ...limitRows(results)];
}

function rateRow(results: Results, { ours, than, atLeast }: RateGoal): Row | null {
  return comparison(results, [ours, than], `${SERIES[ours].contender} against ${SERIES[than].contender}`, atLeast);
}

function beforeRows(results: Results): Row[] {
  return (Object.keys(BEFORE_GOALS) as (keyof typeof BEFORE_GOALS)[]).flatMap((operation) => {
    const name = `Fluxgate ${operation} against the commit before`;
    return comparison(results, [`${operation}Now`, `${operation}Before`], name, BEFORE_GOALS[operation]) ?? [];
  });
}

function comparison(
  results: Results,
  [ours, than]: readonly [SeriesName, SeriesName],
  name: string,
  goal: number | null,
): Row | null {
  const own = results.get(ours);
  const other = results.get(than);
  if (!own || !other) return null;
  const against = { value: median(own), against: median(other), againstName: SERIES[than].contender };
  return row(name, SERIES[ours].unit, against, median(own) / median(other), goal);
}

function limitRows(results: Results): Row[] {
  const of = (series: SeriesName) => median(results.get(series) ?? []);
  const quietMs = of('quietRefreshP99');
  const [knownMs, unknownMs] = [of('knownAddress'), of('unknownAddress')];
  return [
    atLeastASecond('verify', of('verify'), VERIFY_A_SECOND),
    limit('refresh p99 while sign-ins saturate hashing', 'ms', of('busyRefreshP99'), BUSY_TIMES_QUIET * quietMs),
    limit('resident memory after start', 'MB', of('idleMemory'), MEMORY_AFTER_START_MB),
    limit('resident memory after mixed load', 'MB', of('mixedMemory'), MEMORY_AFTER_LOAD_MB),
    limit('event loop for a first-seen document', 'ms', of('firstSeenDocument'), FIRST_SEEN_MS),
    limit('event loop for the worst hostile document', 'ms', of('hostileDocument'), HOSTILE_MS),
    limit(
      'refused sign-in, known against unknown address',
      '% apart',
      (Math.abs(knownMs - unknownMs) / unknownMs) * 100,
      TELLING_APART_PERCENT,
    ),
  ];
}

function atLeastASecond(series: SeriesName, actual: number, required: number): Row {
  const { contender, unit } = SERIES[series];
  return row(contender, unit, { value: actual, against: required, againstName: 'required' }, actual / required, 1);
}

/** Allowed over actual. */
function limit(name: string, unit: string, actual: number, allowed: number): Row {
  const ratio = Math.min(allowed / actual, HIGHEST_RATIO);
  return row(name, unit, { value: actual, against: allowed, againstName: 'allowed' }, ratio, 1);
}

export function row(
  name: string,
  unit: string,
  { value, against, againstName }: { value: number; against: number; againstName: string },
  ratio: number,
  goal: number | null,
): Row {
  return {
    name,
    unit,
    ours: rounded(value),
    against: rounded(against),
    againstName,
    ratio: rounded(ratio),
    goal: goal === null ? null : rounded(goal),
    met: goal === null || ratio >= goal,
  };
}

/** Three significant digits; whole numbers from a thousand up. */
function rounded(value: number): number {
  return value >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
}
