import { openBrowser, type Browser } from '../support/browser.js';
import { bearer, PASSWORD, startGateway, type Gateway } from '../support/gateway.js';
import { commitUnder } from '../support/open-transaction.js';
import { providerEnv, somebody, startOpenidProvider, type OpenidProvider } from '../support/openid-provider.js';
import { eventRows, eventTypes } from '../support/security-event-rows.js';
import { sessionRow, setSession } from '../support/session-rows.js';
import { logIn, logInWithProvider, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const COOKIE = { delivery: 'COOKIE' };
const LIMIT = 4;

let google: OpenidProvider;
let gateway: Gateway;
beforeAll(async () => {
  google = await startOpenidProvider();
  gateway = await startGateway({
    env: { FLUXGATE_RATE_LIMIT_SCALE: '1000', FLUXGATE_SESSION_LIMIT: String(LIMIT), ...providerEnv({ google }) },
  });
});
afterAll(async () => {
  await gateway.close();
  await google.close();
});

async function ownerAtHome(): Promise<{ browser: Browser; account: SignedIn; email: string }> {
  const browser = openBrowser(gateway);
  const account = await signUp(browser, COOKIE);
  return { browser, account, email: account.user.email };
}

async function liveOf({ user }: SignedIn): Promise<string[]> {
  const live = `select id from sessions where user_id = $1 and revoked_at is null order by id`;
  return (await gateway.sql<{ id: string }>(live, [user.id])).map(({ id }) => id);
}

const statusOf = async ({ accessToken }: SignedIn) =>
  (await gateway.gql('{ me { id } }', {}, bearer(accessToken))).status;

async function endReason({ refreshToken }: SignedIn): Promise<string | undefined> {
  return (await refreshWith(gateway, refreshToken)).reason;
}

describe('77. who knows the password, and begins sessions without end,', () => {
  it('has as many as there may be, and the owner’s device stays', async () => {
    const { account, email } = await ownerAtHome();
    const begun: SignedIn[] = [];
    for (let nth = 0; nth < 3 * LIMIT; nth += 1)
      begun.push(await logIn(gateway, { email, deviceName: `Device ${nth}` }));
    expect(begun.every(({ __typename }) => __typename === 'AuthPayload')).toBe(true);

    const newest = begun.slice(1 - LIMIT);
    expect(await liveOf(account)).toEqual([account, ...newest].map(({ session }) => session.id));
    const evicted = begun.slice(0, 1 - LIMIT);
    expect(await Promise.all(evicted.map(statusOf))).toEqual(evicted.map(() => 401));
    expect(await endReason(evicted[0]!)).toBe('SESSION_LIMIT');
    expect(await sessionRow(gateway, evicted[0]!.session.id)).toMatchObject({ revoke_reason: 'SESSION_LIMIT' });
    const ends = (await eventRows(gateway, account.user.id)).filter(({ type }) => type === 'session.revoked');
    expect(ends.map(({ session_id, details }) => [session_id, details['reason']])).toEqual(
      evicted.map(({ session }) => [session.id, 'SESSION_LIMIT']),
    );
  });

  it('has no more by beginning many at once', async () => {
    const { account, email } = await ownerAtHome();
    const row = { text: 'select 1 from users where id = $1 for update', values: [account.user.id], waiting: 6 };
    await commitUnder(gateway.databaseUrl, row, () =>
      Promise.all(Array.from({ length: 6 }, (_, nth) => logIn(gateway, { email, deviceName: `Device ${nth}` }))),
    );
    const live = await liveOf(account);
    expect(live).toHaveLength(LIMIT);
    expect(live).toContain(account.session.id);
  });

  it('drives no device out by making it one of many that are known', async () => {
    const { account, email } = await ownerAtHome();
    const thief = openBrowser(gateway);
    await logIn(thief, { email, ...COOKIE });
    for (let nth = 0; nth < 2 * LIMIT; nth += 1) await logIn(thief, { email }); // its tokens in the answer: none is replaced
    expect(await liveOf(account)).toHaveLength(LIMIT);
    expect(await liveOf(account)).toContain(account.session.id);
    const elsewhere = openBrowser(gateway);
    expect(await logIn(elsewhere, { email, ...COOKIE })).toMatchObject({ __typename: 'AuthPayload' });
  });

  it('is refused where each session is of a known device, which can still sign in', async () => {
    const { browser, account, email } = await ownerAtHome();
    for (let nth = 1; nth < LIMIT; nth += 1) await logIn(openBrowser(gateway), { email, ...COOKIE });
    const before = await liveOf(account);
    const devices = await gateway.sql('select id from devices where user_id = $1', [account.user.id]);

    const refused = await logIn(gateway, { email });
    expect(refused).toMatchObject({ __typename: 'LoginDenied', message: expect.stringContaining('End one of them') });
    const last = (await eventRows(gateway, account.user.id)).at(-1);
    expect(last).toMatchObject({ type: 'login.failed', details: { reason: 'session_limit' } });
    expect(await liveOf(account)).toEqual(before);
    expect(await gateway.sql('select id from devices where user_id = $1', [account.user.id])).toEqual(devices);

    expect(await logIn(browser, { email })).toMatchObject({ __typename: 'AuthPayload' });
    expect(await liveOf(account)).not.toContain(account.session.id);
    expect(await liveOf(account)).toHaveLength(LIMIT);
  });

  it('is refused likewise with a provider', async () => {
    const person = somebody();
    const account = await logInWithProvider(openBrowser(gateway), { idToken: await google.idToken(person), ...COOKIE });
    for (let nth = 1; nth < LIMIT; nth += 1)
      await logInWithProvider(openBrowser(gateway), { idToken: await google.idToken(person), ...COOKIE });
    const answer = await logInWithProvider(gateway, { idToken: await google.idToken(person) });
    expect(answer).toMatchObject({ __typename: 'LoginDenied', reference: expect.any(String) });
    expect(await eventTypes(gateway, account.user.id)).toContain('login.failed');

    await setSession(gateway, account.session.id, `revoked_at = now(), revoke_reason = 'LOGOUT'`);
    const idToken = await google.idToken(person);
    expect(await logInWithProvider(gateway, { idToken })).toMatchObject({ __typename: 'AuthPayload' });
  });

  it('is refused by REST with 403', async () => {
    const { email } = await ownerAtHome();
    for (let nth = 1; nth < LIMIT; nth += 1) await logIn(openBrowser(gateway), { email, ...COOKIE });
    const response = await fetch(`${gateway.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: PASSWORD }),
    });
    expect(response.status).toBe(403);
  });
});
