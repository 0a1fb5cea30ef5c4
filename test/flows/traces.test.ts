import { once } from 'node:events';
import { request } from 'node:http';
import { eventually } from '../support/eventually.js';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp/receiver.js';
import { below, CALLER_ID, callersTrace, named, traceOf } from '../support/otlp/traces.js';
import { freshEmail, logIn, signUp } from '../support/sign-in.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';

let receiver: OtlpReceiver;
let gateway: Gateway;
beforeAll(async () => {
  receiver = await startOtlpReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, FLUXGATE_RATE_LIMIT_SCALE: '1000' };
  gateway = await startGateway({ env });
});
afterAll(async () => {
  await gateway.close();
  await receiver.close();
});

describe('the trace of a sign-in', () => {
  it('holds the request, its operation, and in that the password and the statements', async () => {
    const { user } = await signUp(gateway);
    const spans = await traceOf(receiver, (headers) => logIn(gateway, { email: user.email }, headers));
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
      Array.from({ length: 12 }, () => traceOf(receiver, (headers) => logIn(gateway, { email: user.email }, headers))),
    );
    for (const spans of all) {
      expect(below(spans, named(spans, 'mutation login'))).toEqual(
        expect.arrayContaining(['user-by-email', 'password verify', 'INSERT sessions', 'COMMIT']),
      );
      expect(spans.filter(({ name }) => name === 'INSERT sessions')).toHaveLength(1);
    }
  });

  it('shows the wait for a connection', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, FLUXGATE_DATABASE_POOL: '1' };
    const narrow = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      const waits = () => receiver.spans.filter(({ name }) => name === 'CONNECT').length;
      await eventually(
        async () => {
          await Promise.all(
            Array.from({ length: 4 }, () => traceOf(receiver, (headers) => signUp(narrow, {}, headers))),
          );
          return waits();
        },
        (seen) => seen > 0,
      );
    } finally {
      await narrow.close();
    }
  });

  it('says how it ended, and that a refusal is no failure', async () => {
    const spans = await traceOf(receiver, (headers) => logIn(gateway, { email: freshEmail() }, headers));
    const { attributes, failed } = named(spans, 'mutation login');
    expect([attributes['fluxgate.outcome'], failed]).toEqual(['INVALID_CREDENTIALS', false]);
  });

  it('is the same through REST', async () => {
    const { user } = await signUp(gateway);
    const body = JSON.stringify({ email: user.email, password: PASSWORD });
    const spans = await traceOf(receiver, (given) => {
      const headers = { 'content-type': 'application/json', ...given };
      return fetch(`${gateway.url}/api/auth/login`, { method: 'POST', headers, body });
    });
    expect(below(spans, named(spans, 'POST /api/auth/login'))).toContain('rest login');
    expect(below(spans, named(spans, 'rest login'))).toContain('password verify');
  });
});

describe('a trace', () => {
  it('goes on where the caller began it', async () => {
    const { traceId, headers } = callersTrace();
    await gateway.gql('{ authConfig { signupEnabled } }', {}, headers);
    const spans = await receiver.trace((span) => span.traceId === traceId);
    expect(named(spans, 'POST /graphql')).toMatchObject({ kind: 'SERVER', parentSpanId: CALLER_ID });
  });

  it('is not kept where the caller keeps none, nor for the probes of an orchestrator', async () => {
    const { traceId, headers } = callersTrace('00');
    await gateway.gql('{ authConfig { signupEnabled } }', {}, headers);
    const probe = callersTrace();
    for (const path of ['/healthz', '/readyz']) await fetch(`${gateway.url}${path}`, { headers: probe.headers });
    await traceOf(receiver, (kept) => gateway.gql('{ authConfig { signupEnabled } }', {}, kept));
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
    const spans = await traceOf(receiver, (headers) => fetch(`${gateway.url}/no/such/route`, { headers }));
    expect(spans.map(({ name, attributes }) => [name, attributes['http.response.status_code']])).toEqual([
      ['GET', 404],
    ]);
    const cut = await traceOf(receiver, async (headers) => {
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
    const { traceId, headers } = callersTrace();
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
