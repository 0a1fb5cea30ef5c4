import { CHROME_ON_ANDROID, FIREFOX_ON_MACOS } from '../support/browser.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { deviceCookieOf, refreshTokenAt } from '../support/minted-tokens.js';
import { sessionEvents, sessionRow, setSession, type SessionRow } from '../support/session-rows.js';
import { refreshWith, signUp, type SignedIn } from '../support/sign-in.js';

const COUNTER = 5;
const OTHER_FIREFOX = FIREFOX_ON_MACOS.replaceAll('140.0', '141.0');
const OTHER_DEVICE_ID = '0198c0de-0000-7000-8000-0000000000ff';

let gateway: Gateway;
let signedIn: SignedIn;

beforeAll(async () => {
  const env = { FLUXGATE_RATE_LIMIT_SCALE: '10000', FLUXGATE_TRUSTED_PROXIES: '127.0.0.1' };
  gateway = await startGateway({ env });
  signedIn = await signUp(gateway, {}, { 'user-agent': FIREFOX_ON_MACOS });
});
afterAll(() => gateway.close());

interface Presented {
  /** The counter of the token, the session's being 5. */
  readonly n: number;
  /** How long ago the session was last rotated. */
  readonly ageSeconds?: number;
  /** How often that rotation was replayed already. */
  readonly replays?: number;
  readonly userAgent?: string;
  /** The device cookie: of the session's own device, of another of ours, or made up. */
  readonly device?: 'own' | 'other' | 'forged';
  readonly from?: string;
}

/** A new session of the same user on the same device, as if it had been refreshed five times by Firefox. */
async function openSession({ ageSeconds = 0, replays = 0 }: Partial<Presented>): Promise<SessionRow> {
  const [copy] = await gateway.sql<{ id: string }>(
    `insert into sessions (id, user_id, device_id, rotated_by, refresh_counter, replays, last_ip,
                           rotated_at, last_used_at, idle_expires_at, absolute_expires_at)
     select gen_random_uuid(), user_id, device_id, rotated_by, $2, $3, '192.0.2.1',
            now() - $4::interval, now() - $4::interval, now() + '6 days', now() + '29 days'
     from sessions where id = $1 returning id`,
    [signedIn.session.id, COUNTER, replays, `${ageSeconds} seconds`],
  );
  return sessionRow(gateway, copy!.id);
}

function headersOf({ userAgent = FIREFOX_ON_MACOS, device, from }: Presented): Record<string, string> {
  const cookies = {
    own: deviceCookieOf(signedIn.session.device.id),
    other: deviceCookieOf(OTHER_DEVICE_ID),
    forged: `A${deviceCookieOf(signedIn.session.device.id).slice(1)}`,
  };
  return {
    'user-agent': userAgent,
    ...(device && { cookie: `fluxgate_device=${cookies[device]}` }),
    ...(from && { 'x-forwarded-for': from }),
  };
}

async function presentToken(presented: Presented) {
  const before = await openSession(presented);
  const answer = await refreshWith(gateway, refreshTokenAt(before.id, presented.n), headersOf(presented));
  const after = await sessionRow(gateway, before.id);
  const events = await sessionEvents(gateway, before.id);
  return { before, answer, after, events };
}

describe('refreshing a session whose counter is 5', () => {
  it.each<[string, Presented]>([
    ['right after the last refresh', { n: 5 }],
    ['days after the last refresh', { n: 5, ageSeconds: 400_000 }],
    ['from another client', { n: 5, userAgent: CHROME_ON_ANDROID }],
    ['from another device', { n: 5, device: 'other' }],
    ['whatever was replayed before', { n: 5, replays: 40 }],
  ])('rotates with the token of counter 5, %s', async (_, presented) => {
    const { before, answer, after, events } = await presentToken(presented);
    expect(answer).toMatchObject({ __typename: 'RefreshPayload', outcome: 'ROTATED', session: { id: before.id } });
    expect(answer.refreshToken).toBe(refreshTokenAt(before.id, 6));
    expect(after).toMatchObject({ refresh_counter: '6', replays: 0, last_outcome: 'ROTATED', revoked_at: null });
    expect(events).toMatchObject([{ type: 'session.refreshed', severity: 0, user_id: signedIn.user.id }]);
  });

  it.each([6, 7, 5_000])('rotates from %i, which we issued: the database has lost a commit', async (n) => {
    const { before, answer, after, events } = await presentToken({ n });
    expect(answer).toMatchObject({ __typename: 'RefreshPayload', outcome: 'ROTATED' });
    expect(answer.refreshToken).toBe(refreshTokenAt(before.id, n + 1));
    expect(after).toMatchObject({ refresh_counter: String(n + 1), last_outcome: 'AHEAD', revoked_at: null });
    expect(events).toMatchObject([{ type: 'session.counter_ahead', severity: 1 }]);
  });

  it.each<[string, Presented]>([
    ['at once', { n: 4 }],
    ['late in the grace window', { n: 4, ageSeconds: 20 }],
    ['for the 40th time', { n: 4, replays: 39 }],
    ['by a newer version of the same browser', { n: 4, userAgent: OTHER_FIREFOX }],
    ['by the same device under another user agent', { n: 4, device: 'own', userAgent: CHROME_ON_ANDROID }],
    ['with a device cookie that we did not sign, which counts for nothing', { n: 4, device: 'forged' }],
    ['from another network', { n: 4, from: '198.51.100.7' }],
  ])('gives the same successor again for the token before, presented %s', async (_, presented) => {
    const { before, answer, after, events } = await presentToken(presented);
    expect(answer).toMatchObject({ __typename: 'RefreshPayload', outcome: 'REPLAYED', session: { id: before.id } });
    expect(answer.refreshToken).toBe(refreshTokenAt(before.id, 5));
    expect(after).toEqual({ ...before, replays: before.replays + 1, last_outcome: 'REPLAYED' });
    expect(events).toMatchObject([{ type: 'refresh.replayed', severity: 0, ip: presented.from ?? '127.0.0.1' }]);
  });

  it.each<[string, Presented, string, string]>([
    ['the token before, from another client', { n: 4, userAgent: CHROME_ON_ANDROID }, 'MISMATCH', 'client_mismatch'],
    ['the token before, without a user agent', { n: 4, userAgent: '' }, 'MISMATCH', 'client_mismatch'],
    ['the token before, from another device', { n: 4, device: 'other' }, 'MISMATCH', 'client_mismatch'],
    ['the token before, for the 41st time', { n: 4, replays: 40 }, 'STALE', 'stale'],
    ['the token before that, at once: a late retry', { n: 3 }, 'STALE', 'stale'],
    ['the token before that, late in the grace window', { n: 3, ageSeconds: 20 }, 'STALE', 'stale'],
  ])('refuses %s, and keeps the session', async (_, presented, outcome, type) => {
    const { before, answer, after, events } = await presentToken(presented);
    expect(answer).toMatchObject({ __typename: 'StaleRefreshToken', code: 'STALE_REFRESH_TOKEN' });
    expect(after).toEqual({ ...before, replays: after.replays, last_outcome: outcome });
    expect(events).toMatchObject([{ type: `refresh.${type}`, severity: 1 }]);

    const newest = await refreshWith(gateway, refreshTokenAt(before.id, COUNTER), headersOf(presented));
    expect(newest.outcome).toBe('ROTATED');
  });

  it.each<[string, Presented]>([
    ['the token before, when the grace window is over', { n: 4, ageSeconds: 30 }],
    ['the token before, from the same device, when the window is over', { n: 4, ageSeconds: 30, device: 'own' }],
    ['the token before that, when the window is over', { n: 3, ageSeconds: 30 }],
    ['one older than that, at once', { n: 2 }],
    ['the first one, at once', { n: 0 }],
    ['the first one, days later', { n: 0, ageSeconds: 400_000 }],
  ])('ends the session when what comes back is %s', async (_, presented) => {
    const { before, answer, after, events } = await presentToken(presented);
    expect(answer).toMatchObject({ __typename: 'SessionEnded', code: 'SESSION_ENDED', reason: 'TOKEN_REUSE' });
    expect(after).toMatchObject({ refresh_counter: '5', last_outcome: 'REUSED', revoke_reason: 'TOKEN_REUSE' });
    expect(after.revoked_at).toBeInstanceOf(Date);
    expect(after.idle_expires_at).toEqual(before.idle_expires_at);
    expect(events).toMatchObject([{ type: 'refresh.reused', severity: 2, user_id: signedIn.user.id }]);

    const newest = await refreshWith(gateway, refreshTokenAt(before.id, COUNTER), headersOf(presented));
    expect(newest).toMatchObject({ __typename: 'SessionEnded', reason: 'TOKEN_REUSE' });
  });
});

describe('the grace window', () => {
  it.each([
    [0, 0, 'SessionEnded'],
    [120, 100, 'RefreshPayload'],
    [120, 120, 'SessionEnded'],
  ])('of %i s, %i s after the refresh, means %s', async (graceSeconds, ageSeconds, typename) => {
    const env = { FLUXGATE_REFRESH_GRACE: String(graceSeconds) };
    const other = await startGateway({ env, databaseUrl: gateway.databaseUrl });
    try {
      const { id } = await openSession({ ageSeconds });
      const answer = await refreshWith(other, refreshTokenAt(id, 4), headersOf({ n: 4 }));
      expect(answer.__typename).toBe(typename);
    } finally {
      await other.close();
    }
  });

  it('is counted from the last refresh, not from the last replay', async () => {
    const { id } = await openSession({ ageSeconds: 20 });
    const headers = headersOf({ n: 4 });
    expect((await refreshWith(gateway, refreshTokenAt(id, 4), headers)).outcome).toBe('REPLAYED');
    await setSession(gateway, id, `rotated_at = rotated_at - interval '10 seconds'`);
    expect((await refreshWith(gateway, refreshTokenAt(id, 4), headers)).__typename).toBe('SessionEnded');
  });

  it('begins anew with each refresh, with replays of its own', async () => {
    const { id } = await openSession({ replays: 40 });
    const headers = headersOf({ n: 5 });
    expect((await refreshWith(gateway, refreshTokenAt(id, 5), headers)).outcome).toBe('ROTATED');
    expect((await refreshWith(gateway, refreshTokenAt(id, 5), headers)).outcome).toBe('REPLAYED');
  });

  it('follows the client that refreshed last: after a change of client, it is that one that may retry', async () => {
    const { id } = await openSession({});
    const chrome = headersOf({ n: 5, userAgent: CHROME_ON_ANDROID });
    expect((await refreshWith(gateway, refreshTokenAt(id, 5), chrome)).outcome).toBe('ROTATED');
    expect((await refreshWith(gateway, refreshTokenAt(id, 5), chrome)).outcome).toBe('REPLAYED');
    expect((await refreshWith(gateway, refreshTokenAt(id, 5), headersOf({ n: 5 }))).code).toBe('STALE_REFRESH_TOKEN');
  });
});
