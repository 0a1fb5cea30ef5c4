import { giveDatabaseBack, takeDatabaseAway } from '../support/database-outage.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { refusedCleanly } from '../support/refused-cleanly.js';
import { sessionEvents, sessionRow, setSession } from '../support/session-rows.js';
import { setCookies } from '../support/set-cookies.js';
import { refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const SISTER = 'https://app.example.org';
const STRANGER = 'https://app.example.net';
const OWN = 'https://auth.example.org';

let gateway: Gateway;
let shared: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000', FLUXGATE_RETURN_ORIGINS: SISTER } });
  shared = await startGateway({
    databaseUrl: gateway.databaseUrl,
    env: {
      FLUXGATE_PUBLIC_URL: OWN,
      FLUXGATE_COOKIE_DOMAIN: 'example.org',
      FLUXGATE_RETURN_ORIGINS: `${SISTER},${STRANGER}`,
    },
  });
});
afterAll(async () => {
  await shared?.close();
  await gateway?.close();
});

type Sent = Record<string, string>;

function goOn(query: Record<string, string> = {}, headers: Sent = {}, method = 'GET'): Promise<Response> {
  const url = `${gateway.url}/auth/continue?${new URLSearchParams(query).toString()}`;
  return fetch(url, { method, headers: { 'sec-fetch-dest': 'document', ...headers }, redirect: 'manual' });
}

function cookieOf({ refreshToken }: Pick<SignedIn, 'refreshToken'>): Sent {
  return { cookie: `fluxgate_refresh=${refreshToken}` };
}

/** Where an answer sends a browser, with its status. */
function redirectOf({ status, headers }: Response): [number, string | null] {
  return [status, headers.get('location')];
}

describe('going on with a refresh cookie', () => {
  it('refreshes, and leads back with 303 and the cookies of a sign-in', async () => {
    const signedIn = await signUp(gateway);
    const answer = await goOn({ return_to: '/reports?year=2026&q=a b'.replace(' ', '+') }, cookieOf(signedIn));
    expect(redirectOf(answer)).toEqual([303, `${gateway.url}/reports?year=2026&q=a+b`]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const cookies = setCookies(answer);
    expect([...cookies.keys()].sort()).toEqual(['fluxgate_access', 'fluxgate_refresh']);
    expect(await sessionRow(gateway, signedIn.session.id)).toMatchObject({ refresh_counter: '1' });

    const accessToken = cookies.get('fluxgate_access')?.value ?? '';
    expect((await fetch(`${gateway.url}/auth/verify`, { headers: bearer(accessToken) })).status).toBe(200);
    const next = await refreshWith(gateway, cookies.get('fluxgate_refresh')?.value ?? '');
    expect(next.outcome).toBe('ROTATED');
  });

  it('leads to the account where it is not told whither', async () => {
    expect(redirectOf(await goOn({}, cookieOf(await signUp(gateway))))).toEqual([303, `${gateway.url}/account`]);
  });

  it('gives two tabs the same successor', async () => {
    const signedIn = await signUp(gateway);
    const answers = await Promise.all([1, 2].map(() => goOn({ return_to: '/' }, cookieOf(signedIn))));
    const tokens = answers.map((answer) => setCookies(answer).get('fluxgate_refresh')?.value);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect(new Set(tokens).size).toBe(1);
  });

  it('tries once more with a token that is a little too old: the browser has a newer one by now', async () => {
    const signedIn = await signUp(gateway);
    const { refreshToken } = await refreshWith(gateway, signedIn.refreshToken);
    await refreshWith(gateway, refreshToken);
    const again = await goOn({ return_to: '/reports' }, cookieOf(signedIn));
    expect(again.status).toBe(200);
    expect(await again.text()).toContain(
      `/auth/continue?return_to=${encodeURIComponent(`${gateway.url}/reports`)}&amp;again=1`,
    );
    const answer = await goOn({ return_to: '/reports', again: '1' }, cookieOf(signedIn));
    expect(redirectOf(answer)[1]).toMatch(/\/account\?return_to=/);
    expect(answer.headers.getSetCookie()).toEqual([]); // the session goes on
  });

  it('leads to a sign-in, without cookies, where the session has ended', async () => {
    const signedIn = await signUp(gateway);
    await setSession(gateway, signedIn.session.id, 'idle_expires_at = now()');
    const answer = await goOn({ return_to: '/reports' }, cookieOf(signedIn));
    const target = encodeURIComponent(`${gateway.url}/reports`);
    expect(redirectOf(answer)).toEqual([303, `${gateway.url}/account?return_to=${target}`]);
    expect([...setCookies(answer)].map(([name, { value }]) => [name, value]).sort()).toEqual([
      ['fluxgate_access', ''],
      ['fluxgate_refresh', ''],
    ]);
    expect((await sessionEvents(gateway, signedIn.session.id)).at(-1)).toMatchObject({ type: 'refresh.refused' });
  });

  it('is 503 with Retry-After while the database is away, and the session outlives it', async () => {
    const signedIn = await signUp(gateway);
    await takeDatabaseAway(gateway);
    try {
      const answer = await goOn({ return_to: '/reports' }, cookieOf(signedIn));
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
      expect(answer.headers.getSetCookie()).toEqual([]);
    } finally {
      await giveDatabaseBack(gateway);
    }
    expect((await goOn({ return_to: '/reports' }, cookieOf(signedIn))).status).toBe(303);
  });

  it('is counted with every other refresh of the session', async () => {
    const limited = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '0.01' } });
    try {
      const signedIn = await signUp(limited);
      const send = () => fetch(`${limited.url}/auth/continue`, { headers: cookieOf(signedIn), redirect: 'manual' });
      expect((await send()).status).toBe(303);
      const refused = await send();
      expect(refused.status).toBe(429);
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    } finally {
      await limited.close();
    }
  });
});

describe('going on without one', () => {
  it('starts again from a page of our own where another site may have started it', async () => {
    const answer = await goOn({ return_to: '/reports' }, { 'sec-fetch-site': 'cross-site' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    const next = `${gateway.url}/auth/continue?return_to=${encodeURIComponent(`${gateway.url}/reports`)}&amp;again=1`;
    expect(await answer.text()).toContain(`<meta http-equiv="refresh" content="0; url=${next}">`);
  });

  it.each([
    [{}, { 'sec-fetch-site': 'none' }],
    [{}, { 'sec-fetch-site': 'same-origin' }],
    [{ again: '1' }, { 'sec-fetch-site': 'cross-site' }],
    [{ again: '1' }, {}],
  ])('leads to a sign-in where there is none: %j, %j', async (query, headers) => {
    const answer = await goOn({ return_to: '/reports', ...query }, headers);
    const target = encodeURIComponent(`${gateway.url}/reports`);
    expect(redirectOf(answer)).toEqual([303, `${gateway.url}/account?return_to=${target}`]);
  });
});

describe('a target that is refused', () => {
  it.each([
    '//e',
    '/\\e',
    'https:e',
    'https://good@e',
    'https://app.example.org.e',
    '/%2f%2fe',
    '/\te',
    'javascript:x',
    '',
  ])('34. %j leads nowhere, and spends no token', async (target) => {
    const signedIn = await signUp(gateway);
    for (const headers of [cookieOf(signedIn), {}]) {
      const answer = await goOn({ return_to: target }, headers);
      expect(redirectOf(answer)).toEqual([400, null]);
      refusedCleanly(answer.status, await answer.text());
    }
    expect(await sessionRow(gateway, signedIn.session.id)).toMatchObject({ refresh_counter: '0' });
  });

  it('is one that is given twice', async () => {
    const { status } = await fetch(`${gateway.url}/auth/continue?return_to=/a&return_to=/b`, { redirect: 'manual' });
    expect(status).toBe(400);
  });

  it('is an origin that may be returned to, and to which the access cookie does not go: it would come back at once', async () => {
    const { status, headers } = await goOn({ return_to: `${SISTER}/x` });
    expect([status, headers.get('location')]).toEqual([400, null]);
    const send = (target: string) =>
      fetch(`${shared.url}/auth/continue?again=1&return_to=${encodeURIComponent(target)}`, { redirect: 'manual' });
    expect((await send(`${STRANGER}/x`)).status).toBe(400);
    expect(redirectOf(await send(`${SISTER}/x`))).toEqual([
      303,
      `${OWN}/account?return_to=${encodeURIComponent(`${SISTER}/x`)}`,
    ]);
  });
});

describe('what is no navigation', () => {
  it.each(['empty', 'image', 'iframe', 'script'])('is refused, and spends no token: %s', async (destination) => {
    const signedIn = await signUp(gateway);
    const answer = await goOn({ return_to: '/' }, { ...cookieOf(signedIn), 'sec-fetch-dest': destination });
    expect(answer.status).toBe(403);
    expect(await sessionRow(gateway, signedIn.session.id)).toMatchObject({ refresh_counter: '0' });
  });

  it.each(['HEAD', 'POST'])('is refused, and spends no token: %s', async (method) => {
    const signedIn = await signUp(gateway);
    expect((await goOn({ return_to: '/' }, cookieOf(signedIn), method)).status).toBe(404);
    expect(await sessionRow(gateway, signedIn.session.id)).toMatchObject({ refresh_counter: '0' });
  });
});
