import { giveDatabaseBack, takeDatabaseAway } from '../support/database-outage.js';
import { freePort, startGateway, type Gateway } from '../support/gateway.js';
import { openNavigator } from '../support/navigation.js';
import {
  providerEnv,
  somebody,
  startOpenidProvider,
  type OpenidProvider,
  type Person,
} from '../support/openid-provider.js';
import { eventRows, eventTypes } from '../support/security-event-rows.js';
import { setCookies } from '../support/set-cookies.js';

const APP = 'https://app.example.org';

let acme: OpenidProvider;
let gateway: Gateway;

beforeAll(async () => {
  const port = await freePort();
  acme = await startOpenidProvider([`http://127.0.0.1:${port}/auth/acme/callback`]);
  const env = { FLUXGATE_RATE_LIMIT_SCALE: '1000', FLUXGATE_RETURN_ORIGINS: APP, PORT: String(port) };
  gateway = await startGateway({ env: { ...env, ...providerEnv({ acme }) } });
});
afterAll(async () => {
  await gateway.close();
  await acme.close();
});
beforeEach(() => Object.assign(acme, { trouble: 'none', person: somebody() }));

const start = (returnTo: string) => `${gateway.url}/auth/acme/start?return_to=${encodeURIComponent(returnTo)}`;
const callback = () => `${gateway.url}/auth/acme/callback`;
const usersOf = ({ sub }: Person) =>
  gateway.sql<{ user_id: string }>('select user_id from identities where subject = $1', [sub]);
const sessionsOf = (person: Person) =>
  gateway.sql<{ revoked_at: Date | null }>(
    'select s.* from sessions s join identities i using (user_id) where i.subject = $1 order by s.id',
    [person.sub],
  );

describe('a sign-in in a browser', () => {
  it('goes to the provider with PKCE, state and nonce, and keeps them in one cookie for ten minutes', async () => {
    const { status, headers, url } = await openNavigator().go(start('/account'), acme.issuer);
    expect([status, headers.get('cache-control')]).toEqual([303, 'no-store']);
    const { searchParams: query, origin } = new URL(url);
    expect(origin).toBe(acme.issuer);
    expect(Object.fromEntries(query)).toMatchObject({
      response_type: 'code',
      scope: 'openid email profile',
      redirect_uri: callback(),
      code_challenge_method: 'S256',
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    });
    const cookies = [...setCookies({ headers })];
    expect(cookies).toEqual([
      [
        `fluxgate_login_${query.get('state')}`,
        { value: expect.any(String), attributes: ['HttpOnly', 'Max-Age=600', 'Path=/', 'SameSite=Lax'] },
      ],
    ]);
    for (const secret of [query.get('nonce')!, 'nonce', 'account']) expect(cookies[0]![1].value).not.toContain(secret);
  });

  it('comes back to where it began, signed in, with nothing of it left', async () => {
    const browser = openNavigator();
    const { url, status, headers } = await browser.go(start('/account?tab=sessions'), `${gateway.url}/account`);
    expect([url, status]).toEqual([`${gateway.url}/account?tab=sessions`, 303]);
    expect(headers.get('cache-control')).toBe('no-store');
    const names = [...browser.cookies.get(gateway.url)!.keys()].sort();
    expect(names).toEqual(['fluxgate_access', 'fluxgate_device', 'fluxgate_refresh']);
    const [user] = await usersOf(acme.person);
    const events = await eventRows(gateway, user!.user_id);
    expect(events.find(({ type }) => type === 'signup.succeeded')?.details).toMatchObject({ provider: 'acme' });
  });

  it('comes back to an origin that is listed', async () => {
    expect(await openNavigator().go(start(`${APP}/in?x=1`), APP)).toMatchObject({ url: `${APP}/in?x=1` });
  });

  it('takes the place of the session that the browser had, though the callback does not bring its cookie', async () => {
    const browser = openNavigator();
    await browser.go(start('/account'), `${gateway.url}/account`);
    const { url } = await browser.go(start('/account'), callback());
    browser.cookies.get(gateway.url)!.delete('fluxgate_refresh'); // SameSite=Strict, and the provider is another site
    await browser.go(url, `${gateway.url}/account`);
    const sessions = await sessionsOf(acme.person);
    expect(sessions.map(({ revoked_at }) => revoked_at !== null)).toEqual([true, false]);
  });

  it('can be begun in several tabs, and each comes to its end', async () => {
    const browser = openNavigator();
    const first = await browser.go(start('/a'), callback());
    const second = await browser.go(start('/b'), callback());
    expect((await browser.go(first.url, `${gateway.url}/a`)).url).toBe(`${gateway.url}/a`);
    expect((await browser.go(second.url, `${gateway.url}/b`)).url).toBe(`${gateway.url}/b`);
  });

  it('that is begun over and over does not fill the browser with cookies', async () => {
    const browser = openNavigator();
    for (let count = 0; count < 12; count++) await browser.go(start('/account'), acme.issuer);
    expect(browser.cookies.get(gateway.url)!.size).toBeLessThanOrEqual(4);
    expect((await browser.go(start('/account'), `${gateway.url}/account`)).url).toBe(`${gateway.url}/account`);
  });
});

describe('a sign-in in a browser that fails', () => {
  it('comes back with LOGIN_CANCELLED when the person says no, and leaves no trace', async () => {
    const browser = openNavigator();
    const { url } = await browser.go(start('/account'), acme.issuer);
    const state = new URL(url).searchParams.get('state');
    const query = new URLSearchParams({ error: 'access_denied', state: state!, iss: acme.issuer });
    const back = await browser.go(`${callback()}?${query.toString()}`, `${gateway.url}/account`);
    expect(back.url).toBe(`${gateway.url}/account?error=LOGIN_CANCELLED`);
    expect(browser.cookies.get(gateway.url)!.size).toBe(0);
  });

  it('comes back with LOGIN_DENIED where the provider has not verified the address', async () => {
    acme.person = { ...acme.person, email_verified: false };
    const { url } = await openNavigator().go(start('/account'), `${gateway.url}/account`);
    expect(url).toBe(`${gateway.url}/account?error=LOGIN_DENIED`);
    expect(await usersOf(acme.person)).toEqual([]);
  });

  it('comes back with INVALID_CREDENTIALS for a code that is none', async () => {
    const browser = openNavigator();
    const { url } = await browser.go(start('/account'), acme.issuer);
    const state = new URL(url).searchParams.get('state');
    const query = new URLSearchParams({ code: 'made-up', state: state!, iss: acme.issuer });
    const back = await browser.go(`${callback()}?${query.toString()}`, `${gateway.url}/account`);
    expect(back.url).toBe(`${gateway.url}/account?error=INVALID_CREDENTIALS`);
    expect((await eventTypes(gateway, null)).at(-1)).toBe('login.failed');
  });

  it.each(['silent', 503] as const)('comes back with UNAVAILABLE when the provider is down (%s)', async (trouble) => {
    const browser = openNavigator();
    const { url } = await browser.go(start('/account'), callback());
    acme.trouble = trouble;
    const back = await browser.go(url, `${gateway.url}/account`);
    expect(back.url).toBe(`${gateway.url}/account?error=UNAVAILABLE`);
  });

  it('that began at the account page is told there, with the way on kept', async () => {
    acme.person = { ...acme.person, email_verified: false };
    const { url } = await openNavigator().go(`${start(`${APP}/in`)}&from=account`, `${gateway.url}/account`);
    const { searchParams } = new URL(url);
    expect(Object.fromEntries(searchParams)).toEqual({ return_to: `${APP}/in`, error: 'LOGIN_DENIED' });
    const other = await openNavigator().go(`${start(`${APP}/in`)}&from=elsewhere`, APP);
    expect(other.url).toBe(`${APP}/in?error=LOGIN_DENIED`);
  });

  it('comes back with UNAVAILABLE while the database is away, and works again afterwards', async () => {
    const browser = openNavigator();
    const { url } = await browser.go(start('/account'), callback());
    await takeDatabaseAway(gateway);
    try {
      expect((await browser.go(url, `${gateway.url}/account`)).url).toBe(`${gateway.url}/account?error=UNAVAILABLE`);
    } finally {
      await giveDatabaseBack(gateway);
    }
    expect(await usersOf(acme.person)).toEqual([]);
    const again = await openNavigator().go(start('/account'), `${gateway.url}/account`);
    expect(again.url).toBe(`${gateway.url}/account`);
  });

  it('has to say where to return to where there is no account page', async () => {
    const port = await freePort();
    const without = await startGateway({
      env: { FLUXGATE_ACCOUNT_PAGE: 'off', PORT: String(port), ...providerEnv({ acme }) },
    });
    try {
      const { status, body } = await openNavigator().go(`${without.url}/auth/acme/start`);
      expect([status, body]).toEqual([400, expect.stringContaining('The address to return to')]);
    } finally {
      await without.close();
    }
  });

  it('is a page that says so where nothing is known of it', async () => {
    for (const query of [
      '',
      '?state=',
      '?state=x&state=y',
      `?state=${'a'.repeat(43)}`,
      '?code=x',
      '?error=access_denied',
    ]) {
      const { status, headers, body } = await openNavigator().go(`${callback()}${query}`);
      expect([status, headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
      expect(headers.getSetCookie()).toEqual([]);
      expect(body).toContain('was not begun in this browser');
    }
  });

  it('is 404 for a provider that there is not', async () => {
    for (const name of ['google', '__proto__', 'acme%2f..'])
      expect((await openNavigator().go(`${gateway.url}/auth/${name}/start`)).status).toBe(404);
  });
});

describe('a cookie of a sign-in that has been begun', () => {
  it('is bound to this host over https', async () => {
    const env = { FLUXGATE_PUBLIC_URL: 'https://auth.example.org', ...providerEnv({ acme }) };
    const node = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      const { headers } = await openNavigator().go(`${node.url}/auth/acme/start?return_to=/`, acme.issuer);
      const [[name, { attributes }] = ['', { attributes: [] as string[] }]] = setCookies({ headers });
      expect(name).toMatch(/^__Host-fluxgate_login_[\w-]{43}$/);
      expect(attributes).toEqual(['HttpOnly', 'Max-Age=600', 'Path=/', 'SameSite=Lax', 'Secure']);
    } finally {
      await node.close();
    }
  });

  it.each([
    ['garbled', (value: string) => `${value.slice(0, -3)}abc`],
    ['empty', () => ''],
    ['too long', () => 'a'.repeat(5_000)],
    ['of an unencrypted kind', () => 'eyJhbGciOiJub25lIn0.e30.'],
  ])('that is %s is none', async (_, change) => {
    const browser = openNavigator();
    const { url } = await browser.go(start('/account'), callback());
    const jar = browser.cookies.get(gateway.url)!;
    for (const [name, value] of jar) jar.set(name, change(value));
    expect((await browser.go(url)).status).toBe(400);
    expect(await usersOf(acme.person)).toEqual([]);
  });
});
