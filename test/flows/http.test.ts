import { bearer, PASSWORD, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { eventually } from '../support/eventually.js';
import { sendRaw } from '../support/raw-http.js';
import { signUp } from '../support/sign-in.js';

const FRIEND = 'https://app.example.org';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let gateway: Gateway;
let production: Gateway;
beforeAll(async () => {
  const env = { FLUXGATE_RATE_LIMIT_SCALE: '1000', FLUXGATE_CORS_ORIGINS: FRIEND };
  gateway = await startGateway({ env: { ...env, NODE_ENV: 'development' } });
  production = await startGateway({
    env: { ...env, NODE_ENV: 'production', FLUXGATE_PUBLIC_URL: 'https://auth.example.org' },
    databaseUrl: gateway.databaseUrl,
  });
});
afterAll(async () => {
  await production.close();
  await gateway.close();
});

const ENTRY_POINTS: readonly (readonly [what: string, path: string, request: RequestInit])[] = [
  ['health', '/healthz', {}],
  ['readiness', '/readyz', {}],
  ['an operation', '/graphql', { method: 'POST', headers: json(), body: '{"query":"{ __typename }"}' }],
  ['a refused operation', '/graphql', { method: 'POST', headers: json(), body: '{"query":"{ no }"}' }],
  ['an unreadable body', '/graphql', { method: 'POST', headers: json(), body: '{' }],
  ['an address with nothing', '/nothing', {}],
];

function json(): Record<string, string> {
  return { 'content-type': 'application/json' };
}

describe('every answer', () => {
  it.each(ENTRY_POINTS)('to %s carries the headers that keep browsers from misusing it', async (_, path, request) => {
    const { headers } = await fetch(gateway.url + path, request);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'x-request-id': expect.stringMatching(UUID),
    });
    expect(headers.has('x-powered-by')).toBe(false);
    expect(headers.has('strict-transport-security')).toBe(false); // on plain http it would mean nothing
  });

  it('asks browsers to stay on https where that is the public address', async () => {
    const { headers } = await fetch(`${production.url}/healthz`);
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}; includeSubDomains$/);
  });

  it('has a request id of its own, whatever id was sent', async () => {
    const sent = { 'x-request-id': 'forged', 'request-id': 'forged' };
    const [a, b] = await Promise.all([1, 2].map(() => fetch(`${gateway.url}/healthz`, { headers: sent })));
    expect(a?.headers.get('x-request-id')).toMatch(UUID);
    expect(a?.headers.get('x-request-id')).not.toBe(b?.headers.get('x-request-id'));
  });
});

describe('keys and metadata', () => {
  it.each(['/.well-known/jwks.json', '/.well-known/oauth-authorization-server'])(
    'at %s may be cached and read from every origin',
    async (path) => {
      const { status, headers } = await fetch(gateway.url + path, {
        headers: { origin: 'https://anybody.example.org' },
      });
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('public, max-age=300');
      expect(headers.get('access-control-allow-origin')).toBe('*');
    },
  );

  it('are a key set of public keys, under their own media type', async () => {
    const response = await fetch(`${gateway.url}/.well-known/jwks.json`);
    expect(response.headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
    const { keys } = (await response.json()) as { keys: object[] };
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: expect.any(String) });
      expect(key).not.toHaveProperty('d');
    }
  });

  it('name the issuer and where its keys are (RFC 8414)', async () => {
    const response = await fetch(`${production.url}/.well-known/oauth-authorization-server`);
    expect(await response.json()).toMatchObject({
      issuer: 'https://auth.example.org',
      jwks_uri: 'https://auth.example.org/.well-known/jwks.json',
    });
  });
});

describe('an address or method with nothing behind it', () => {
  it.each([
    ['GET', '/nothing'],
    ['GET', '/graphql/x.css'],
    ['GET', '/graphql/'],
    ['GET', '/.well-known/other'],
    ['PUT', '/graphql'],
    ['DELETE', '/graphql'],
    ['POST', '/healthz'],
  ])('is answered in the shape of an error: %s %s', async (method, path) => {
    const response = await fetch(gateway.url + path, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      errors: [{ message: 'There is nothing at this address.', extensions: { code: 'NOT_FOUND' } }],
    });
  });

  it('has no body when it was asked for by HEAD', async () => {
    const response = await fetch(`${gateway.url}/nothing`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([404, '']);
    expect((await fetch(`${gateway.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
  });
});

it.each([
  ['announced', 'Content-Length: 20000\r\n\r\n'],
  ['in chunks', `Transfer-Encoding: chunked\r\n\r\n4e20\r\n${' '.repeat(20_000)}\r\n0\r\n\r\n`],
])('a body of 20 kB, %s, is refused with 413 in the shape of an error', async (_, rest) => {
  const head = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n';
  const { status, body } = await sendRaw(gateway.url, head + rest);
  expect(status).toBe(413);
  expect(JSON.parse(body)).toEqual({
    errors: [{ message: 'The request is larger than this server takes.', extensions: { code: 'BAD_REQUEST' } }],
  });
});

describe('a page of another origin', () => {
  const preflight = (origin: string) =>
    fetch(`${gateway.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type,authorization',
      },
    });

  it('may call, with cookies, when the operator lists it', async () => {
    const { status, headers } = await preflight(FRIEND);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(FRIEND);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('access-control-allow-methods')).toContain('POST');
    expect(headers.get('access-control-allow-headers')).toBe('content-type,authorization');
    expect(headers.get('access-control-max-age')).toBe('600');
    expect(headers.get('vary')).toContain('Origin');
  });

  it('may read why it is refused, and when to come again', async () => {
    const { headers } = await gateway.gql('{ me { id } }', {}, { origin: FRIEND, ...bearer('none') });
    expect(headers.get('access-control-allow-origin')).toBe(FRIEND);
    expect(headers.get('access-control-expose-headers')).toBe(
      'ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id',
    );
  });

  it.each([
    'https://evil.example.org',
    `${FRIEND}.evil.example`,
    'https://xapp.example.org',
    'http://app.example.org',
    'null',
  ])('may not when it is %s', async (origin) => {
    expect((await preflight(origin)).headers.has('access-control-allow-origin')).toBe(false);
    const answer = await gateway.gql('{ me { id } }', {}, { origin });
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
  });
});

describe('the log', () => {
  it('has one line a request, with its id and without what was sent', async () => {
    const { accessToken, refreshToken, user } = await signUp(gateway);
    const from = gateway.logLines.length;
    const answers: Answer[] = [
      await gateway.gql('{ me { id } }', {}, { ...bearer(accessToken), cookie: `fluxgate_refresh=${refreshToken}` }),
      await gateway.gql(`mutation { refresh(input: { refreshToken: "${refreshToken}" }) { __typename } }`),
      await gateway.gql(
        `mutation { login(input: { email: "${user.email}", password: "${PASSWORD}" }) { __typename } }`,
      ),
      await gateway.gql(`mutation { login(input: { email: "${user.email}", password: "${PASSWORD}"`),
    ];
    const search = `token=${accessToken}&password=${PASSWORD}`;
    const other = await fetch(`${gateway.url}/nothing?${search}`);
    await fetch(`${gateway.url}/%zz?${search}`);

    const lines = await eventually(
      () => Promise.resolve(gateway.logLines.slice(from)),
      (seen) => seen.length >= answers.length + 1,
    );
    const ids = [...answers.map((answer) => answer.headers), other.headers].map((headers) =>
      headers.get('x-request-id'),
    );
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(logged.filter((line) => ids.includes(String(line['requestId'])))).toHaveLength(ids.length);
    expect(logged[0]).toMatchObject({
      level: 'info',
      msg: 'request',
      requestId: ids[0],
      method: 'POST',
      path: '/graphql',
      status: 200,
      durationMs: expect.any(Number),
    });
    for (const secret of [accessToken, refreshToken, PASSWORD, user.email, 'token=', 'password='])
      expect(lines.join('')).not.toContain(secret);
  });
});
