import { bearer, freePort, PASSWORD, startGateway, TEST_SECRET, type Gateway } from '../support/gateway.js';
import { readMetrics, valueOf, type Sample } from '../support/metrics.js';
import { setSession } from '../support/session-rows.js';
import { freshEmail, logIn, refreshWith, signUp } from '../support/sign-in.js';

let gateway: Gateway;
let metricsUrl: string;
beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  gateway = await startGateway({ env: { FLUXGATE_METRICS_PORT: String(port), FLUXGATE_RATE_LIMIT_SCALE: '0.2' } });
});
afterAll(() => gateway.close());

/** What a metric grew by while `work` ran. */
async function growth(name: string, labels: Record<string, string>, work: () => Promise<unknown>): Promise<number> {
  const before = valueOf(await readMetrics(metricsUrl), name, labels);
  await work();
  return valueOf(await readMetrics(metricsUrl), name, labels) - before;
}

describe('the metrics', () => {
  it.each([
    ['graphql', 'login', 'OK', () => signUp(gateway).then(({ user }) => logIn(gateway, { email: user.email }))],
    ['graphql', 'login', 'INVALID_CREDENTIALS', () => logIn(gateway, { email: freshEmail() })],
    ['graphql', 'me', 'UNAUTHENTICATED', () => gateway.gql('{ a: me { id } }', {}, bearer('forged'))],
    [
      'rest',
      'login',
      'INVALID_CREDENTIALS',
      () => post('/api/auth/login', { email: freshEmail(), password: PASSWORD }),
    ],
    ['rest', 'refresh', 'INVALID_REFRESH_TOKEN', () => post('/api/auth/refresh', { refreshToken: 'fgr_forged' })],
    ['rest', 'refresh', 'INVALID_INPUT', () => post('/api/auth/refresh', {})],
  ])('count by protocol, operation and outcome: %s %s %s', async (door, operation, outcome, work) => {
    expect(await growth('fluxgate_operations_total', { door, operation, outcome }, work)).toBe(1);
    expect(await growth('fluxgate_operation_duration_seconds_count', { door, operation }, work)).toBe(1);
  });

  it.each([
    ['ROTATED', async () => refreshWith(gateway, (await signUp(gateway)).refreshToken)],
    ['REUSED', presentFirstTokenAgain],
  ])('count refreshes by what was decided: %s', async (outcome, work) => {
    expect(await growth('fluxgate_refreshes_total', { outcome }, work)).toBe(1);
  });

  it('count sessions that are ended, and what limits refuse', async () => {
    const { accessToken, refreshToken } = await signUp(gateway);
    const revoke = () => gateway.gql('mutation { revoke { __typename } }', {}, bearer(accessToken));
    expect(await growth('fluxgate_sessions_revoked_total', {}, revoke)).toBe(1);
    const again = () =>
      gateway.gql('mutation ($token: String!) { revoke(input: { refreshToken: $token }) { __typename } }', {
        token: refreshToken,
      });
    expect(await growth('fluxgate_sessions_revoked_total', {}, again)).toBe(0);

    const email = freshEmail();
    const five = () => Promise.all(Array.from({ length: 5 }, () => logIn(gateway, { email })));
    expect(await growth('fluxgate_limited_total', { policy: 'login.account' }, five)).toBe(1);
  });

  it('tell of the passwords, the pool, the feed and the process', async () => {
    const samples = await readMetrics(metricsUrl);
    expect(valueOf(samples, 'fluxgate_password_hash_duration_seconds_count', { task: 'verify' })).toBeGreaterThan(0);
    expect(valueOf(samples, 'fluxgate_password_hash_waiting', {})).toBe(0);
    expect(valueOf(samples, 'fluxgate_database_waiting', {})).toBe(0);
    expect(valueOf(samples, 'fluxgate_database_connections', { state: 'idle' })).toBeGreaterThan(0);
    expect(valueOf(samples, 'fluxgate_revocation_feed_age_seconds', {})).toBeLessThan(5);
    expect(valueOf(samples, 'fluxgate_nodejs_eventloop_lag_p99_seconds', {})).toBeGreaterThanOrEqual(0);
    expect(valueOf(samples, 'fluxgate_build_info', { node: process.version })).toBe(1);
  });

  it('hold nothing that a client sent', async () => {
    await gateway.gql('query Secretive { hidden: me { id } }', {}, { 'user-agent': 'Curious/1.0' });
    await fetch(`${gateway.url}/no/such/route`);
    const text = await (await fetch(metricsUrl)).text();
    for (const sent of ['Secretive', 'hidden', 'Curious', 'no/such', '@example.org']) expect(text).not.toContain(sent);
    const routes = (await readMetrics(metricsUrl)).filter(({ name }) => name === 'fluxgate_http_responses_total');
    expect(routes.map(({ labels }: Sample) => labels['route'])).toContain('none');
  });

  it('are not on the port that the public reaches, nor anything else on theirs', async () => {
    expect((await fetch(`${gateway.url}/metrics`)).status).toBe(404);
    expect((await fetch(metricsUrl.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(metricsUrl, { method: 'POST' })).status).toBe(404);
  });

  it('are for who presents the token, where there is one', async () => {
    const port = await freePort();
    const env = { FLUXGATE_METRICS_PORT: String(port), FLUXGATE_METRICS_TOKEN: TEST_SECRET };
    const guarded = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      const status = async (headers: Record<string, string>) =>
        (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).status;
      expect(await Promise.all([{}, bearer('another'), bearer(TEST_SECRET)].map(status))).toEqual([401, 401, 200]);
    } finally {
      await guarded.close();
    }
  });
});

describe('the log line of a request', () => {
  it('says what it asked for and how long that took', async () => {
    const { headers } = await gateway.gql('{ mine: me { id } authConfig { signupEnabled } session { id } }');
    const line = gateway.logLines.find((text) => text.includes(headers.get('x-request-id')!));
    expect(JSON.parse(line!)).toMatchObject({ operations: 'me,authConfig,session', durationMs: expect.any(Number) });
  });
});

function post(path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function presentFirstTokenAgain(): Promise<void> {
  const { refreshToken, session } = await signUp(gateway);
  await refreshWith(gateway, refreshToken);
  await setSession(gateway, session.id, `rotated_at = rotated_at - interval '1 hour'`);
  expect((await refreshWith(gateway, refreshToken)).reason).toBe('TOKEN_REUSE');
}
