import { createRemoteJWKSet, jwtVerify } from 'jose';
import { giveDatabaseBack, takeDatabaseAway } from '../support/database-outage.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { sendRaw } from '../support/raw-http.js';
import { refusedCleanly } from '../support/refused-cleanly.js';
import { logIn, signUp, type SignedIn } from '../support/sign-in.js';

const APP = 'https://app.example.org';
const PAGE = {
  accept: 'text/html',
  'x-forwarded-method': 'GET',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'app.example.org',
  'x-forwarded-uri': '/reports?year=2026&q=a+b',
};

let gateway: Gateway;
let signedIn: SignedIn;
beforeAll(async () => {
  gateway = await startGateway({
    env: { FLUXGATE_RETURN_ORIGINS: APP, FLUXGATE_RATE_LIMIT_SCALE: '1000', FLUXGATE_FORWARD_AUTH_AUDIENCE: 'behind' },
  });
  signedIn = await signUp(gateway);
  await gateway.sql(`UPDATE users SET roles = '{staff,eu}' WHERE id = $1`, [signedIn.user.id]);
  signedIn = await logIn(gateway, { email: signedIn.user.email });
});
afterAll(() => gateway.close());

function verify(headers: Record<string, string> = {}, query = '', method = 'GET'): Promise<Response> {
  return fetch(`${gateway.url}/auth/verify${query}`, { method, headers });
}

function cookie(accessToken = signedIn.accessToken): { cookie: string } {
  return { cookie: `fluxgate_access=${accessToken}` };
}

/** The identity headers of an answer, by name. */
function identityIn({ headers }: Response): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-fluxgate-')));
}

describe('a request that proves who sent it', () => {
  const identity = () => ({
    'x-fluxgate-user': signedIn.user.id,
    'x-fluxgate-session': signedIn.session.id,
    'x-fluxgate-roles': 'staff,eu',
    'x-fluxgate-token': expect.stringMatching(/^eyJ/),
  });

  it.each([
    ['a bearer token', () => bearer(signedIn.accessToken)],
    ['the access cookie', () => cookie()],
  ])('with %s is let through, and nobody may store the answer', async (_, credential) => {
    const answer = await verify(credential());
    expect(answer.status).toBe(200);
    expect(identityIn(answer)).toEqual(identity());
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.text()).toBe('');
  });

  it.each(['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'REPORT'])(
    'may be asked about with %s, a body included',
    async (method) => {
      const body = method === 'HEAD' ? {} : { body: '{"not json' };
      const headers = { ...bearer(signedIn.accessToken), 'content-type': 'text/x-anything' };
      const answer = await fetch(`${gateway.url}/auth/verify`, { method, headers, ...body });
      expect(answer.status).toBe(200);
      expect(identityIn(answer)).toEqual(identity());
    },
  );

  it('costs no query: without a database it is let through', async () => {
    await takeDatabaseAway(gateway);
    try {
      expect((await verify(bearer(signedIn.accessToken))).status).toBe(200);
      expect((await verify(cookie())).status).toBe(200);
    } finally {
      await giveDatabaseBack(gateway);
    }
  });

  it('is no longer let through once its session has been revoked', async () => {
    const { accessToken, refreshToken } = await signUp(gateway);
    expect((await verify(cookie(accessToken))).status).toBe(200);
    await gateway.gql('mutation ($token: String!) { revoke(input: { refreshToken: $token }) { __typename } }', {
      token: refreshToken,
    });
    expect((await verify(cookie(accessToken))).status).toBe(401);
  });
});

describe('the token for the upstream', () => {
  it('verifies with the published keys, for its own audience, for a minute at most', async () => {
    const token = identityIn(await verify(cookie()))['x-fluxgate-token'] ?? '';
    const keys = createRemoteJWKSet(new URL(`${gateway.url}/.well-known/jwks.json`));
    const expected = { issuer: gateway.url, audience: 'behind', typ: 'at+jwt' };
    const { payload } = await jwtVerify(token, keys, expected);
    expect(payload).toMatchObject({ sub: signedIn.user.id, sid: signedIn.session.id, roles: ['staff', 'eu'] });
    expect(payload.exp! - payload.iat!).toBe(60);
    expect(identityIn(await verify(cookie()))['x-fluxgate-token']).toBe(token);
    expect((await verify(bearer(token))).status).toBe(401); // it is no access token
  });

  it('is empty where no audience is configured, so that a proxy still overwrites what a client sent', async () => {
    const plain = await startGateway({ databaseUrl: gateway.databaseUrl });
    try {
      const { accessToken } = await logIn(plain, { email: signedIn.user.email });
      const answer = await fetch(`${plain.url}/auth/verify`, { headers: bearer(accessToken) });
      expect(identityIn(answer)['x-fluxgate-token']).toBe('');
    } finally {
      await plain.close();
    }
  });
});

describe('a request that proves nothing', () => {
  it.each([
    ['nothing at all', () => ({}), 'Bearer realm="fluxgate"'],
    ['a garbled token', () => bearer('nonsense'), 'Bearer realm="fluxgate", error="invalid_token"'],
    ['another scheme', () => ({ authorization: 'Basic YTpi' }), 'Bearer realm="fluxgate", error="invalid_token"'],
    ['a refresh token', () => bearer(signedIn.refreshToken), 'Bearer realm="fluxgate", error="invalid_token"'],
    ['a garbled cookie', () => cookie('x'), 'Bearer realm="fluxgate", error="invalid_token"'],
    [
      'only a refresh cookie',
      () => ({ cookie: `fluxgate_refresh=${signedIn.refreshToken}` }),
      'Bearer realm="fluxgate"',
    ],
    ['two access cookies', () => ({ cookie: `${cookie().cookie}; ${cookie('x').cookie}` }), 'Bearer realm="fluxgate"'],
    [
      'a garbled token beside a good cookie',
      () => ({ ...bearer('nonsense'), ...cookie() }),
      'Bearer realm="fluxgate", error="invalid_token"',
    ],
    ['identity headers', () => ({ 'x-fluxgate-user': 'me', 'x-fluxgate-roles': 'admin' }), 'Bearer realm="fluxgate"'],
  ])('with %s is refused by RFC 6750', async (_, headers, challenge) => {
    const answer = await verify(headers());
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe(challenge);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(identityIn(answer)).toEqual({});
    const [refused] = refusedCleanly(answer.status, await answer.text()).errors;
    expect(refused?.extensions.code).toBe('UNAUTHENTICATED');
  });

  it('for a page is told where to go on, by a header and by a page that goes there by itself', async () => {
    const answer = await verify(PAGE);
    const continueAt = `${gateway.url}/auth/continue?return_to=${encodeURIComponent(`${APP}/reports?year=2026&q=a+b`)}`;
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="fluxgate"');
    expect(answer.headers.get('x-fluxgate-continue')).toBe(continueAt);
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    const page = await answer.text();
    expect(page).toContain(`<meta http-equiv="refresh" content="0; url=${continueAt}">`);
    expect(page).toContain(`<a href="${continueAt}">`);
  });

  it.each([
    ['an origin that is not listed', { 'x-forwarded-host': 'elsewhere.example' }],
    ['a path that reads as a host', { 'x-forwarded-uri': '//elsewhere.example/' }],
    ['no address', { 'x-forwarded-uri': '' }],
  ])('for a page of %s is not told to come back there', async (_, more) => {
    const { headers } = await verify({ ...PAGE, ...more });
    expect(headers.get('x-fluxgate-continue')).toBe(`${gateway.url}/auth/continue`);
  });
});

describe('required roles', () => {
  it.each([
    ['?roles=staff', 200],
    ['?roles=admin,staff', 200],
    ['?roles=staff&roles=eu', 200],
    ['?roles=admin', 403],
    ['?roles=staff&roles=admin', 403],
    ['?for=/reports?x=1&roles=admin', 403],
    ['?roles=', 400],
    ['?roles=staff,', 400],
    ['?roles[]=admin', 200], // another parameter, and nothing that is asked for
  ])('%s: %i', async (query, status) => {
    const answer = await verify(cookie(), query);
    expect(answer.status).toBe(status);
    if (status === 200) return;
    expect(identityIn(answer)).toEqual({});
    refusedCleanly(answer.status, await answer.text());
  });

  it('are nothing that a document is sent elsewhere for', async () => {
    const answer = await verify({ ...PAGE, ...cookie() }, '?roles=admin');
    expect(answer.status).toBe(403);
    expect(identityIn(answer)).toEqual({});
  });
});

describe('a request that changes something, by cookie', () => {
  it.each([
    ['of the page itself', { origin: APP }, 200],
    ['of the page itself, which hides its address', { origin: 'null', 'sec-fetch-site': 'same-origin' }, 200],
    ['of our own pages', { origin: 'OWN' }, 200],
    ['of no page', {}, 200],
    ['of a page elsewhere', { origin: 'https://elsewhere.example' }, 403],
    ['of a sister host', { origin: 'https://www.example.org', 'sec-fetch-site': 'same-site' }, 403],
    ['of a page elsewhere that hides its address', { origin: 'null', 'sec-fetch-site': 'cross-site' }, 403],
    ['of a page elsewhere, by an older proxy', { 'sec-fetch-site': 'cross-site' }, 403],
  ])('%s: %s %i', async (_, headers, status) => {
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value === 'OWN' ? gateway.url : value]),
    );
    expect((await verify({ ...PAGE, ...cookie(), ...sent, 'x-forwarded-method': 'POST' })).status).toBe(status);
    expect((await verify({ ...PAGE, ...cookie(), ...sent })).status).toBe(200); // reading is no change
    const handshake = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' };
    expect((await verify({ ...PAGE, ...cookie(), ...sent, ...handshake })).status).toBe(status);
    expect(
      (await verify({ ...PAGE, ...bearer(signedIn.accessToken), ...sent, 'x-forwarded-method': 'POST' })).status,
    ).toBe(200);
  });
});

describe('what is no request to be asked about', () => {
  it.each([
    ['x-forwarded-proto', 'ftp'],
    ['x-forwarded-host', 'a b'],
    ['x-forwarded-host', 'me@app.example.org'],
    ['x-forwarded-uri', 'elsewhere'],
    ['x-forwarded-method', 'GET POST'],
  ])('is refused, whoever sends it: %s: %s', async (name, value) => {
    for (const credential of [{}, cookie()]) {
      const answer = await verify({ ...PAGE, ...credential, [name]: value });
      expect(answer.status).toBe(400);
      const [refused] = refusedCleanly(answer.status, await answer.text()).errors;
      expect(refused?.extensions.code).toBe('BAD_USER_INPUT');
    }
  });

  it.each([
    ['a header that is sent twice', 'X-Forwarded-Host: a.example\r\nX-Forwarded-Host: b.example\r\n'],
    ['bytes beyond ASCII', 'X-Forwarded-Host: caf\xe9 \r\n', '', 401],
    ['a bad percent-encoding', '', '%zz'],
    ['a long query', '', `?${'roles=a&'.repeat(300)}`, 401],
  ])('is no failure of ours: %s', async (_, header, more = '', expected = 400) => {
    const head = `GET /auth/verify${more} HTTP/1.1\r\nHost: gateway\r\nX-Forwarded-Proto: https\r\n${header}`;
    const { status, body } = await sendRaw(gateway.url, `${head}Connection: close\r\n\r\n`);
    expect(status).toBe(expected);
    refusedCleanly(status, body);
  });
});

it('leaves no line in the log for what the proxy has a line for', () => {
  expect(gateway.logLines.filter((line) => line.includes('/auth/verify'))).toEqual([]);
});
