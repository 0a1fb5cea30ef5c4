import { openBrowser, type Browser } from '../support/browser.js';
import { PASSWORD, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { sessionRow } from '../support/session-rows.js';
import { freshEmail } from '../support/sign-in.js';

const OWN = 'https://auth.example.org';
const LISTED = 'https://app.example.org';
const REFRESH = 'mutation { refresh { __typename ... on Error { code } } }';
const SIGNUP = `mutation ($input: SignupInput!) { signup(input: $input) { __typename
  ... on AuthPayload { session { id } } ... on InvalidInput { issues { path } } } }`;

let gateway: Gateway;
let browser: Browser;
let sessionId: string;

beforeAll(async () => {
  gateway = await startGateway({
    env: { FLUXGATE_RATE_LIMIT_SCALE: '10000', FLUXGATE_PUBLIC_URL: OWN, FLUXGATE_CORS_ORIGINS: LISTED },
  });
  browser = openBrowser(gateway);
  const { data } = await signUpFrom({});
  sessionId = (data.signup as { session: { id: string } }).session.id;
});
afterAll(() => gateway.close());

function signUpFrom(headers: Record<string, string>, from: Gateway = browser): Promise<Answer> {
  const input = { email: freshEmail(), password: PASSWORD, name: 'Ada' };
  return from.gql(SIGNUP, { input }, headers);
}

async function counter(): Promise<string> {
  return (await sessionRow(gateway, sessionId)).refresh_counter;
}

describe('a request that carries cookies', () => {
  it.each<[string, Record<string, string>]>([
    ['our own origin', { origin: OWN }],
    ['our own origin, as browsers mark it', { origin: OWN, 'sec-fetch-site': 'same-origin' }],
    ['an origin that is listed', { origin: LISTED }],
    ['an origin that is listed, as browsers mark it', { origin: LISTED, 'sec-fetch-site': 'same-site' }],
    ['a program, which sends no origin', {}],
    ['a page of ours where the origin is left out', { 'sec-fetch-site': 'same-origin' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
  ])('is accepted from %s', async (_, headers) => {
    const answer = await browser.gql(REFRESH, {}, headers);
    expect(answer.status).toBe(200);
    expect(answer.data).toEqual({ refresh: { __typename: 'RefreshPayload' } });
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { origin: 'https://evil.example' }],
    ['another site that claims to be the same', { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }],
    ['a page without an origin', { origin: 'null' }],
    ['a sister host that is not listed', { origin: 'https://other.example.org' }],
    ['our own host over plain http', { origin: 'http://auth.example.org' }],
    ['our own host on another port', { origin: 'https://auth.example.org:8443' }],
    ['a host that begins like ours', { origin: 'https://auth.example.org.evil.example' }],
    ['a host that ends like ours', { origin: 'https://evil-auth.example.org' }],
    ['a developer machine', { origin: 'http://localhost:3000' }],
    ['an empty origin', { origin: '' }],
    ['another site that leaves the origin out', { 'sec-fetch-site': 'cross-site' }],
    ['a sister host that leaves the origin out', { 'sec-fetch-site': 'same-site' }],
  ])('is refused from %s, and nothing happens', async (_, headers) => {
    const before = await counter();
    for (const document of [REFRESH, 'mutation { revoke { __typename } }', '{ me { id } }']) {
      const answer = await browser.gql(document, {}, headers);
      expect(answer.status).toBe(403);
      expect(answer.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(await counter()).toBe(before);
    expect((await sessionRow(gateway, sessionId)).revoked_at).toBeNull();
  });

  it('is refused from another site when it carries the access cookie alone', async () => {
    const cookie = `__Host-fluxgate_access=${browser.cookies.get('__Host-fluxgate_access')}`;
    const answer = await gateway.gql('{ me { id } }', {}, { cookie, origin: 'https://evil.example' });
    expect(answer.status).toBe(403);
  });
});

describe('a request without cookies', () => {
  it('is answered from any origin, but another site cannot read the answer', async () => {
    const answer = await gateway.gql('{ authConfig { signupEnabled } }', {}, { origin: 'https://evil.example' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('an origin that is listed', () => {
  it('may read the answer and send cookies; which origin it was is part of any cache key', async () => {
    const { headers } = await browser.gql(REFRESH, {}, { origin: LISTED });
    expect(headers.get('access-control-allow-origin')).toBe(LISTED);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toMatch(/\bOrigin\b/i);
  });

  it('is told so by the preflight, and another is not', async () => {
    const preflight = (origin: string) =>
      fetch(`${gateway.url}/graphql`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,authorization',
        },
      });
    const { headers } = await preflight(LISTED);
    expect(headers.get('access-control-allow-origin')).toBe(LISTED);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('access-control-allow-headers')).toMatch(/content-type.*authorization/);
    expect(headers.get('access-control-allow-methods')).toContain('POST');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('on a developer machine', () => {
  it.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['evil.example', false],
  ])('a page of %s on the same port may use cookies: %s', async (hostname, accepted) => {
    const local = await startGateway({ databaseUrl: gateway.databaseUrl });
    try {
      const page = openBrowser(local, { origin: `http://${hostname}:${new URL(local.url).port}` });
      page.cookies.set('fluxgate_refresh', browser.cookies.get('__Host-fluxgate_refresh')!);
      expect((await page.gql(REFRESH)).status).toBe(accepted ? 200 : 403);
      const otherPort = openBrowser(local, { origin: `http://${hostname}:1` });
      otherPort.cookies.set('fluxgate_refresh', browser.cookies.get('__Host-fluxgate_refresh')!);
      expect((await otherPort.gql(REFRESH)).status).toBe(403);
    } finally {
      await local.close();
    }
  });
});
