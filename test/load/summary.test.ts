import { html } from '../../load-tests/lib/summary/html.js';
import { readReport } from '../../load-tests/lib/summary/report.js';
import { text } from '../../load-tests/lib/summary/text.js';

const LATENCY = 'http_req_duration{scenario:login,name:login}';
const TREND = { med: 40, 'p(95)': 180.25, avg: 51.5, max: 300, min: 12 };

/** As k6 hands it over: metrics by name, in no order. */
const grouped = {
  root_group: {
    checks: [{ name: 'login: HTTP 200', path: '::login: HTTP 200', passes: 98, fails: 2 }],
    groups: [{ name: 'inner', checks: [{ name: 'inner check', passes: 1, fails: 0 }], groups: [] }],
  },
  state: { testRunDurationMs: 1000 },
  metrics: {
    sessions_lost: counter({ count: 1, rate: 0.1 }, { 'count==0': { ok: false } }),
    [LATENCY]: {
      type: 'trend',
      contains: 'time',
      values: TREND,
      thresholds: { 'p(95)<500': { ok: true } },
    },
    'graphql_errors{scenario:login}': {
      type: 'rate',
      contains: 'default',
      values: { rate: 0.02, passes: 2, fails: 98 },
      thresholds: { 'rate<=0.01': { ok: false } },
    },
    http_reqs: counter({ count: 100, rate: 10 }),
  },
};

/** With --new-machine-readable-summary: lists, other names for the values, no thresholds. */
const listed = {
  version: '1.0.0',
  metadata: { generatedAt: '2026-01-01T00:00:00Z', k6Version: '2.3.0' },
  config: { execution: 'local', duration: 10 },
  results: {
    checks: { metrics: [], results: [{ name: 'login: HTTP 200', passes: 98, fails: 2 }] },
    metrics: [
      { name: 'http_reqs', type: 'counter', contains: 'default', values: { count: 100 } },
      { name: 'http_req_failed', type: 'rate', contains: 'default', values: { matches: 2, total: 100, rate: 0.02 } },
      { name: 'http_req_duration', type: 'trend', contains: 'time', values: TREND },
    ],
  },
};

describe('the report of a run', () => {
  it('has metrics by name, their thresholds, and every check', () => {
    const report = readReport('tokens', grouped);

    expect(report.verdict).toBe('FAIL');
    expect(report.rows.map(({ name }) => name)).toEqual([
      'graphql_errors{scenario:login}',
      LATENCY,
      'http_reqs',
      'sessions_lost',
    ]);
    expect(report.rows[1]).toEqual({
      name: LATENCY,
      isTime: true,
      values: TREND,
      thresholds: [{ expression: 'p(95)<500', ok: true }],
    });
    expect(report.checks.map(({ name }) => name)).toEqual(['login: HTTP 200', 'inner check']);
  });

  it('passes when every threshold holds', () => {
    const metrics = { [LATENCY]: grouped.metrics[LATENCY] };
    expect(readReport('tokens', { metrics })).toMatchObject({ verdict: 'PASS', checks: [] });
  });

  it('leaves the verdict to k6 where the summary has no thresholds', () => {
    const report = readReport('tokens', listed);

    expect(report.verdict).toBe('UNKNOWN');
    expect(report.rows.map(({ name }) => name)).toEqual(['http_req_duration', 'http_req_failed', 'http_reqs']);
    expect(report.rows[1]?.values).toEqual({ matches: 2, total: 100, rate: 0.02 });
    expect(report.checks).toEqual([{ name: 'login: HTTP 200', passes: 98, fails: 2 }]);
  });

  it('reads values that k6 hands over as Go structures: other spellings, methods, absent numbers', () => {
    const values = { p95: 180.25, p90: null, avg: 51.5, validate: () => undefined };
    const results = { metrics: [{ name: 'http_req_duration', type: 'trend', contains: 'time', values }] };

    expect(readReport('tokens', { results }).rows[0]?.values).toEqual({ 'p(95)': 180.25, avg: 51.5 });
  });

  it.each([[undefined], [null], ['text'], [{}], [{ metrics: 1 }]])(
    'refuses a shape that it does not know: %j',
    (data) => {
      expect(() => readReport('tokens', data)).toThrow(/not known here/);
    },
  );
});

describe('the text for a terminal', () => {
  it('has promises first, then failed checks, then what was measured', () => {
    const lines = text(readReport('tokens, profile load', grouped))
      .split('\n')
      .map((line) => line.replace(/ +/g, ' '));

    expect(lines).toEqual([
      'tokens, profile load: FAIL',
      '',
      'Promises',
      ' FAIL graphql_errors{scenario:login} rate<=0.01',
      ` PASS ${LATENCY} p(95)<500`,
      ' FAIL sessions_lost count==0',
      '',
      'Failed checks',
      ' FAIL login: HTTP 200 2 of 100',
      '',
      'Measured',
      ' graphql_errors{scenario:login} rate=0.02 fails=98 passes=2',
      ` ${LATENCY} min=12 ms med=40 ms avg=51.5 ms p(95)=180.25 ms max=300 ms`,
      ' http_reqs count=100 rate=10',
      ' sessions_lost count=1 rate=0.1',
      '',
    ]);
  });
});

describe('the HTML page', () => {
  it.each([
    ['grouped', grouped],
    ['listed', listed],
  ])('draws charts and fetches nothing, from the %s shape', (_, data) => {
    const page = html(readReport('tokens', data));

    expect(page.match(/<svg role="img"/g)).toHaveLength(2);
    expect(page).toContain('180.25 ms');
    expect(page).not.toMatch(/\b(src|href|url|import|script)\b|https?:/);
  });

  it('shows a bar beside its limit, and which are broken', () => {
    const page = html(readReport('tokens', grouped));

    expect(page).toContain('<title>scenario:login,name:login: 180.25 ms of 500 ms</title>');
    expect(page).toContain('<title>graphql_errors{scenario:login}: 2 % of 1 %</title>');
    expect(page.match(/<rect class="(good|bad)"/g)).toEqual(['<rect class="good"', '<rect class="bad"']);
  });

  it('shows the names of a run as text, whatever they are', () => {
    const name = '<img src=x onerror="alert(1)">&';
    const data = { metrics: { [name]: counter({ count: 1 }, { [name]: { ok: true } }) }, root_group: undefined };
    const page = html(readReport(name, data));

    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;');
  });
});

function counter(values: object, thresholds?: Record<string, { ok: boolean }>) {
  return { type: 'counter', contains: 'default', values, ...(thresholds && { thresholds }) };
}
