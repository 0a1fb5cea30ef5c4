import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { providerEnv, somebody, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';
import { startOtlpReceiver, type OtlpReceiver } from '../support/otlp/receiver.js';
import { below, callersTrace, named, traceOf } from '../support/otlp/traces.js';
import { freshEmail, logIn, logInWithProvider, refreshWith, signUp } from '../support/sign-in.js';

let receiver: OtlpReceiver;
let provider: OpenidProvider;
let gateway: Gateway;
beforeAll(async () => {
  [receiver, provider] = [await startOtlpReceiver(), await startOpenidProvider()];
  gateway = await startGateway({ env: envWith({ acme: provider }) });
});
afterAll(async () => {
  await gateway.close();
  await provider.close();
  await receiver.close();
});

function envWith(providers: Record<string, OpenidProvider>): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, FLUXGATE_RATE_LIMIT_SCALE: '1000', ...providerEnv(providers) };
}

describe('a provider', () => {
  it('is part of the trace, and is told nothing of it', async () => {
    const asked: (string | undefined)[] = [];
    const down = createServer(({ headers }, reply) => {
      asked.push(headers['traceparent'] as string | undefined);
      reply.writeHead(503).end();
    });
    await once(down.listen(0, '127.0.0.1'), 'listening');
    const { port } = down.address() as AddressInfo;
    const env = envWith({ down: { ...provider, issuer: `http://127.0.0.1:${port}` } });
    const other = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      const document = 'mutation ($input: ProviderLoginInput!) { loginWithProvider(input: $input) { __typename } }';
      const input = { provider: 'down', idToken: 'eyJ' };
      const spans = await traceOf(receiver, (headers) => other.gql(document, { input }, headers));
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

describe('what the collector is sent', () => {
  it('holds no secret, no address of a person, and nothing else that a client sent', async () => {
    const email = freshEmail();
    const { traceId, headers } = callersTrace();
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
    await traceOf(receiver, (last) => fetch(`${gateway.url}/the/end`, { headers: last }));

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
