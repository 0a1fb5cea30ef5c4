import { graphqlClient, restClient, type Client } from '../contract/protocols.js';
import { openBrowser } from '../support/browser.js';
import { startGateway, type Gateway } from '../support/gateway.js';
import { importToken, oldRefreshToken, sha256 } from '../support/imported-tokens.js';
import { eventRows, eventTypes } from '../support/security-event-rows.js';
import { sessionRow, setSession } from '../support/session-rows.js';
import { logIn, refreshWith, signUp } from '../support/sign-in.js';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ env: { FLUXGATE_RATE_LIMIT_SCALE: '1000' } });
});
afterAll(() => gateway.close());

/** A user who has not signed in here yet, and a token that the earlier server gave. */
async function takenOver(): Promise<{ userId: string; token: string }> {
  const { user } = await signUp(gateway);
  await gateway.sql('delete from sessions where user_id = $1', [user.id]);
  await gateway.sql('delete from security_events where user_id = $1', [user.id]);
  return { userId: user.id, token: await importToken(gateway, user.id) };
}

async function sessionIdOf(token: string): Promise<string> {
  const [row] = await gateway.sql<{ session_id: string | null }>(
    'select session_id from imported_refresh_tokens where digest = $1',
    [sha256(token)],
  );
  return row?.session_id ?? '';
}

const age = (token: string) =>
  gateway.sql(`update imported_refresh_tokens set expires_at = now() - interval '1 second' where digest = $1`, [
    sha256(token),
  ]);
const disable = (userId: string) => gateway.sql(`update users set status = 'disabled' where id = $1`, [userId]);

describe.each<[string, (gateway: Gateway) => Client]>([
  ['GraphQL', graphqlClient],
  ['REST', restClient],
])('a refresh token of the earlier server, through %s', (_, open) => {
  let client: Client;
  beforeAll(() => {
    client = open(gateway);
  });

  it('becomes a session of ours, on its device, with deadlines of its own', async () => {
    const { userId, token } = await takenOver();
    const first = await client.refresh(token);
    expect(first).toMatchObject({ outcome: 'ok', extended: true });

    const { sessions } = await client.sessions(first.accessToken ?? '');
    expect(sessions).toMatchObject([{ isCurrent: true, deviceName: 'Kitchen tablet' }]);
    const [deadlines] = await gateway.sql<{ idle: boolean; absolute: boolean }>(
      `select idle_expires_at - created_at = '7 days' as idle, absolute_expires_at - created_at = '30 days' as absolute
       from sessions where user_id = $1`,
      [userId],
    );
    expect(deadlines).toEqual({ idle: true, absolute: true });
    expect(await eventTypes(gateway, userId)).toEqual(['session.imported', 'device.added']);
    expect((await client.refresh(first.refreshToken ?? '')).outcome).toBe('ok');
  });

  it('is answered again, word for word, while the answer may have been lost', async () => {
    const { token } = await takenOver();
    const first = await client.refresh(token);
    const retry = await client.refresh(token);
    expect(retry).toMatchObject({ outcome: 'ok', extended: false, refreshToken: first.refreshToken });
  });

  it('ends its session when it comes back after the grace window: a copy is in other hands', async () => {
    const { userId, token } = await takenOver();
    const { refreshToken = '' } = await client.refresh(token);
    const sessionId = await sessionIdOf(token);
    await setSession(gateway, sessionId, `rotated_at = rotated_at - interval '31 seconds'`);

    expect((await client.refresh(token)).outcome).toBe('SESSION_ENDED');
    expect(await sessionRow(gateway, sessionId)).toMatchObject({ revoke_reason: 'TOKEN_REUSE' });
    expect((await eventRows(gateway, userId)).find(({ type }) => type === 'refresh.reused')?.severity).toBe(2);
    expect((await client.refresh(refreshToken)).outcome).toBe('SESSION_ENDED');
    expect((await client.refresh(token)).outcome).toBe('SESSION_ENDED');
  });

  it('is stale, its session kept, when its successor has moved on within the window', async () => {
    const { token } = await takenOver();
    const first = await client.refresh(token);
    const second = await client.refresh(first.refreshToken ?? '');
    expect((await client.refresh(token)).outcome).toBe('STALE_REFRESH_TOKEN');
    expect((await client.refresh(second.refreshToken ?? '')).outcome).toBe('ok');
  });

  it.each<[string, (world: { userId: string; token: string }) => Promise<unknown>, string]>([
    ['has expired', ({ token }) => age(token), 'SESSION_ENDED'],
    ['is of a user who is disabled', ({ userId }) => disable(userId), 'SESSION_ENDED'],
    [
      'was never imported',
      ({ token }) => gateway.sql('delete from imported_refresh_tokens where digest = $1', [sha256(token)]),
      'INVALID_REFRESH_TOKEN',
    ],
  ])('that %s starts no session, and cannot sign out either', async (_what, change, refusal) => {
    const world = await takenOver();
    await change(world);
    expect((await client.refresh(world.token)).outcome).toBe(refusal);
    expect((await client.logout(world.token)).outcome).toBe('INVALID_REFRESH_TOKEN');
    expect(await gateway.sql('select id from sessions where user_id = $1', [world.userId])).toEqual([]);
  });

  it.each([
    ['in capitals', (token: string) => token.toUpperCase()],
    ['cut off', (token: string) => token.slice(1)],
    ['with a character more', (token: string) => `${token}0`],
    ['with a line end', (token: string) => `${token}\n`],
    ['of other letters', (token: string) => token.replace(/^./, 'g')],
    ['of another', () => oldRefreshToken()],
  ])('is no token when it is %s', async (_what, change) => {
    const { token } = await takenOver();
    expect((await client.refresh(change(token))).outcome).toBe('INVALID_REFRESH_TOKEN');
    expect((await client.refresh(token)).outcome).toBe('ok');
  });

  it('signs out without having been exchanged before, and again', async () => {
    const { userId, token } = await takenOver();
    expect((await client.logout(token)).outcome).toBe('ok');
    expect((await client.logout(token)).outcome).toBe('ok');
    expect(await sessionRow(gateway, await sessionIdOf(token))).toMatchObject({ revoke_reason: 'LOGOUT' });
    expect((await client.refresh(token)).outcome).toBe('SESSION_ENDED');
    expect(await eventTypes(gateway, userId)).toEqual(expect.arrayContaining(['session.imported', 'session.revoked']));
  });

  it('that waits to be exchanged is ended by signing out everywhere', async () => {
    const { userId, token } = await takenOver();
    const [waiting, other] = [await importToken(gateway, userId), (await takenOver()).token];
    const { accessToken = '' } = await client.refresh(token);
    expect(await client.logoutAll(accessToken)).toMatchObject({ outcome: 'ok', ended: 1 });
    expect((await client.refresh(waiting)).outcome).toBe('SESSION_ENDED');
    expect((await client.refresh(token)).outcome).toBe('SESSION_ENDED');
    expect((await client.refresh(other)).outcome).toBe('ok');
  });
});

it('a token of the earlier server outlives one session that a browser leaves behind as it signs in again', async () => {
  const browser = openBrowser(gateway);
  const { user, session } = await signUp(browser, { delivery: 'COOKIE' });
  const token = await importToken(gateway, user.id);
  await logIn(browser, { email: user.email, delivery: 'COOKIE' });
  expect((await sessionRow(gateway, session.id)).revoke_reason).toBe('LOGOUT');
  expect(await refreshWith(gateway, token)).toMatchObject({ outcome: 'ROTATED' });
});

describe('the reason that a client is given', () => {
  it.each<[string, (world: { userId: string; token: string }) => Promise<unknown>]>([
    ['EXPIRED_IDLE', ({ token }) => age(token)],
    ['ACCOUNT_DISABLED', ({ userId }) => disable(userId)],
  ])('is %s', async (reason, change) => {
    const world = await takenOver();
    await change(world);
    expect(await refreshWith(gateway, world.token)).toEqual(
      expect.objectContaining({ __typename: 'SessionEnded', code: 'SESSION_ENDED', reason }),
    );
  });

  it('is StaleRefreshToken for another client within the window, which keeps the session', async () => {
    const { token } = await takenOver();
    const firefox = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
    const first = await refreshWith(gateway, token, firefox);
    expect((await refreshWith(gateway, token)).code).toBe('STALE_REFRESH_TOKEN');
    expect((await refreshWith(gateway, first.refreshToken, firefox)).outcome).toBe('ROTATED');
  });
});
