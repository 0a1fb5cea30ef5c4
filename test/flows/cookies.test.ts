import { openBrowser, type Browser } from '../support/browser.js';
import { bearer, PASSWORD, startGateway, type Answer, type Gateway } from '../support/gateway.js';
import { refreshTokenAt } from '../support/minted-tokens.js';
import { sessionEvents, sessionRow, setSession } from '../support/session-rows.js';
import { setCookies } from '../support/set-cookies.js';
import { freshEmail, refreshWith, signUp } from '../support/sign-in.js';

const PAYLOAD = '__typename ... on AuthPayload { accessToken refreshToken user { email } session { id } }';
const SIGNUP = `mutation ($input: SignupInput!) { result: signup(input: $input) { ${PAYLOAD} } }`;
const LOGIN = `mutation ($input: LoginInput!) { result: login(input: $input) { ${PAYLOAD} } }`;
const REFRESH = `mutation { result: refresh { __typename
  ... on RefreshPayload { accessToken refreshToken outcome session { id } } ... on Error { code } } }`;

interface Result {
  readonly __typename: string;
  readonly code?: string;
  readonly outcome?: string;
  readonly accessToken: string;
  readonly refreshToken: string | null;
  readonly user: { readonly email: string };
  readonly session: { readonly id: string };
}

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '10000' } });
});
afterAll(() => gateway.close());

/** COOKIE is what one gets without asking. */
function signUpIn(browser: Gateway): Promise<Answer<{ result: Result }>> {
  return browser.gql(SIGNUP, { input: { email: freshEmail(), password: PASSWORD, name: 'Ada' } });
}

async function openSignedIn(): Promise<{ browser: Browser; result: Result }> {
  const browser = openBrowser(gateway);
  return { browser, result: (await signUpIn(browser)).data.result };
}

async function refresh(browser: Gateway): Promise<Result & { answer: Answer }> {
  const answer = await browser.gql<{ result: Result }>(REFRESH);
  return { ...answer.data.result, answer: answer };
}

describe('a sign-in with cookies', () => {
  it('keeps the refresh token out of the answer', async () => {
    const { browser, result } = await openSignedIn();
    expect(result).toMatchObject({ __typename: 'AuthPayload', refreshToken: null });
    expect(browser.cookies.get('fluxgate_refresh')).toBe(refreshTokenAt(result.session.id, 0));
    expect(browser.cookies.get('fluxgate_access')).toBe(result.accessToken);
  });

  it.each([
    ['http://localhost:4000', '', []],
    ['https://auth.example.org', '__Host-', ['Secure']],
  ])('at %s sets three cookies that scripts cannot read', async (publicUrl, prefix, secure) => {
    const env = { FLUXGATE_PUBLIC_URL: publicUrl };
    const here = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      const cookies = setCookies(await signUpIn(here));
      const attributes = Object.fromEntries([...cookies].map(([name, cookie]) => [name, cookie.attributes]));
      expect(attributes).toEqual({
        [`${prefix}fluxgate_refresh`]: ['HttpOnly', 'Max-Age=604800', 'Path=/', 'SameSite=Strict', ...secure].sort(),
        [`${prefix}fluxgate_access`]: ['HttpOnly', 'Max-Age=900', 'Path=/', 'SameSite=Lax', ...secure].sort(),
        [`${prefix}fluxgate_device`]: ['HttpOnly', 'Max-Age=34560000', 'Path=/', 'SameSite=Lax', ...secure].sort(),
      });
    } finally {
      await here.close();
    }
  });

  it('sets none where the tokens were asked for in the answer', async () => {
    const browser = openBrowser(gateway);
    expect((await signUp(browser)).refreshToken).toMatch(/^fgr_/);
    expect([...browser.cookies]).toEqual([]);
  });

  it('is not an access token for GraphQL: a page sends that itself', async () => {
    const { browser, result } = await openSignedIn();
    expect((await browser.gql('{ me { email } }')).data).toEqual({ me: null });
    const answer = await browser.gql('{ me { email } }', {}, bearer(result.accessToken));
    expect(answer.data).toEqual({ me: { email: result.user.email } });
  });
});

describe('a refresh by cookie', () => {
  it('rotates the cookies, and leaves the device cookie as it is', async () => {
    const { browser, result } = await openSignedIn();
    const refreshed = await refresh(browser);
    expect(refreshed).toMatchObject({ __typename: 'RefreshPayload', outcome: 'ROTATED', refreshToken: null });
    expect([...setCookies(refreshed.answer).keys()].sort()).toEqual(['fluxgate_access', 'fluxgate_refresh']);
    expect(browser.cookies.get('fluxgate_refresh')).toBe(refreshTokenAt(result.session.id, 1));
    expect(browser.cookies.get('fluxgate_access')).toBe(refreshed.accessToken);
    expect((await refresh(browser)).outcome).toBe('ROTATED');
  });

  it('that was lost is given again, with the same cookie', async () => {
    const { browser } = await openSignedIn();
    const before = browser.cookies.get('fluxgate_refresh')!;
    await refresh(browser);
    const after = browser.cookies.get('fluxgate_refresh');
    browser.cookies.set('fluxgate_refresh', before);
    expect((await refresh(browser)).outcome).toBe('REPLAYED');
    expect(browser.cookies.get('fluxgate_refresh')).toBe(after);
  });

  it('that is stale sets and clears nothing: another tab holds a newer cookie', async () => {
    const { browser } = await openSignedIn();
    const first = browser.cookies.get('fluxgate_refresh')!;
    await refresh(browser);
    await refresh(browser);
    browser.cookies.set('fluxgate_refresh', first);
    const { code, answer } = await refresh(browser);
    expect(code).toBe('STALE_REFRESH_TOKEN');
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('of a session that has ended clears both tokens, and the device stays known', async () => {
    const { browser, result } = await openSignedIn();
    await setSession(gateway, result.session.id, `idle_expires_at = now()`);
    expect((await refresh(browser)).code).toBe('SESSION_ENDED');
    expect([...browser.cookies.keys()]).toEqual(['fluxgate_device']);
  });

  it.each(['garbage', 'fgr_', ''])('with a cookie that is no token of ours (%j) clears it', async (value) => {
    const { answer, code } = await refresh(openBrowser(gateway, { cookie: `fluxgate_refresh=${value}` }));
    expect(code).toBe('INVALID_REFRESH_TOKEN');
    const cleared = setCookies(answer);
    expect([...cleared.keys()].sort()).toEqual(['fluxgate_access', 'fluxgate_refresh']);
    for (const { value: left, attributes } of cleared.values()) {
      expect(left).toBe('');
      expect(attributes).toContain('Expires=Thu, 01 Jan 1970 00:00:00 GMT');
      expect(attributes).toEqual(expect.arrayContaining(['HttpOnly', 'Path=/']));
    }
  });

  it('is left alone where the token comes in the body', async () => {
    const { browser } = await openSignedIn();
    const other = await signUp(gateway);
    expect((await refreshWith(browser, other.refreshToken)).outcome).toBe('ROTATED');
    expect((await refreshWith(browser, 'garbage')).code).toBe('INVALID_REFRESH_TOKEN');
    expect((await refresh(browser)).outcome).toBe('ROTATED');
  });

  it.each<[string, (cookie: string) => string]>([
    ['sent twice', (cookie) => `fluxgate_refresh=${cookie}; fluxgate_refresh=${cookie}`],
    ['sent twice with another first', (cookie) => `fluxgate_refresh=planted; fluxgate_refresh=${cookie}`],
    ['without a name', (cookie) => `=${cookie}`],
    ['whose name has a space in it', (cookie) => `fluxgate _refresh=${cookie}`],
    ['of another letter case', (cookie) => `FLUXGATE_REFRESH=${cookie}`],
    ['with a prefix that a plain-http host cannot have set', (cookie) => `__Host-fluxgate_refresh=${cookie}`],
    ['whose name begins with a tab', (cookie) => `theme=dark;\tfluxgate_refresh=${cookie}`],
    ['whose name begins with a space of its own', (cookie) => `theme=dark;  fluxgate_refresh=${cookie}`],
    ['whose name begins with a no-break space', (cookie) => `theme=dark; \u00a0fluxgate_refresh=${cookie}`],
    ['in quotes', (cookie) => `fluxgate_refresh="${cookie}"`],
    ['behind $Version', (cookie) => `$Version=1,fluxgate_refresh=${cookie}`],
  ])('takes no cookie %s for a session', async (_, spoil) => {
    const { browser, result } = await openSignedIn();
    const cookie = spoil(browser.cookies.get('fluxgate_refresh')!);
    const answer = await gateway.gql<{ result: Result }>(REFRESH, {}, { cookie });
    expect(answer.data.result.code).toBe('INVALID_REFRESH_TOKEN');
    expect((await sessionRow(gateway, result.session.id)).refresh_counter).toBe('0');
  });
});

describe('signing in again in the same browser', () => {
  it.each(['COOKIE', 'BODY'])("leaves the user's earlier session behind, with delivery %s", async (delivery) => {
    const { browser, result } = await openSignedIn();
    const { email } = result.user;
    const again = await browser.gql<{ result: Result }>(LOGIN, { input: { email, password: PASSWORD, delivery } });
    expect(again.data.result.session.id).not.toBe(result.session.id);
    expect((await sessionRow(gateway, result.session.id)).revoke_reason).toBe('LOGOUT');
    expect((await sessionEvents(gateway, result.session.id)).at(-1)).toMatchObject({
      type: 'session.revoked',
      details: { reason: 'LOGOUT' },
    });
    expect((await browser.gql('{ me { email } }', {}, bearer(result.accessToken))).status).toBe(401);
    expect((await sessionRow(gateway, again.data.result.session.id)).revoked_at).toBeNull();
  });

  it("does not touch another user's session, whose cookie it carries", async () => {
    const { browser, result } = await openSignedIn();
    const other = await signUpIn(browser);
    expect(other.data.result.__typename).toBe('AuthPayload');
    expect((await sessionRow(gateway, result.session.id)).revoked_at).toBeNull();
    expect((await refreshWith(gateway, refreshTokenAt(result.session.id, 0))).outcome).toBe('ROTATED');
  });
});

describe('signing out', () => {
  it.each(['revoke', 'revokeAll'])('by %s clears both tokens, and the device stays known', async (field) => {
    const { browser, result } = await openSignedIn();
    const answer = await browser.gql(`mutation { ${field} { __typename } }`, {}, bearer(result.accessToken));
    expect(answer.status).toBe(200);
    expect([...browser.cookies.keys()]).toEqual(['fluxgate_device']);
  });

  it('ends the session of the access token, not the one that somebody else has left in the cookie', async () => {
    const { browser, result: first } = await openSignedIn();
    const second = (await signUpIn(browser)).data.result;
    await browser.gql('mutation { revoke { __typename } }', {}, bearer(first.accessToken));
    expect((await sessionRow(gateway, first.session.id)).revoke_reason).toBe('LOGOUT');
    expect((await sessionRow(gateway, second.session.id)).revoked_at).toBeNull();
    expect((await refresh(browser)).outcome).toBe('ROTATED');
  });

  it('works by cookie alone when the access token no longer holds', async () => {
    const { browser, result } = await openSignedIn();
    await browser.gql('mutation { revoke { __typename } }', {}, bearer('expired'));
    expect((await sessionRow(gateway, result.session.id)).revoke_reason).toBe('LOGOUT');
    expect([...browser.cookies.keys()]).toEqual(['fluxgate_device']);
  });

  it('the other sessions leaves the cookies of this one', async () => {
    const { browser, result } = await openSignedIn();
    await browser.gql('mutation { revokeOthers { __typename } }', {}, bearer(result.accessToken));
    expect((await refresh(browser)).outcome).toBe('ROTATED');
  });
});

describe('every answer', () => {
  it.each([
    ['that signs in', SIGNUP, { input: { email: 'no-store@example.org', password: PASSWORD, name: 'Ada' } }],
    ['that refreshes', REFRESH, {}],
    ['that refuses', LOGIN, { input: { email: 'nobody@example.org', password: PASSWORD } }],
    ['that reads', '{ me { id } }', {}],
    ['that is an error', '{ nothing }', {}],
  ])('%s is kept by no cache', async (_, document, variables) => {
    const { browser } = await openSignedIn();
    expect((await browser.gql(document, variables)).headers.get('cache-control')).toBe('no-store');
  });
});
