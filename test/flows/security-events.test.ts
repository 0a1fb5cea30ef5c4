import { CHROME_ON_ANDROID, FIREFOX_ON_MACOS, openBrowser } from '../support/browser.js';
import { bearer, startGateway, type Gateway } from '../support/gateway.js';
import { eventRows, eventTypes, type SecurityEventRow } from '../support/security-event-rows.js';
import { setSession } from '../support/session-rows.js';
import { freshEmail, logIn, refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const HOME = { 'user-agent': FIREFOX_ON_MACOS, 'x-forwarded-for': '203.0.113.7' };
const INFO = 0;
const WARNING = 1;
const CRITICAL = 2;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000', FLUXGATE_TRUSTED_PROXIES: '127.0.0.1' } });
});

afterAll(() => gateway.close());

describe('what happens to an account', () => {
  it('begins with the sign-up and its device', async () => {
    const { user, session } = await signUp(gateway, {}, HOME);

    const origin = { user_id: user.id, session_id: session.id, ip: '203.0.113.7', user_agent: FIREFOX_ON_MACOS };
    const details = { deviceId: session.device.id };
    expect(await eventRows(gateway, user.id)).toMatchObject([
      { type: 'signup.succeeded', severity: INFO, ...origin, details },
      { type: 'device.added', severity: INFO, ...origin, details },
    ]);
  });

  it.each<[type: string, severity: number, happen: (user: SignedIn) => Promise<unknown>, details: object]>([
    ['login.succeeded', INFO, ({ user }) => logIn(gateway, { email: user.email }, HOME), {}],
    ['session.refreshed', INFO, ({ refreshToken }) => refreshWith(gateway, refreshToken, HOME), {}],
    ['refresh.replayed', INFO, refreshTwice, {}],
    ['refresh.client_mismatch', WARNING, refreshFromAnotherClient, {}],
    ['refresh.stale', WARNING, refreshLate, {}],
    ['refresh.reused', CRITICAL, refreshWithAnOldToken, {}],
    ['refresh.refused', INFO, refreshAfterTheEnd, { reason: 'LOGOUT' }],
    ['session.counter_ahead', WARNING, refreshAfterALostCommit, {}],
    ['session.revoked', INFO, ({ accessToken }) => mutate('revoke', accessToken), { reason: 'LOGOUT' }],
    ['session.revoked', INFO, ({ accessToken }) => mutate('revokeAll', accessToken), { reason: 'REVOKED_BY_USER' }],
    ['device.renamed', INFO, renameDevice, { name: 'Sofa' }],
  ])('is written down: %s', async (type, severity, happen, details) => {
    const signedIn = await signUp(gateway, {}, HOME);

    await happen(signedIn);

    const event = (await eventRows(gateway, signedIn.user.id)).at(-1);
    expect(event).toMatchObject({
      type,
      severity,
      ip: '203.0.113.7',
      user_agent: expect.stringContaining('Mozilla/5.0') as string,
      details,
    });
    const isItsOwnSession = event?.session_id === signedIn.session.id;
    expect(isItsOwnSession).toBe(type !== 'login.succeeded');
  });

  it.each([
    ['signup.failed', INFO, { reason: 'email_taken' }, (email: string) => signUp(gateway, { email }, HOME)],
    [
      'login.failed',
      WARNING,
      { reason: 'wrong_password' },
      (email: string) => logIn(gateway, { email, password: 'sturdy-otter-battery-8' }, HOME),
    ],
  ])('includes what was refused: %s', async (type, severity, details, attempt) => {
    const { user } = await signUp(gateway, {}, HOME);

    expect(await attempt(user.email)).not.toMatchObject({ __typename: 'AuthPayload' });

    expect((await eventRows(gateway, user.id)).at(-1)).toMatchObject({
      ...{ type, severity, details },
      ...{ session_id: null, ip: '203.0.113.7', user_agent: FIREFOX_ON_MACOS },
    });
  });

  it('tells which sessions of many were ended, each with an event', async () => {
    const first = await signUp(gateway);
    const others = [
      await logIn(gateway, { email: first.user.email }),
      await logIn(gateway, { email: first.user.email }),
    ];

    await mutate('revokeOthers', first.accessToken);

    const ended = (await eventRows(gateway, first.user.id)).filter((event) => event.type === 'session.revoked');
    expect(sessionsOf(ended)).toEqual(others.map((other) => other.session.id).sort());
  });

  it('tells of the session that a new sign-in in the same browser takes the place of', async () => {
    const browser = openBrowser(gateway, HOME);
    const first = await signUp(browser, { delivery: 'COOKIE' });

    await logIn(browser, { email: first.user.email, delivery: 'COOKIE' });

    const ended = (await eventRows(gateway, first.user.id)).filter((event) => event.type === 'session.revoked');
    expect(ended).toMatchObject([{ session_id: first.session.id, details: { reason: 'LOGOUT' } }]);
  });

  it('holds neither a token nor a password', async () => {
    const { accessToken, refreshToken, user } = await signUp(gateway, {}, HOME);
    await refreshWith(gateway, refreshToken);
    await logIn(gateway, { email: user.email, password: 'sturdy-otter-battery-8' });

    const written = JSON.stringify(await eventRows(gateway, user.id));

    for (const secret of [accessToken, refreshToken, 'sturdy-otter']) expect(written).not.toContain(secret);
  });
});

describe('an event and what it tells of', () => {
  it('are not there without each other when a sign-up fails', async () => {
    const email = freshEmail();
    const before = await gateway.sql('select from security_events');

    const answer = await refusing('sessions', () =>
      gateway.gql('mutation ($input: SignupInput!) { signup(input: $input) { __typename } }', {
        input: { email, password: 'sturdy-otter-battery-9', name: 'Test User' },
      }),
    );

    expect(answer).toMatchObject({ status: 500, errors: [{ extensions: { code: 'INTERNAL' } }] });
    expect(await gateway.sql('select from users where email_key = $1', [email])).toEqual([]);
    expect(await gateway.sql('select from security_events')).toHaveLength(before.length);
  });

  it('are not there without each other when the event cannot be written', async () => {
    const signedIn = await signUp(gateway, {}, HOME);
    const before = await eventTypes(gateway, signedIn.user.id);

    const answers = await refusing('security_events', async () => [
      await renameDevice(signedIn),
      await mutate('revoke', signedIn.accessToken),
      await mutate('revokeAll', signedIn.accessToken),
    ]);

    for (const answer of answers) expect(answer).toMatchObject({ status: 500 });
    expect(await eventTypes(gateway, signedIn.user.id)).toEqual(before);
    const { data } = await gateway.gql('{ sessions { id deviceName } }', {}, bearer(signedIn.accessToken));
    expect(data).toEqual({ sessions: [{ id: signedIn.session.id, deviceName: 'Firefox on macOS' }] });
  });
});

async function refreshTwice({ refreshToken }: SignedIn): Promise<void> {
  await refreshWith(gateway, refreshToken, HOME);
  await refreshWith(gateway, refreshToken, HOME);
}

async function refreshFromAnotherClient({ refreshToken }: SignedIn): Promise<void> {
  await refreshWith(gateway, refreshToken, HOME);
  await refreshWith(gateway, refreshToken, { ...HOME, 'user-agent': CHROME_ON_ANDROID });
}

async function refreshLate({ refreshToken }: SignedIn): Promise<void> {
  const second = await refreshWith(gateway, refreshToken, HOME);
  await refreshWith(gateway, second.refreshToken, HOME);
  await refreshWith(gateway, refreshToken, HOME);
}

async function refreshWithAnOldToken({ refreshToken, session }: SignedIn): Promise<void> {
  await refreshWith(gateway, refreshToken, HOME);
  await setSession(gateway, session.id, `rotated_at = rotated_at - interval '31 seconds'`);
  await refreshWith(gateway, refreshToken, HOME);
}

async function refreshAfterTheEnd({ accessToken, refreshToken }: SignedIn): Promise<void> {
  await mutate('revoke', accessToken);
  await refreshWith(gateway, refreshToken, HOME);
}

async function refreshAfterALostCommit({ refreshToken, session }: SignedIn): Promise<void> {
  const second = await refreshWith(gateway, refreshToken, HOME);
  await setSession(gateway, session.id, 'refresh_counter = 0');
  await refreshWith(gateway, second.refreshToken, HOME);
}

function renameDevice({ accessToken, session }: SignedIn) {
  return gateway.gql(
    'mutation ($id: ID!) { renameDevice(deviceId: $id, name: "Sofa") { __typename } }',
    { id: session.device.id },
    { ...bearer(accessToken), ...HOME },
  );
}

function mutate(field: 'revoke' | 'revokeAll' | 'revokeOthers', accessToken: string) {
  return gateway.gql(`mutation { ${field} { __typename } }`, {}, { ...bearer(accessToken), ...HOME });
}

/** While `act` runs, the database refuses to write to the table. */
async function refusing<T>(table: string, act: () => Promise<T>): Promise<T> {
  await gateway.sql(
    `create or replace function refuse() returns trigger language plpgsql as $$ begin raise 'refused by the test'; end $$`,
  );
  await gateway.sql(`create trigger refuse before insert on ${table} for each row execute function refuse()`);
  try {
    return await act();
  } finally {
    await gateway.sql(`drop trigger refuse on ${table}`);
  }
}

function sessionsOf(events: readonly SecurityEventRow[]): (string | null)[] {
  return events.map((event) => event.session_id).sort();
}
