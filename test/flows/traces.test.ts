import { createServer, request } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp/receiver.js';
import { providerEnv, somebody, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';
import { freshEmail, logIn, logInWithProvider, refreshWith, signUp } from '../support/sign-in.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER_ID = '00f067aa0ba902b7';

let receiver: OtlpReceiver;
let provider: OpenidProvider;
let gateway: Gateway;
beforeAll(async () => {
  [receiver, provider] = [await startOtlpReceiver(), await startOpenidProvider()];
  gateway = await startTraced({ FLUXGATE_RATE_LIMIT_SCALE: '1000', ...providerEnv({ acme: provider }) });
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
  await receiver.close();
});

function startTraced(env: Record<string, string>, databaseUrl?: string): Promise<Gateway> {
  const options = databaseUrl === undefined ? {} : { databaseUrl };
  return startGateway({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env }, ...options });
}

/** A trace of its own for what is asked with these headers. */
let traces = 0;
function newTrace(flags = '01'): { traceId: string; headers: { traceparent: string } } {
  traces += 1;
  const traceId = TRACE_ID.slice(0, -4) + traces.toString(16).padStart(4, '0');
  return { traceId, headers: { traceparent: `00-${traceId}-${CALLER_ID}-${flags}` } };
}

/** What a request left behind: all of it, for a request's own span is the last to end. */
async function traceOf(run: (headers: Record<string, string>) => Promise<unknown>): Promise<ReceivedSpan[]> {
  const { traceId, headers } = newTrace();
  await run(headers);
  return receiver.trace((span) => span.traceId === traceId && span.kind === 'SERVER');
}

function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = spans.filter((span) => span.name === name);
  if (found.length !== 1) throw new Error(`${found.length} of ${name} in ${spans.map((span) => span.name).join()}`);
  return found[0]!;
}

function below(spans: readonly ReceivedSpan[], parent: ReceivedSpan): string[] {
  return spans.filter((span) => span.parentSpanId === parent.spanId).map((span) => span.name);
}

describe('the trace of a sign-in', () => {
  it('holds the request, its operation, and in that the password and the statements', async () => {
    const { user } = await signUp(gateway);
    const spans = await traceOf((headers) => logIn(gateway, { email: user.email }, headers));
    const [whole, operation] = [named(spans, 'POST /graphql'), named(spans, 'mutation login')];
    expect(below(spans, whole)).toContain('mutation login');
    expect(below(spans, operation)).toEqual(
      expect.arrayContaining(['user-by-email', 'password verify', 'BEGIN', 'INSERT sessions', 'COMMIT']),
    );
    expect(whole.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'fluxgate.request_id': expect.any(String),
    });
    expect(operation).toMatchObject({
      kind: 'INTERNAL',
      attributes: {
        'fluxgate.door': 'graphql',
        'fluxgate.operation': 'login',
        'fluxgate.outcome': 'OK',
        'graphql.operation.type': 'mutation',
      },
    });
    expect(named(spans, 'password verify').attributes).toEqual({ 'fluxgate.password.queued': 0 });
    expect(named(spans, 'INSERT sessions')).toMatchObject({
      kind: 'CLIENT',
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'INSERT',
        'db.query.summary': 'INSERT sessions',
      },
    });
    expect(spans.some(({ failed }) => failed)).toBe(false);
  });

  it('keeps those of many at once apart', async () => {
    const { user } = await signUp(gateway);
    const all = await Promise.all(
      Array.from({ length: 12 }, () => traceOf((headers) => logIn(gateway, { email: user.email }, headers))),
    );
    for (const spans of all) {
      expect(below(spans, named(spans, 'mutation login'))).toEqual(
        expect.arrayContaining(['user-by-email', 'password verify', 'INSERT sessions', 'COMMIT']),
      );
      expect(spans.filter(({ name }) => name === 'INSERT sessions')).toHaveLength(1);
    }
  });

  it('says how it ended, and that a refusal is no failure', async () => {
    const spans = await traceOf((headers) => logIn(gateway, { email: freshEmail() }, headers));
    const { attributes, failed } = named(spans, 'mutation login');
    expect([attributes['fluxgate.outcome'], failed]).toEqual(['INVALID_CREDENTIALS', false]);
  });

  it('is the same through REST', async () => {
    const { user } = await signUp(gateway);
    const spans = await traceOf((headers) =>
      post('/api/auth/login', { email: user.email, password: PASSWORD }, headers),
    );
    expect(below(spans, named(spans, 'POST /api/auth/login'))).toContain('rest login');
    expect(below(spans, named(spans, 'rest login'))).toContain('password verify');
  });

  it('holds what a provider is asked, which is not told of the trace', async () => {
    const asked: (string | undefined)[] = [];
    const down = createServer(({ headers }, reply) => {
      asked.push(headers['traceparent'] as string | undefined);
      reply.writeHead(503).end();
    });
    await once(down.listen(0, '127.0.0.1'), 'listening');
    const { port } = down.address() as AddressInfo;
    const env = providerEnv({ down: { ...provider, issuer: `http://127.0.0.1:${port}` } });
    const other = await startTraced(env, gateway.databaseUrl);
    try {
      const document = 'mutation ($input: ProviderLoginInput!) { loginWithProvider(input: $input) { __typename } }';
      const input = { provider: 'down', idToken: 'eyJ' };
      const spans = await traceOf((headers) => other.gql(document, { input }, headers));
      expect(named(spans, 'GET')).toMatchObject({
        kind: 'CLIENT',
        failed: true,
        attributes: { 'server.address': '127.0.0.1', 'server.port': port, 'http.response.status_code': 503 },
      });
      expect(below(spans, named(spans, 'mutation loginWithProvider'))).toContain('GET');
      expect(asked).toEqual([undefined]);
    } finally {
      await other.close();
      down.close();
    }
  });
});

describe('a trace', () => {
  it('goes on where the caller began it', async () => {
    const { traceId, headers } = newTrace();
    await gateway.gql('{ authConfig { signupEnabled } }', {}, headers);
    const spans = await receiver.trace((span) => span.traceId === traceId);
    expect(named(spans, 'POST /graphql')).toMatchObject({ kind: 'SERVER', parentSpanId: CALLER_ID });
  });

  it('is not kept where the caller keeps none, nor for the probes of an orchestrator', async () => {
    const { traceId, headers } = newTrace('00');
    await gateway.gql('{ authConfig { signupEnabled } }', {}, headers);
    const probe = newTrace();
    for (const path of ['/healthz', '/readyz']) await fetch(`${gateway.url}${path}`, { headers: probe.headers });
    await traceOf((kept) => gateway.gql('{ authConfig { signupEnabled } }', {}, kept));
    expect(receiver.spans.filter((span) => [traceId, probe.traceId].includes(span.traceId))).toEqual([]);
  });

  it.each([
    ['another length', `00-${TRACE_ID}0-${CALLER_ID}-01`],
    ['only zeros', `00-${'0'.repeat(32)}-${CALLER_ID}-01`],
    ['no version', `ff-${TRACE_ID}-${CALLER_ID}-01`],
    ['two of them', `00-${TRACE_ID}-${CALLER_ID}-01, 00-${TRACE_ID}-${CALLER_ID}-01`],
  ])('begins anew where the caller sends no trace: %s', async (_, traceparent) => {
    const { headers } = await gateway.gql('{ authConfig { signupEnabled } }', {}, { traceparent });
    const requestId = headers.get('x-request-id')!;
    const isIt = ({ attributes }: ReceivedSpan) => attributes['fluxgate.request_id'] === requestId;
    const [whole] = (await receiver.trace(isIt)).filter(isIt);
    expect([whole?.parentSpanId, whole?.traceId === TRACE_ID]).toEqual(['', false]);
  });

  it('has no route for an address that there is not, and ends also where the client has hung up', async () => {
    const spans = await traceOf((headers) => fetch(`${gateway.url}/no/such/route`, { headers }));
    expect(spans.map(({ name, attributes }) => [name, attributes['http.response.status_code']])).toEqual([
      ['GET', 404],
    ]);
    const cut = await traceOf(async (headers) => {
      const announced = { expect: '100-continue', 'content-type': 'application/json', 'content-length': 100 };
      const sent = request(`${gateway.url}/graphql`, { method: 'POST', headers: { ...announced, ...headers } });
      sent.on('error', () => undefined).flushHeaders();
      await once(sent, 'continue');
      sent.destroy();
    });
    expect(cut.map(({ name, failed }) => [name, failed])).toEqual([['POST /graphql', false]]);
  });

  it('tells of a failure by its kind, and its number is in the log', async () => {
    const { accessToken } = await signUp(gateway);
    await gateway.sql('ALTER TABLE users RENAME TO users_away');
    const { traceId, headers } = newTrace();
    try {
      const { status } = await gateway.gql('{ me { id } }', {}, { ...bearer(accessToken), ...headers });
      expect(status).toBe(500);
    } finally {
      await gateway.sql('ALTER TABLE users_away RENAME TO users');
    }
    const spans = await receiver.trace((span) => span.traceId === traceId && span.kind === 'SERVER');
    const failures = spans
      .filter(({ failed }) => failed)
      .map(({ name, attributes }) => [name, attributes['error.type']]);
    expect(failures).toEqual(
      expect.arrayContaining([
        ['POST /graphql', '500'],
        ['query me', 'INTERNAL'],
        ['users-by-ids', '42P01'],
      ]),
    );
    const lines = gateway.logLines.filter((line) => line.includes(traceId)).map((line) => JSON.parse(line));
    expect(lines.map(({ msg, trace_id: id }) => [msg, id])).toEqual([
      ['a field failed', traceId],
      ['request', traceId],
    ]);
  });
});

describe('what the collector is sent', () => {
  it('holds no secret, no address of a person, and nothing else that a client sent', async () => {
    const email = freshEmail();
    const { traceId, headers } = newTrace();
    const tracestate = 'vendor=sent-by-the-client';
    const given = { ...headers, tracestate, 'user-agent': 'Curious/1.0' };
    const signedUp = await signUp(gateway, { email, name: 'Wilhelmina' }, given);
    await signUp(gateway, { email }, given);
    const failed = 'wrong-horse-battery-1';
    await logIn(gateway, { email, password: failed }, given);
    const signedIn = await logIn(gateway, { email, deviceName: 'Kitchen' }, given);
    const refreshed = await refreshWith(gateway, signedIn.refreshToken, given);
    const idToken = await provider.idToken(somebody({ email: freshEmail(), name: 'Theodora' }));
    const byProvider = await logInWithProvider(gateway, { provider: 'acme', idToken }, given);
    const { accessToken, refreshToken } = refreshed;
    await gateway.gql('query Secretive { hidden: me { id } }', {}, { ...bearer(accessToken), ...given });
    await post('/api/auth/login', { email, password: PASSWORD }, given);
    await post('/api/auth/refresh', { refreshToken }, given);
    const cookie = `fluxgate_access=${accessToken}`;
    await fetch(`${gateway.url}/auth/verify?role=cook`, { headers: { cookie, ...given } });
    await fetch(`${gateway.url}/auth/acme/callback?code=one-time-code&state=a-state`, { headers: given });
    await fetch(`${gateway.url}/no/such/route?token=in-the-query`, { headers: given });
    await gateway.gql('mutation { revoke { __typename } }', {}, { ...bearer(accessToken), ...given });
    await fetch(`${gateway.url}/the/end`, { headers: given });
    await receiver.trace((span) => span.traceId === traceId && span.name === 'mutation revoke');
    await traceOf((last) => fetch(`${gateway.url}/the/end`, { headers: last }));

    const sent = Buffer.concat(receiver.bodies).toString('latin1');
    const secrets = [
      ...[signedUp, signedIn, byProvider].flatMap((answer) => [answer.accessToken, answer.refreshToken]),
      ...[accessToken, refreshToken, idToken, PASSWORD, failed, email, 'Wilhelmina', 'Theodora', 'Kitchen'],
      ...['@example.org', 'eyJ', 'fgr_', '$argon2', 'Secretive', 'hidden', 'Curious', 'sent-by-the-client'],
      ...['one-time-code', 'a-state', 'in-the-query', 'no/such', 'role=cook', signedIn.user.id, signedIn.session.id],
      ...['WHERE', 'where ', 'duplicate key'],
    ];
    expect(secrets.filter((secret) => typeof secret !== 'string' || secret === '')).toEqual([]);
    expect(secrets.filter((secret) => sent.includes(secret))).toEqual([]);
    expect(sent).toContain('mutation revoke');
  });
});

function post(path: string, body: object, headers: Record<string, string>): Promise<Response> {
  const given = { 'content-type': 'application/json', ...headers };
  return fetch(`${gateway.url}${path}`, { method: 'POST', headers: given, body: JSON.stringify(body) });
}
